#include "forward/ottl.h"

#include <gtest/gtest.h>

#include "columns/span_batch_builder.h"

namespace vivace {
namespace {

// A span "GET /health" of service "cart" with an event "retry".
SpanBatch Sample() {
  SpanBatchBuilder builder;
  const AttributeCode service =
      builder.AddAttribute("service.name", AttributeValue::String("cart"));
  const uint32_t resource = builder.AddResource(std::span(&service, 1), 0, {});
  const uint32_t scope = builder.AddScope(resource, "lib", "1.2", {}, 0, {});
  builder.BeginSpan();
  builder.row().trace_id.bytes[15] = 0xab;
  builder.row().span_id.bytes[7] = 1;
  builder.row().name = builder.AddString("GET /health");
  builder.row().kind = 2;
  builder.row().status_code = 2;
  builder.row().start_unix_nanos = 1000;
  builder.SpanAttribute(builder.AddAttribute("http.status", AttributeValue::Int(503)));
  builder.SpanAttribute(builder.AddAttribute("ratio", AttributeValue::Double(0.5)));
  builder.SpanAttribute(builder.AddAttribute("sampled", AttributeValue::Bool(true)));
  builder.BeginEvent();
  builder.event().name = builder.AddString("retry");
  builder.EventAttribute(builder.AddAttribute("attempt", AttributeValue::Int(2)));
  builder.EndEvent();
  builder.CommitSpan(scope);
  return builder.Take();
}

bool Holds(std::string_view condition, OttlContext context = OttlContext::kSpan) {
  static const SpanBatch batch = Sample();
  const Result<OttlCondition> parsed = ParseOttl(condition, context);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  std::deque<std::string> texts;
  return parsed.has_value() && (*parsed)(OttlRow{.batch = batch, .texts = texts});
}

TEST(Ottl, SpanConditionsThatHold) {
  for (const char* condition : {
           R"(name == "GET /health")",
           R"(span.name != "other" and kind == SPAN_KIND_SERVER)",
           R"(resource.attributes["service.name"] == "cart")",
           R"(IsMatch(name, "/heal.h$"))",
           R"(IsMatch(attributes["http.status"], "^5"))",
           R"(attributes["http.status"] >= 500 and attributes["http.status"] < 503.5)",
           R"(attributes["ratio"] == 0.5)",
           R"(attributes["missing"] == nil)",
           R"(attributes["missing"] != "x")",
           R"(not (attributes["http.status"] == 200 or name == "x"))",
           R"(attributes["sampled"])",
           R"(attributes["sampled"] == true)",
           R"(status.code == STATUS_CODE_ERROR)",
           R"(kind.string == "Server")",
           R"(trace_id == TraceID(0x000000000000000000000000000000ab))",
           R"(trace_id.string == "000000000000000000000000000000ab")",
           R"(instrumentation_scope.name == "lib" and scope.version == "1.2")",
           R"(IsRootSpan())",
           R"(HasPrefix(name, "GET ") and HasSuffix(name, "health"))",
           R"(Len(name) == 11)",
           R"(IsInt(attributes["http.status"]) and not IsString(attributes["http.status"]))",
           R"(start_time_unix_nano > -1)",
           "name == \"GET \\/health\"",
       }) {
    EXPECT_TRUE(Holds(condition)) << condition;
  }
}

TEST(Ottl, SpanConditionsThatDoNot) {
  for (const char* condition : {
           R"(name == "get /health")",
           R"(attributes["http.status"] == "503")",
           R"(attributes["http.status"])",
           R"(attributes["missing"] < 5)",
           R"(IsMatch(attributes["missing"], ".*"))",
           R"(resource.attributes["service.name"] == "cart" and false)",
       }) {
    EXPECT_FALSE(Holds(condition)) << condition;
  }
}

TEST(Ottl, EventConditions) {
  EXPECT_TRUE(Holds(R"(name == "retry" and attributes["attempt"] == 2)", OttlContext::kSpanEvent));
  EXPECT_TRUE(Holds(R"(span.name == "GET /health" and spanevent.attributes["attempt"] > 1)",
                    OttlContext::kSpanEvent));
  EXPECT_FALSE(Holds(R"(attributes["http.status"] == 503)", OttlContext::kSpanEvent));
}

std::string ErrorOf(const std::string& condition) {
  const auto parsed = ParseOttl(condition, OttlContext::kSpan);
  return parsed ? "" : parsed.error().message;
}

TEST(Ottl, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ErrorOf(R"(Sha256(name) == "x")"),
            R"(condition Sha256(name) == "x": undefined function "Sha256")");
  EXPECT_EQ(ErrorOf("nonsense == 1"), "condition nonsense == 1: unknown path nonsense");
  EXPECT_EQ(ErrorOf("spanevent.name == nil"),
            "condition spanevent.name == nil: unknown path spanevent.name");
  EXPECT_EQ(ErrorOf("name =="), "condition name ==: unexpected the end at offset 7");
  EXPECT_EQ(ErrorOf("name = 1"), "condition name = 1: unexpected '=' at offset 5");
  EXPECT_EQ(ErrorOf("name == \"x"), "condition name == \"x: unterminated string at offset 8");
  EXPECT_EQ(ErrorOf(R"(IsMatch(name, "("))"),
            R"(condition IsMatch(name, "("): IsMatch: missing ): ()");
  EXPECT_EQ(ErrorOf("kind == 0x1"), "condition kind == 0x1: invalid hexadecimal bytes at offset 8");
  EXPECT_EQ(ErrorOf("kind == 99999999999999999999"),
            "condition kind == 99999999999999999999: number out of range at offset 8");
  EXPECT_TRUE(ErrorOf(std::string(100'000, '(')).ends_with("more than 64 levels"));
  EXPECT_TRUE(ErrorOf([] {
                std::string deep;
                for (int i = 0; i < 1000; ++i) deep += "Len(";
                return deep;
              }())
                  .ends_with("more than 64 levels"));
}

}  // namespace
}  // namespace vivace
