// Every recorded question has the same answer, to the byte, on one thread, two or seven, and
// whatever order its tasks run in.
#include <gtest/gtest.h>

#include <future>
#include <regex>

#include "api/query_context.h"
#include "api/requests_for_test.h"
#include "api/routes/recorded_cases_for_test.h"
#include "api/routes/routes.h"
#include "base/memory_file_system.h"
#include "object/memory_store.h"
#include "query/helpers_for_test.h"
#include "receive/otlp/otlp_json.h"

namespace vivace {
namespace {

using testing::Json;

constexpr size_t kParts = 3;

// Leaves every third span.
void KeepPart(Json& node, size_t part, size_t& spans) {
  if (node.is_object()) {
    for (auto& [key, value] : node.items()) {
      if (key != "spans") {
        KeepPart(value, part, spans);
        continue;
      }
      Json kept = Json::array();
      for (const Json& span : value) {
        if (spans++ % kParts == part) kept.push_back(span);
      }
      value = std::move(kept);
    }
  } else if (node.is_array()) {
    for (Json& value : node) KeepPart(value, part, spans);
  }
}

// The recorded spans in two blocks of many row groups and a live segment: most traces lie in all
// three.
class Threads : public ::testing::Test {
 protected:
  Threads() : router_(RouterOptions{}) {
    IngesterOptions options;
    options.wal_path = "/wal";
    options.wal_sync = WalSync::kNever;
    options.flusher.block.row_group_spans = 40;
    ingester_ = Ingester::Start(options, files_, store_, metrics_, [this](const BlockMeta& meta) {
                  catalog_.Add(meta);
                }).value();
    for (size_t part = 0; part < kParts; ++part) {
      Push(part);
      if (part + 1 < kParts) Flush();
    }
    config_.search.max_spans_per_span_set = 0;
    context_.reset(new QueryContext{.ingester = *ingester_,
                                    .catalog = catalog_,
                                    .config = config_,
                                    .limits = [](const std::string&) { return ReadLimits(); },
                                    .now_unix_nanos = [] { return testing::kBase * 1'000'000'000; },
                                    .timeouts = {},
                                    .well_known_tags = {},
                                    .static_columns = {},
                                    .observer = {},
                                    .tasks = [this](const auto&) { return tasks_; }});
    AddSearchRoute(*context_, router_);
    AddSearchTagsRoutes(*context_, router_);
    AddSearchTagValuesRoutes(*context_, router_);
    AddMetricsQueryRangeRoute(*context_, router_);
    AddMetricsQueryRoute(*context_, router_);
    AddMetricsSummaryRoute(*context_, router_);
  }

  void Push(size_t part) {
    size_t spans = 0;
    for (Json& request : testing::Rows("edge.jsonl")) {
      testing::Shift(request);
      KeepPart(request, part, spans);
      SpanBatchBuilder builder(2048);
      ASSERT_TRUE(DecodeOtlpJson(request.dump(), builder).has_value());
      std::promise<void> done;
      ingester_->Push({.tenant = "single-tenant"}, builder.Take(),
                      [&](const PushResult&) { done.set_value(); });
      done.get_future().wait();
    }
  }

  void Flush() {
    std::promise<void> done;
    ingester_->Flush(std::nullopt, [&](const Status&) { done.set_value(); });
    done.get_future().wait();
  }

  // The answers to all recorded questions with this use of threads.
  std::vector<std::string> Answers(const OrderedTasksOptions& tasks) {
    tasks_ = tasks;
    static const std::regex kBytesRead(R"("inspectedBytes":"?[0-9]+"?,?)");
    std::vector<std::string> answers;
    for (const Json& question : questions_) {
      const HttpResponse response =
          Get(router_, question["path"].get<std::string>() + testing::Query(question["params"]));
      answers.push_back(
          fmt::format("{} {}", response.status, std::regex_replace(response.body, kBytesRead, "")));
    }
    return answers;
  }

  static std::vector<Json> Questions() {
    std::vector<Json> questions = testing::Rows("cases.jsonl");
    std::erase_if(questions, [](const Json& question) {
      const std::string path = question["path"];
      return !path.starts_with("/api/search") && !path.starts_with("/api/v2/search") &&
             !path.starts_with("/api/metrics");
    });
    return questions;
  }

  MemoryFileSystem files_;
  MemoryStore store_;
  Metrics metrics_;
  QueryFrontendConfig config_;
  BlockCatalog catalog_{store_, metrics_};
  std::unique_ptr<Ingester> ingester_;
  OrderedTasksOptions tasks_;
  std::unique_ptr<const QueryContext> context_;
  Router router_;
  const std::vector<Json> questions_ = Questions();
};

TEST_F(Threads, DoNotChangeAnAnswer) {
  const std::vector<std::string> expected = Answers({});
  size_t found = 0;
  for (const std::string& answer : expected) found += answer.starts_with("200 ") ? 1 : 0;
  EXPECT_GT(found, 250u);
  for (const OrderedTasksOptions& tasks : testing::TaskOptionsForTest()) {
    const std::vector<std::string> answers = Answers(tasks);
    for (size_t i = 0; i < answers.size(); ++i)
      EXPECT_EQ(answers[i], expected[i]) << questions_[i]["id"];
  }
}

}  // namespace
}  // namespace vivace
