#include "receive/zipkin/zipkin_http.h"

#include <gtest/gtest.h>

#include "base/compression/decompress.h"
#include "receive/jaeger_zipkin_requests_for_test.h"
#include "receive/recording_sink_for_test.h"

namespace vivace {
namespace {

constexpr std::string_view kGood = R"([{"traceId":"1","id":"1","timestamp":1,"name":"a"}])";
constexpr std::string_view kHalfGood =
    R"([{"traceId":"1","id":"1","timestamp":1},{"id":"1","timestamp":1}])";
constexpr std::string_view kV1 =
    R"([{"traceId":"0000000000000001","id":"0000000000000001","name":"a"}])";

class ZipkinHttp : public ::testing::Test {
 protected:
  HttpResponse Send(std::string path, std::string_view body, HttpHeaders headers = {}) {
    const ZipkinHttpReceiver receiver(options_, sink_);
    HttpResponse response{.status = 0};
    receiver.Handle({.method = "POST",
                     .path = std::move(path),
                     .headers = std::move(headers),
                     .body = std::string(body)},
                    [&](HttpResponse answer) { response = std::move(answer); });
    return response;
  }
  std::string Transport() const {
    return sink_.pushed.back().first.receiver + " " + sink_.pushed.back().first.transport;
  }

  ZipkinHttpOptions options_{.decompress = Decompress, .body_bytes_max = 1000};
  RecordingSink sink_;
};

TEST_F(ZipkinHttp, TellsFormatsApart) {
  EXPECT_EQ(Send("/api/v2/spans", kGood, {{"content-type", "application/json"}}).status, 202);
  EXPECT_EQ(Transport(), "zipkin http_v2_json");
  EXPECT_EQ(Send("/", kGood, {{"content-type", "text/plain"}}).status, 202);
  EXPECT_EQ(Transport(), "zipkin http_v2_json");
  EXPECT_EQ(Send("/x/api/v1/spans", kV1).status, 202);
  EXPECT_EQ(Transport(), "zipkin http_v1_json");
  const auto spans = nlohmann::json::parse(kGood);
  EXPECT_EQ(Send("/api/v2/spans", testing::EncodeZipkinProto(spans),
                 {{"content-type", "application/x-protobuf"}})
                .status,
            202);
  EXPECT_EQ(Transport(), "zipkin http_v2_proto");
  const auto older = nlohmann::json::parse(kV1);
  EXPECT_EQ(Send("/api/v1/spans", testing::EncodeZipkinThrift(older),
                 {{"content-type", "application/x-thrift"}})
                .status,
            202);
  EXPECT_EQ(Transport(), "zipkin http_v1_thrift");
  EXPECT_EQ(sink_.pushed.size(), 5u);
}

TEST_F(ZipkinHttp, AnswersAsZipkinDoes) {
  EXPECT_EQ(Send("/api/v2/spans", kGood).body, "");
  EXPECT_EQ(Send("/api/v2/spans", "[]").status, 202);
  EXPECT_EQ(Send("/api/v2/spans", R"([{"id":"1"}])").body, "valid traceId required\n");
  EXPECT_EQ(Send("/api/v2/spans", "[{").status, 400);
  EXPECT_EQ(Send("/api/v2/spans", kGood, {{"content-encoding", "bogus"}}).body,
            "unsupported Content-Encoding: bogus\n");
  EXPECT_EQ(Send("/api/v2/spans", std::string(1001, ' ')).body, "http: request body too large\n");
}

TEST_F(ZipkinHttp, KeepsTheGoodSpansOfARequest) {
  const HttpResponse response = Send("/api/v2/spans", kHalfGood);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            "valid traceId required (1 of 2 spans rejected, the others were stored)\n");
  ASSERT_EQ(sink_.pushed.size(), 1u);
  EXPECT_EQ(sink_.pushed[0].second.spans.size(), 1u);
}

TEST_F(ZipkinHttp, ReportsErrors) {
  sink_.answer = PushResult{Error{ErrorCode::kResourceExhausted, "RATE_LIMITED: slow down"}, 5};
  const HttpResponse limited = Send("/api/v2/spans", kGood);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.body, "RATE_LIMITED: slow down\n");
  EXPECT_EQ(FindHeader(limited.headers, "retry-after"), "5");
  options_.receiver.multitenancy = true;
  EXPECT_EQ(Send("/api/v2/spans", kGood).status, 401);
  EXPECT_EQ(Send("/api/v2/spans", kGood, {{"x-scope-orgid", "a/b"}}).status, 401);
}

}  // namespace
}  // namespace vivace
