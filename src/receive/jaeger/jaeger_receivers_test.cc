#include <gtest/gtest.h>

#include "base/compression/decompress.h"
#include "receive/jaeger/jaeger_grpc.h"
#include "receive/jaeger/jaeger_http.h"
#include "receive/jaeger/jaeger_udp.h"
#include "receive/jaeger_zipkin_requests_for_test.h"
#include "receive/recording_sink_for_test.h"

namespace vivace {
namespace {

using testing::EncodeJaegerPostSpans;
using testing::JaegerThriftEncoder;

const nlohmann::json kGood = nlohmann::json::parse(
    R"({"process": {"serviceName": "s"}, "spans": [{"traceId": "1", "spanId": "1"}]})");
const nlohmann::json kHalfGood = nlohmann::json::parse(
    R"({"process": {}, "spans": [{"traceId": "1", "spanId": "1"}, {"traceId": "0", "spanId": "1"}]})");

std::string Thrift(const nlohmann::json& batch) {
  return JaegerThriftEncoder(ThriftProtocol::kBinary).Batch(batch);
}

class JaegerHttp : public ::testing::Test {
 protected:
  HttpResponse Send(std::string body, std::string type = "application/x-thrift",
                    std::string method = "POST", std::string path = "/api/traces") {
    const JaegerHttpReceiver receiver(options_, sink_);
    HttpResponse response{.status = 0};
    receiver.Handle({.method = std::move(method),
                     .path = std::move(path),
                     .headers = {{"content-type", std::move(type)}},
                     .body = std::move(body)},
                    [&](HttpResponse answer) { response = std::move(answer); });
    return response;
  }

  JaegerHttpOptions options_{.decompress = Decompress, .body_bytes_max = 1000};
  RecordingSink sink_;
};

TEST_F(JaegerHttp, TakesBatches) {
  EXPECT_EQ(Send(Thrift(kGood)).status, 202);
  EXPECT_EQ(Send(Thrift(kGood), "application/vnd.apache.thrift.binary; charset=utf-8").status, 202);
  ASSERT_EQ(sink_.pushed.size(), 2u);
  EXPECT_EQ(sink_.pushed[0].first.receiver + " " + sink_.pushed[0].first.transport,
            "jaeger collector_http");
}

TEST_F(JaegerHttp, RefusesWhatIsNone) {
  EXPECT_EQ(Send("", "text/plain").body, "Unsupported content type: text/plain\n");
  EXPECT_EQ(Send("", "").body, "Cannot parse content type: mime: no media type\n");
  EXPECT_EQ(Send("", "application/x-thrift", "GET").status, 405);
  EXPECT_EQ(Send("", "application/x-thrift", "GET").body, "");
  EXPECT_EQ(Send("", "application/x-thrift", "POST", "/api/other").status, 404);
  const HttpResponse malformed = Send("\x0c");
  EXPECT_EQ(malformed.status, 400);
  EXPECT_EQ(
      malformed.body,
      "Unable to process request body: invalid Thrift at offset 1: unexpected end of message\n");
  EXPECT_EQ(Send(std::string(1001, ' ')).status, 400);
}

TEST_F(JaegerHttp, ReportsRejectedSpans) {
  const HttpResponse half = Send(Thrift(kHalfGood));
  EXPECT_EQ(half.status, 400);
  EXPECT_EQ(half.body,
            "Cannot submit Jaeger batch: trace ids must be 128 bit, received 0 bits (1 of 2 spans "
            "rejected, the others were stored)\n");
  EXPECT_EQ(sink_.pushed.size(), 1u);
  sink_.answer = PushResult{Error{ErrorCode::kResourceExhausted, "RATE_LIMITED: slow down"}, 5};
  const HttpResponse limited = Send(Thrift(kGood));
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(FindHeader(limited.headers, "retry-after"), "5");
  options_.receiver.multitenancy = true;
  EXPECT_EQ(Send(Thrift(kGood)).status, 401);
}

RpcResponse Call(const ReceiverOptions& options, SpanSink& sink, std::string message,
                 HttpHeaders metadata = {}) {
  RpcResponse reply;
  JaegerGrpcReceiver(options, sink)
      .Handle({.method = std::string(kJaegerPostSpansMethod),
               .metadata = std::move(metadata),
               .message = std::move(message)},
              [&](RpcResponse answer) { reply = std::move(answer); });
  return reply;
}

TEST(JaegerGrpc, TakesBatches) {
  RecordingSink sink;
  EXPECT_FALSE(Call({}, sink, EncodeJaegerPostSpans(kGood)).error);
  EXPECT_EQ(Call({}, sink, EncodeJaegerPostSpans(kGood)).message, "");
  EXPECT_EQ(Call({}, sink, EncodeJaegerPostSpans(kHalfGood)).error->code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Call({}, sink, "\x0a").error->code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(sink.pushed.size(), 3u);
  EXPECT_EQ(Call({.multitenancy = true}, sink, EncodeJaegerPostSpans(kGood)).error->code,
            ErrorCode::kUnauthenticated);
  EXPECT_FALSE(
      Call({.multitenancy = true}, sink, EncodeJaegerPostSpans(kGood), {{"x-scope-orgid", "a"}})
          .error);
  EXPECT_EQ(sink.pushed.back().first.tenant, "a");
}

TEST(JaegerUdp, TakesDatagrams) {
  RecordingSink sink;
  for (const ThriftProtocol protocol : {ThriftProtocol::kBinary, ThriftProtocol::kCompact}) {
    JaegerUdpReceiver receiver({}, protocol, sink);
    const std::string datagram = JaegerThriftEncoder(protocol).Datagram(kGood);
    receiver.Handle(datagram, false);
    receiver.Handle(datagram, true);
    receiver.Handle("garbage", false);
    receiver.Handle("", false);
  }
  ASSERT_EQ(sink.pushed.size(), 2u);
  EXPECT_EQ(sink.pushed[0].first.transport, "udp_thrift_binary");
  EXPECT_EQ(sink.pushed[1].first.transport, "udp_thrift_compact");
  JaegerUdpReceiver many({.multitenancy = true}, ThriftProtocol::kCompact, sink);
  many.Handle(JaegerThriftEncoder(ThriftProtocol::kCompact).Datagram(kGood), false);
  EXPECT_EQ(sink.pushed.size(), 2u);
}

}  // namespace
}  // namespace vivace
