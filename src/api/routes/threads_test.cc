// Every recorded question has the same answer, to the byte, on one thread, two or seven, whatever
// order its tasks run in, and whatever is known without looking.
#include <gtest/gtest.h>

#include <future>
#include <regex>

#include "api/query_context.h"
#include "api/requests_for_test.h"
#include "api/routes/recorded_cases_for_test.h"
#include "api/routes/routes.h"
#include "base/memory_file_system.h"
#include "object/memory_store.h"
#include "object/slow_store.h"
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

// The recorded spans in sources that most traces lie in all of.
class Threads : public ::testing::Test {
 protected:
  Threads() : router_(RouterOptions{}) {
    IngesterOptions options;
    options.wal_path = "/wal";
    options.wal_sync = WalSync::kNever;
    options.flusher.block.row_group_spans = 40;
    ingester_ = Ingester::Start(options, files_, store_, metrics_, [this](const BlockMeta& meta) {
                  catalog_.Add(meta);
                  metas_.push_back(meta);
                }).value();
    config_.search.max_spans_per_span_set = 0;
    context_ = AddRoutes(catalog_, router_);
  }

  // The routes over a store's blocks; what is returned must outlive the router.
  std::unique_ptr<QueryContext> AddRoutes(BlockCatalog& catalog, Router& router) {
    std::unique_ptr<QueryContext> context(
        new QueryContext{.ingester = *ingester_,
                         .catalog = catalog,
                         .config = config_,
                         .limits = [](const std::string&) { return ReadLimits(); },
                         .now_unix_nanos = [] { return testing::kBase * 1'000'000'000; },
                         .timeouts = {},
                         .well_known_tags = {},
                         .static_columns = {},
                         .observer = {},
                         .tasks = [this](const auto&) { return tasks_; }});
    AddSearchRoute(*context, router);
    AddSearchTagsRoutes(*context, router);
    AddSearchTagValuesRoutes(*context, router);
    AddMetricsQueryRangeRoute(*context, router);
    AddMetricsQueryRoute(*context, router);
    AddMetricsSummaryRoute(*context, router);
    return context;
  }

  void Push(size_t part) {
    size_t spans = 0;
    for (Json& request : testing::Rows("edge.jsonl")) {
      // Later ones are newer: the live segment comes before the blocks.
      testing::Shift(request, testing::kBase + 2 * static_cast<int64_t>(part));
      KeepPart(request, part, spans);
      SpanBatchBuilder builder(2048);
      ASSERT_TRUE(DecodeOtlpJson(request.dump(), builder).has_value());
      std::promise<void> done;
      ingester_->Push({.tenant = "single-tenant"}, builder.Take(),
                      [&](const PushResult&) { done.set_value(); });
      done.get_future().wait();
    }
  }

  // Two blocks of many row groups and a live segment.
  void PushAll() {
    for (size_t part = 0; part < kParts; ++part) {
      Push(part);
      if (part + 1 < kParts) Flush();
    }
  }

  void Flush() {
    std::promise<void> done;
    ingester_->Flush(std::nullopt, [&](const Status&) { done.set_value(); });
    done.get_future().wait();
  }

  // The answers to all questions, with this use of threads.
  std::vector<std::string> Answers(const OrderedTasksOptions& tasks, PartCache* kept = nullptr) {
    context_->kept_parts = kept;
    return Answers(tasks, router_);
  }
  std::vector<std::string> Answers(const OrderedTasksOptions& tasks, const Router& router) {
    tasks_ = tasks;
    static const std::regex kBytesRead(R"("inspectedBytes":"?[0-9]+"?,?)");
    std::vector<std::string> answers;
    for (const Json& question : questions_) {
      const HttpResponse response =
          Get(router, question["path"].get<std::string>() + testing::Query(question["params"]));
      answers.push_back(
          fmt::format("{} {}", response.status, std::regex_replace(response.body, kBytesRead, "")));
    }
    return answers;
  }

  // Those that are recorded, ranges also with the window moved, and ranges over whole traces.
  static std::vector<Json> Questions() {
    std::vector<Json> questions;
    for (const char* query :
         {"{} >> {} | rate()", "{} | compare({ status = error })",
          "{} | compare({ kind = server })", "{} | count_over_time() by (rootServiceName)",
          "{} | rate() by (trace:duration)", "{ nestedSetParent < 0 } | avg_over_time(duration)",
          "{ status = error } | rate() by (rootName)",
          "{ name =~ `.*1.*` } | count_over_time() by (trace:duration)",
          "{ status = error } >> {} | sum_over_time(duration) by (name)",
          "{} !>> {} | quantile_over_time(duration, .5, .9) by (resource.service.name)"}) {
      const Json question = {{"path", "/api/metrics/query_range"},
                             {"params",
                              {{"q", query},
                               {"start", "$T-20"},
                               {"end", "$T+40"},
                               {"step", "5s"},
                               {"exemplars", "50"}}}};
      AddMoved(question, questions);
      questions.push_back(question);
    }
    AddCounted(questions);
    for (Json& question : testing::Rows("cases.jsonl")) {
      const std::string path = question["path"];
      if (path.ends_with("/query_range")) AddMoved(question, questions);
      if (path.starts_with("/api/search") || path.starts_with("/api/v2/search") ||
          path.starts_with("/api/metrics"))
        questions.push_back(std::move(question));
    }
    return questions;
  }
  // What a block's index can answer alone.
  static void AddCounted(std::vector<Json>& questions) {
    for (const char* query :
         {"{} | rate()", "{} | count_over_time() by (resource.service.name, name)",
          "{ status = error || kind = server } | rate() by (status)",
          "{ name != `x` } | quantile_over_time(duration, .5, .9) by (kind)",
          "{ resource.service.name =~ `.*a.*` } | histogram_over_time(duration)"}) {
      Json question = {{"path", "/api/metrics/query_range"},
                       {"params",
                        {{"q", query},
                         {"start", "$T-300"},
                         {"end", "$T+300"},
                         {"step", "1m"},
                         {"exemplars", "20"}}}};
      AddMoved(question, questions);
      questions.push_back(question);
      question["path"] = "/api/metrics/query";
      questions.push_back(std::move(question));
    }
  }
  static void AddMoved(const Json& question, std::vector<Json>& questions) {
    for (const int seconds : {-7, 1, 4}) {
      Json moved = question;
      for (const char* end : {"start", "end"}) {
        const Json& time = question["params"].value(end, Json());
        if (!time.is_string() || !time.get<std::string>().starts_with("$T")) return;
        const int64_t at = std::stoll(testing::Filled(time)) - testing::kBase;
        moved["params"][end] = fmt::format("$T{:+}", at + seconds);
      }
      questions.push_back(std::move(moved));
    }
  }

  MemoryFileSystem files_;
  MemoryStore store_;
  Metrics metrics_;
  QueryFrontendConfig config_;
  BlockCatalog catalog_{store_, metrics_};
  std::vector<BlockMeta> metas_;
  std::unique_ptr<Ingester> ingester_;
  OrderedTasksOptions tasks_;
  std::unique_ptr<QueryContext> context_;
  Router router_;
  const std::vector<Json> questions_ = Questions();
};

TEST_F(Threads, DoNotChangeAnAnswer) {
  PushAll();
  const std::vector<std::string> expected = Answers({});
  size_t found = 0;
  for (const std::string& answer : expected) found += answer.starts_with("200 ") ? 1 : 0;
  EXPECT_GT(found, 250u);
  for (const OrderedTasksOptions& tasks : testing::TaskOptionsForTest()) {
    const std::vector<std::string> answers = Answers(tasks);
    for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], expected[i]) << questions_[i];
  }
}

// Nor does what indexes know of blocks as a whole.
TEST_F(Threads, SummariesDoNotChangeAnAnswer) {
  PushAll();
  const std::vector<std::string> with = Answers({});
  context_->uses_summaries = false;
  const std::vector<std::string> without = Answers({});
  for (size_t i = 0; i < with.size(); ++i) EXPECT_EQ(with[i], without[i]) << questions_[i];
}

// Nor does reading ahead from a store over a network.
TEST_F(Threads, AStoreOverANetworkDoesNotChangeAnAnswer) {
  PushAll();
  const std::vector<std::string> expected = Answers({});
  for (const OrderedTasksOptions& tasks :
       {OrderedTasksOptions(), testing::TaskOptionsForTest().at(2)}) {
    SlowStore slow(store_, {.latency = std::chrono::microseconds(50)});
    BlockCatalog catalog(slow, metrics_);
    for (const BlockMeta& meta : metas_) catalog.Add(meta);
    Router router{RouterOptions{}};
    const std::unique_ptr<QueryContext> context = AddRoutes(catalog, router);
    const std::vector<std::string> answers = Answers(tasks, router);
    for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], expected[i]) << questions_[i];
  }
}

// Nor does what is kept of blocks, while spans come and blocks are written.
TEST_F(Threads, KeptPartsDoNotChangeAnAnswer) {
  PartCache kept(size_t{16} << 20), small(20'000);
  for (size_t step = 0; step < 2 * kParts; ++step) {
    if (step % 2 == 0) {
      Push(step / 2);
    } else {
      Flush();
    }
    const std::vector<std::string> expected = Answers({});
    for (PartCache* const parts : {&kept, &kept, &small}) {
      const std::vector<std::string> answers = Answers({}, parts);
      for (size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(answers[i], expected[i]) << step << " " << questions_[i];
    }
  }
  EXPECT_GT(kept.bytes(), 100'000u);
  EXPECT_LE(small.bytes(), 20'000u);
}

}  // namespace
}  // namespace vivace
