// Runs the recorded cases of the groups `trace` and `misc` (tests/conformance) in this process:
// edge.jsonl through the JSON decoder into batches, a lookup over them, the routes, and the
// comparison that conformance.py makes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "api/requests_for_test.h"
#include "api/routes/recorded_cases_for_test.h"
#include "api/routes/routes.h"
#include "receive/otlp/otlp_json.h"

namespace vivace {
namespace {

using testing::Json;
using testing::kBase;

// A Unix time in seconds, milliseconds or nanoseconds near the base as "t+0.5"; anything else
// stays.
std::string Relative(const std::string& text) {
  const bool is_number = (text.size() == 10 || text.size() == 13 || text.size() == 19) &&
                         std::ranges::all_of(text, isdigit);
  if (!is_number) return text;
  int64_t scale = 1;
  for (size_t i = 10; i < text.size(); ++i) scale *= 10;
  const int64_t delta = std::stoll(text) - kBase * scale;
  if (std::llabs(delta) >= 2 * 86400 * scale) return text;
  return fmt::format("t{:+.9f}", static_cast<double>(delta) / static_cast<double>(scale));
}

Json SpansOf(const Json& batches) {
  Json spans = Json::array();
  for (const Json& batch : batches) {
    for (const Json& scope : batch.value("scopeSpans", Json::array())) {
      for (const Json& span : scope.value("spans", Json::array())) {
        spans.push_back({{"resource", batch.value("resource", Json())},
                         {"scope", scope.value("scope", Json())},
                         {"span", span}});
      }
    }
  }
  return spans;
}

Json Normal(const Json& node, const std::string& parent = "");

Json NormalObject(const Json& node) {
  static const std::set<std::string> kVolatile = {"inspectedBytes", "metrics", "exemplars"};
  Json out = Json::object();
  for (const auto& [key, value] : node.items()) {
    if (kVolatile.contains(key)) continue;
    const bool is_batches = (key == "batches" || key == "resourceSpans") && value.is_array();
    const Json kept = Normal(is_batches ? SpansOf(value) : value, key);
    const bool is_empty =
        kept.is_null() || ((kept.is_object() || kept.is_array()) && kept.empty()) || kept == "";
    if (!is_empty) out[key] = kept;
  }
  return out;
}

Json Normal(const Json& node, const std::string& parent) {
  if (node.is_object()) return NormalObject(node);
  if (node.is_array()) {
    Json items = Json::array();
    for (const Json& value : node) items.push_back(Normal(value, parent));
    if (parent != "arrayValue")
      std::sort(items.begin(), items.end(),
                [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
    return items;
  }
  if (node.is_number_float()) return std::stod(fmt::format("{:.9g}", node.get<double>()));
  return node.is_string() ? Json(Relative(node.get<std::string>())) : node;
}

// The recorded side is normalized already except for the order of its lists, which Python sorted by
// its own dump.
Json Sorted(const Json& node, const std::string& parent = "") {
  if (node.is_object()) {
    Json out = Json::object();
    for (const auto& [key, value] : node.items()) out[key] = Sorted(value, key);
    return out;
  }
  return node.is_array() ? Normal(node, parent) : node;
}

class Conformance : public ::testing::Test {
 protected:
  Conformance() : router(RouterOptions{}) {
    for (Json& request : testing::Rows("edge.jsonl")) {
      testing::Shift(request);
      SpanBatchBuilder builder(2048);  // as the recording server was configured
      const auto rejected = DecodeOtlpJson(request.dump(), builder);
      EXPECT_TRUE(rejected.has_value() && rejected->total() == 0) << request.dump().substr(0, 300);
      lookup.batches.emplace_back("single-tenant", builder.Take());
    }
    AddTraceByIdRoutes(lookup, {}, router);
    AddReadyRoute({}, router);
    AddStatusRoutes({}, router);
    AddBuildInfoRoute({}, router);
    AddEchoRoute(router);
    router.Add(Route{.pattern = "/api/search/tag/{tagName:.*}/values",
                     .handler = [](ApiRequest, HttpResponder respond) { respond({}); }});
  }

  // As a client that follows redirects to clean paths.
  HttpResponse Ask(std::string target) {
    for (size_t at = 0; (at = target.find("//")) != std::string::npos;) target.erase(at, 1);
    return Get(router, target);
  }

  // As conformance.py does to texts.
  static std::string NormalText(std::string text) {
    while (!text.empty() && isspace(text.back())) text.pop_back();
    std::string out;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
      out += end - begin == 10 ? Relative(text.substr(begin, 10)) : text.substr(begin, end - begin);
      if (end < text.size()) out += text[end];
      begin = end + 1;
    }
    return out;
  }

  void Check(const Json& question) {
    SCOPED_TRACE(question["id"].get<std::string>());
    const HttpResponse response =
        Ask(question["path"].get<std::string>() + testing::Query(question["params"]));
    EXPECT_EQ(response.status, question["status"].get<int>()) << response.body;
    if (question.value("status_only", false)) return;
    const Json body = Json::parse(response.body, nullptr, false);
    if (body.is_discarded()) {
      EXPECT_EQ(NormalText(response.body), question["answer"].get<std::string>());
      return;
    }
    const Json want = Sorted(question["answer"]);
    const Json got = Normal(body);
    EXPECT_EQ(want, got) << Json::diff(want, got).dump().substr(0, 600);
  }

  MemoryLookup lookup;
  Router router;
};

TEST_F(Conformance, RecordedAnswers) {
  int asked = 0;
  for (const Json& question : testing::Rows("cases.jsonl")) {
    const std::string id = question["id"];
    if (!id.starts_with("trace/") && !id.starts_with("misc/")) continue;
    Check(question);
    ++asked;
  }
  EXPECT_EQ(asked, 67);
}

}  // namespace
}  // namespace vivace
