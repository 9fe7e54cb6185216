#include "api/routes/routes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/requests_for_test.h"
#include "base/metrics.h"
#include "receive/otlp/otlp_json.h"

namespace vivace {
namespace {

constexpr std::string_view kTrace = "/api/traces/0102030405060708090a0b0c0d0e0f10";
constexpr std::string_view kTraceV2 = "/api/v2/traces/0102030405060708090a0b0c0d0e0f10";

SpanBatch OneSpan(std::string_view span_id) {
  SpanBatchBuilder builder;
  const auto rejected = DecodeOtlpJson(
      fmt::format(
          R"({{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"{}"}}]}}]}}]}})",
          span_id),
      builder);
  EXPECT_TRUE(rejected.has_value());
  return builder.Take();
}

class TraceById : public testing::Test {
 protected:
  void Start(RouterOptions options = {}) {
    router.emplace(std::move(options));
    AddTraceByIdRoutes(lookup, {}, *router);
  }

  HttpResponse Ask(std::string_view path, std::string_view query = "", HttpHeaders headers = {}) {
    if (!router) Start();
    return Get(*router, fmt::format("{}?{}", path, query), std::move(headers));
  }
  std::string ErrorOf(std::string_view query) {
    const HttpResponse response = Ask(kTrace, query);
    EXPECT_EQ(response.status, 400);
    return response.body;
  }

  MemoryLookup lookup;
  std::optional<Router> router;
};

TEST_F(TraceById, ChecksParameters) {
  EXPECT_EQ(ErrorOf("mode=xx"), "invalid value for mode xx");
  EXPECT_EQ(ErrorOf("blockStart=abc"), "invalid value for blockstart: invalid UUID length: 3");
  EXPECT_EQ(ErrorOf("blockEnd=00000000x0000-0000-0000-000000000000"),
            "invalid value for blockEnd: invalid UUID format");
  EXPECT_EQ(ErrorOf("start=abc"),
            "invalid start: strconv.ParseInt: parsing \"abc\": invalid syntax");
  EXPECT_EQ(ErrorOf("end=99999999999999999999"),
            "invalid end: strconv.ParseInt: parsing \"99999999999999999999\": value out of range");
  EXPECT_EQ(ErrorOf("start=10&end=5"),
            "http parameter start must be before end. received start=10 end=5");
  EXPECT_EQ(ErrorOf("rf1After=xyz"),
            "invalid rf1After: parsing time \"xyz\" as \"2006-01-02T15:04:05Z07:00\": cannot parse "
            "\"xyz\" as \"2006\"");
  const HttpResponse external = Ask(kTrace, "mode=external");
  EXPECT_EQ(external.status, 500);
  EXPECT_EQ(external.body, "external mode is not enabled\n");
  EXPECT_EQ(Ask(kTrace, "mode=ingesters&start=abc").status, 404);
  EXPECT_TRUE(lookup.requests.size() == 1);
}

TEST_F(TraceById, EndsAtItsDeadlines) {
  using std::chrono::milliseconds;
  lookup.takes_forever = true;
  const std::pair<QueryTimeouts, int> cases[] = {
      {{.query = milliseconds(5)}, 504},
      {{.api = milliseconds(5)}, 503},
      {{.query = milliseconds(5), .api = std::chrono::hours(1)}, 504}};
  for (const auto& [timeouts, status] : cases) {
    Router limited({});
    AddTraceByIdRoutes(lookup, timeouts, limited);
    const HttpResponse response = Get(limited, std::string(kTrace), {});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, status == 503 ? "unable to process request in the configured timeout"
                                           : "context deadline exceeded");
  }
}

TEST_F(TraceById, PassesParametersOn) {
  Ask(kTraceV2,
      "mode=blocks&blockStart=00000000-0000-0000-0000-0000000000ff&start=5&end=10&rf1After=2026-11-"
      "21T00:05:12.5Z");
  ASSERT_EQ(lookup.requests.size(), 1u);
  const TraceRequest& request = lookup.requests[0];
  EXPECT_EQ(request.tenant, "single-tenant");
  EXPECT_EQ(request.mode, LookupMode::kBlocks);
  EXPECT_EQ(request.block_start[15], 0xff);
  EXPECT_EQ(request.block_end[0], 0xff);
  EXPECT_EQ(request.start_unix_seconds, 5);
  EXPECT_EQ(request.end_unix_seconds, 10);
  EXPECT_EQ(request.rf1_after_unix_nanos, 1795219512500000000);
  EXPECT_TRUE(request.allow_partial);
}

TEST_F(TraceById, MissingTraces) {
  const HttpResponse v1 = Ask(kTrace);
  EXPECT_EQ(v1.status, 404);
  EXPECT_EQ(v1.body, "");
  EXPECT_EQ(FindHeader(v1.headers, "vary"), "Accept-Encoding");
  const HttpResponse v2 = Ask(kTraceV2);
  EXPECT_EQ(v2.status, 200);
  EXPECT_EQ(v2.body, R"({"trace":{},"metrics":{}})");
  EXPECT_EQ(FindHeader(v2.headers, "content-type"), "application/json");
}

TEST_F(TraceById, Formats) {
  lookup.batches.emplace_back("single-tenant", OneSpan("a1a2a3a4a5a6a7a8"));
  const auto type_of = [&](std::string_view path, std::string accept) {
    return std::string(
        FindHeader(Ask(path, "", {{"accept", std::move(accept)}}).headers, "content-type"));
  };
  EXPECT_EQ(type_of(kTrace, "application/protobuf"), "application/protobuf");
  EXPECT_EQ(type_of(kTraceV2, "application/protobuf"), "application/protobuf");
  EXPECT_EQ(type_of(kTrace, "application/vnd.grafana.llm"), "application/vnd.grafana.llm");
  EXPECT_EQ(type_of(kTraceV2, "application/vnd.grafana.llm"), "application/vnd.grafana.llm+json");
  EXPECT_EQ(Ask(kTrace, "", {{"accept", "application/protobuf"}}).body[0], '\x0a');
  EXPECT_TRUE(Ask(kTrace).body.starts_with(R"({"batches":[)"));
}

TEST_F(TraceById, CombinesTenants) {
  Start({.multitenancy = true});
  lookup.batches.emplace_back("a", OneSpan("a1a2a3a4a5a6a7a8"));
  lookup.batches.emplace_back("b", OneSpan("b1a2a3a4a5a6a7a8"));
  const std::string both = Ask(kTraceV2, "", {{"x-scope-orgid", "b|a|c"}}).body;
  EXPECT_NE(both.find("oaKjpKWmp6g="), std::string::npos);
  EXPECT_NE(both.find("saKjpKWmp6g="), std::string::npos);
  EXPECT_NE(both.find(R"("inspectedBytes":"1238")"), std::string::npos);
  EXPECT_EQ(Ask(kTrace).status, 401);
}

TEST_F(TraceById, Failures) {
  lookup.error = Error{ErrorCode::kFailedPrecondition, "trace exceeds max size (max bytes: 50)"};
  EXPECT_EQ(Ask(kTrace).status, 422);
  EXPECT_EQ(Ask(kTrace).body, "trace exceeds max size (max bytes: 50)");
  lookup.error = Error{ErrorCode::kInternal, "disk on fire"};
  EXPECT_EQ(Ask(kTraceV2).status, 500);
  EXPECT_EQ(Ask(kTraceV2).body, "disk on fire\n");
  lookup.error = Error{ErrorCode::kCancelled, "x"};
  EXPECT_EQ(Ask(kTraceV2).status, 499);
}

TEST(Ready, ReportsWhyNotReady) {
  bool stopping = false;
  std::vector<ServiceState> services = {{"a", "Running"}, {"b", "Starting"}};
  std::optional<std::string> not_ready_reason;
  Router router({});
  AddReadyRoute(
      {[&] { return stopping; }, [&] { return services; }, [&] { return not_ready_reason; }},
      router);
  EXPECT_EQ(Get(router, "/ready").status, 503);
  EXPECT_EQ(Get(router, "/ready").body,
            "Some services are not Running:\nRunning: 1\nStarting: 1\n\n");
  services[1].state = "Running";
  EXPECT_EQ(Get(router, "/ready").body, "ready\n");
  not_ready_reason = "Ingester not ready: waiting";
  EXPECT_EQ(Get(router, "/ready").body, "Ingester not ready: waiting\n");
  stopping = true;
  EXPECT_EQ(Get(router, "/ready").body, "Application is stopping\n");
}

TEST(StatusRoutes, Pages) {
  Router router({});
  StatusPages pages{.build = {.version = "1.0", .own_version = "0.3"}, .services = [] {
                      return std::vector<ServiceState>{{"store", "Running", ""},
                                                       {"ingester", "Failed", "no disk"}};
                    }};
  pages.config = [](const std::string& mode) -> Result<std::string> {
    if (mode == "xx")
      return Fail(ErrorCode::kInvalidArgument, "unknown value for mode query parameter: xx");
    return "target: all\n";
  };
  AddStatusRoutes(pages, router);
  AddBuildInfoRoute(pages.build, router);
  AddEchoRoute(router);
  EXPECT_EQ(Get(router, "/status/config").body, "GET /status/config\n---\ntarget: all\n");
  EXPECT_EQ(Get(router, "/status/config?mode=xx").status, 500);
  EXPECT_EQ(Get(router, "/status/config?mode=xx").body,
            "unknown value for mode query parameter: xx\nGET /status/config\n");
  EXPECT_EQ(Get(router, "/status/services").body,
            "GET /status/services\n"
            "+--------------+---------+--------------+\n"
            "| SERVICE NAME | STATUS  | FAILURE CASE |\n"
            "+--------------+---------+--------------+\n"
            "| ingester     | Failed  | no disk      |\n"
            "| store        | Running |              |\n"
            "+--------------+---------+--------------+\n\n");
  EXPECT_NE(Get(router, "/status/endpoints").body.find("| /api/echo"), std::string::npos);
  EXPECT_NE(Get(router, "/status").body.find("overrides module not loaded in all"),
            std::string::npos);
  EXPECT_EQ(Get(router, "/status/nosuch").status, 404);
  EXPECT_EQ(Get(router, "/status/version", {}, "POST").status, 405);
  EXPECT_EQ(Get(router, "/api/status/buildinfo").body,
            "{\"version\":\"1.0\",\"revision\":\"\",\"branch\":\"\",\"buildUser\":\"\","
            "\"buildDate\":\"\",\"goVersion\":\"\",\"vivaceVersion\":\"0.3\"}\n");
  EXPECT_EQ(Get(router, "/api/echo").body, "echo\n");
}

TEST(AdminRoutes, FlushAndShutdown) {
  std::vector<std::string> calls;
  Router router({});
  AddFlushRoute(
      [&](std::string tenant, std::function<void(Status)> done) {
        calls.push_back("flush " + tenant);
        done(tenant == "nobody" ? Status(Fail(ErrorCode::kNotFound, "unknown tenant")) : Status());
      },
      router);
  AddShutdownRoute([&] { calls.push_back("shutdown"); }, router);
  EXPECT_EQ(Get(router, "/flush").status, 204);
  EXPECT_EQ(Get(router, "/flush?tenant=a", {}, "HEAD").status, 204);
  const HttpResponse unknown = Get(router, "/flush?tenant=nobody");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, "");
  EXPECT_EQ(Get(router, "/shutdown").body, "shutdown job acknowledged");
  EXPECT_EQ(calls, (std::vector<std::string>{"flush ", "flush a", "flush nobody", "shutdown"}));
}

TEST(MetricsRoute, Renders) {
  Metrics metrics;
  metrics.GetCounter("tempo_things_total", "Things.").Add(2);
  Router router({});
  AddMetricsRoute(metrics, router);
  EXPECT_NE(Get(router, "/metrics").body.find("tempo_things_total 2"), std::string::npos);
}

}  // namespace
}  // namespace vivace
