#include "receive/otlp/otlp_http.h"

#include <gtest/gtest.h>

#include "receive/otlp/otlp_grpc.h"
#include "receive/recording_sink_for_test.h"

namespace vivace {
namespace {

constexpr std::string_view kGood =
    R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]}]}]})";
constexpr std::string_view kOneBad =
    R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"},{}]}]}]})";
constexpr std::string_view kAllBad = R"({"resourceSpans":[{"scopeSpans":[{"spans":[{},{},{}]}]}]})";

// The protobuf decoder is another file's business: "good" is a span here, anything else is
// malformed.
Result<RejectedSpans> FakeProtobuf(std::string_view body, SpanBatchBuilder& builder) {
  if (body == "good") return DecodeOtlpJson(kGood, builder);
  if (body.empty()) return RejectedSpans{};
  return Fail(ErrorCode::kInvalidArgument, "invalid protobuf at offset 0: truncated");
}

Result<std::string> FakeDecompress(std::string_view encoding, std::string_view body,
                                   size_t bytes_max) {
  if (encoding != "gzip")
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("unsupported Content-Encoding: {}", encoding));
  if (body == "bad") return Fail(ErrorCode::kInvalidArgument, "gzip: invalid header");
  if (body.size() * 2 > bytes_max) return Fail(ErrorCode::kResourceExhausted, "too large");
  return std::string(body);
}

class OtlpHttp : public testing::Test {
 protected:
  OtlpHttp() {
    options.decode_protobuf = FakeProtobuf;
    options.decompress = FakeDecompress;
    options.body_bytes_max = 1000;
  }

  HttpResponse Send(HttpRequest request) {
    OtlpHttpReceiver receiver(options, sink);
    HttpResponse response{.status = 0};
    receiver.Handle(std::move(request), [&](HttpResponse answer) { response = std::move(answer); });
    return response;
  }

  static HttpRequest Post(std::string_view body, std::string type = "application/json",
                          HttpHeaders headers = {}) {
    headers.emplace_back("content-type", std::move(type));
    return HttpRequest{.method = "POST",
                       .path = "/v1/traces",
                       .headers = std::move(headers),
                       .body = std::string(body)};
  }

  OtlpHttpOptions options;
  RecordingSink sink;
};

TEST_F(OtlpHttp, AcceptsBothFormats) {
  const HttpResponse json = Send(Post(kGood, "application/json; charset=utf-8"));
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, R"({"partialSuccess":{}})");
  EXPECT_EQ(FindHeader(json.headers, "content-type"), "application/json");
  const HttpResponse protobuf =
      Send(Post("good", "application/x-protobuf", {{"no-generate-metrics", ""}}));
  EXPECT_EQ(protobuf.status, 200);
  EXPECT_EQ(protobuf.body, std::string("\x0a\x00", 2));
  EXPECT_EQ(FindHeader(protobuf.headers, "content-type"), "application/x-protobuf");
  ASSERT_EQ(sink.pushed.size(), 2u);
  EXPECT_EQ(sink.pushed[0].first.tenant, "single-tenant");
  EXPECT_EQ(sink.pushed[0].first.receiver, "otlp");
  EXPECT_EQ(sink.pushed[0].first.transport, "http");
  EXPECT_EQ(sink.pushed[0].first.wire_bytes, kGood.size());
  EXPECT_FALSE(sink.pushed[0].first.skip_metrics);
  EXPECT_TRUE(sink.pushed[1].first.skip_metrics);
}

TEST_F(OtlpHttp, ReportsRejectedSpans) {
  EXPECT_EQ(
      Send(Post(kOneBad)).body,
      R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":"trace ids must be 128 bit, received 0 bits"}})");
  EXPECT_EQ(sink.pushed.size(), 1u);
  const HttpResponse all = Send(Post(kAllBad));
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(
      all.body,
      R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"trace ids must be 128 bit, received 0 bits"}})");
  EXPECT_EQ(sink.pushed.size(), 1u);
}

TEST_F(OtlpHttp, ChecksPathMethodAndType) {
  HttpRequest request = Post(kGood);
  request.path = "/v1/traces/";
  EXPECT_EQ(Send(request).status, 404);
  EXPECT_EQ(Send(request).body, "404 page not found\n");
  request = Post(kGood);
  request.method = "PUT";
  EXPECT_EQ(Send(request).status, 405);
  EXPECT_EQ(Send(request).body, "405 method not allowed, supported: [POST]");
  EXPECT_EQ(Send(Post(kGood, "text/plain")).status, 415);
  EXPECT_EQ(Send(Post(kGood, "")).body,
            "415 unsupported media type, supported: [application/json, application/x-protobuf]");
}

TEST_F(OtlpHttp, UndoesEncodings) {
  EXPECT_EQ(Send(Post(kGood, "application/json", {{"content-encoding", "gzip"}})).status, 200);
  EXPECT_EQ(Send(Post(kGood, "application/json", {{"content-encoding", "bogus"}})).body,
            R"({"code":3,"message":"unsupported Content-Encoding: bogus"})");
  EXPECT_EQ(Send(Post("bad", "application/json", {{"content-encoding", "gzip"}})).body,
            R"({"code":3,"message":"gzip: invalid header"})");
  const HttpResponse large =
      Send(Post(std::string(600, ' '), "application/json", {{"content-encoding", "gzip"}}));
  EXPECT_EQ(large.status, 400);
  EXPECT_EQ(large.body, R"({"code":3,"message":"http: request body too large"})");
  EXPECT_EQ(Send(Post(std::string(1001, ' '))).body, large.body);
}

TEST_F(OtlpHttp, MalformedBodiesAreRefusedWhole) {
  EXPECT_EQ(Send(Post("{")).status, 400);
  const HttpResponse protobuf = Send(Post("x", "application/x-protobuf"));
  EXPECT_EQ(protobuf.status, 400);
  EXPECT_EQ(protobuf.body, "\x08\x03\x12\x27invalid protobuf at offset 0: truncated");
  EXPECT_TRUE(sink.pushed.empty());
}

TEST_F(OtlpHttp, PassesOnTheSinksAnswer) {
  sink.answer = PushResult{Error{ErrorCode::kResourceExhausted, "RATE_LIMITED: slow down"}, 5};
  const HttpResponse limited = Send(Post(kGood));
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(FindHeader(limited.headers, "retry-after"), "5");
  EXPECT_EQ(limited.body, R"({"code":8,"message":"RATE_LIMITED: slow down","details":[{"@type":)"
                          R"("type.googleapis.com/google.rpc.RetryInfo","retryDelay":"5s"}]})");
  sink.answer = PushResult{Error{ErrorCode::kUnknown, "disk on fire"}};
  EXPECT_EQ(Send(Post(kGood)).status, 503);
  EXPECT_EQ(Send(Post(kGood)).body, R"({"code":14,"message":"disk on fire"})");
}

TEST_F(OtlpHttp, NeedsATenantWhenThereAreMany) {
  options.receiver.multitenancy = true;
  EXPECT_EQ(Send(Post(kGood)).status, 401);
  EXPECT_EQ(Send(Post(kGood)).body, R"({"code":16,"message":"no org id"})");
  EXPECT_EQ(Send(Post(kGood, "application/json", {{"x-scope-orgid", "a|b"}})).body,
            R"({"code":3,"message":"multiple org IDs present"})");
  EXPECT_EQ(Send(Post(kGood, "application/json", {{"x-scope-orgid", "a:x=1"}})).status, 200);
  ASSERT_EQ(sink.pushed.size(), 1u);
  EXPECT_EQ(sink.pushed[0].first.tenant, "a");
}

TEST_F(OtlpHttp, AnswersBrowsers) {
  options.cors = CorsOptions{.allowed_origins = {"https://*.example.com"},
                             .allowed_headers = {"X-Token"},
                             .max_age_seconds = 60};
  HttpRequest preflight{.method = "OPTIONS", .path = "/v1/traces"};
  preflight.headers = {{"origin", "https://shop.example.com"},
                       {"access-control-request-method", "POST"},
                       {"access-control-request-headers", "content-type, x-token"}};
  const HttpResponse allowed = Send(preflight);
  EXPECT_EQ(allowed.status, 204);
  EXPECT_EQ(FindHeader(allowed.headers, "access-control-allow-origin"), "https://shop.example.com");
  EXPECT_EQ(FindHeader(allowed.headers, "access-control-allow-methods"), "POST");
  EXPECT_EQ(FindHeader(allowed.headers, "access-control-allow-headers"), "content-type, x-token");
  EXPECT_EQ(FindHeader(allowed.headers, "access-control-max-age"), "60");
  preflight.headers[0].second = "https://evil.com";
  EXPECT_EQ(FindHeader(Send(preflight).headers, "access-control-allow-origin"), "");
  preflight.headers[0].second = "https://shop.example.com";
  preflight.headers[2].second = "x-other";
  EXPECT_EQ(FindHeader(Send(preflight).headers, "access-control-allow-origin"), "");
  EXPECT_EQ(
      FindHeader(
          Send(Post(kGood, "application/json", {{"origin", "https://a.example.com"}})).headers,
          "access-control-allow-origin"),
      "https://a.example.com");
  options.cors = {};
  EXPECT_EQ(Send(preflight).status, 405);
}

TEST(OtlpGrpc, Exports) {
  RecordingSink sink;
  OtlpGrpcReceiver receiver({}, FakeProtobuf, sink);
  RpcResponse reply;
  const auto send = [&](std::string method, std::string message) {
    receiver.Handle(RpcRequest{.method = std::move(method), .message = std::move(message)},
                    [&](RpcResponse answer) { reply = answer; });
  };
  send(std::string(kOtlpExportMethod), "good");
  EXPECT_FALSE(reply.error);
  EXPECT_EQ(reply.message, std::string("\x0a\x00", 2));
  ASSERT_EQ(sink.pushed.size(), 1u);
  EXPECT_EQ(sink.pushed[0].first.transport, "grpc");
  send(std::string(kOtlpExportMethod), "garbage");
  ASSERT_TRUE(reply.error);
  EXPECT_EQ(reply.error->code, ErrorCode::kInvalidArgument);
  send("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "good");
  EXPECT_EQ(reply.error->message,
            "unknown service opentelemetry.proto.collector.metrics.v1.MetricsService");
  sink.answer = PushResult{Error{ErrorCode::kResourceExhausted, "slow"}, 2};
  send(std::string(kOtlpExportMethod), "good");
  EXPECT_EQ(reply.error->code, ErrorCode::kResourceExhausted);
  EXPECT_NE(reply.status_details.find("google.rpc.RetryInfo"), std::string::npos);
}

}  // namespace
}  // namespace vivace
