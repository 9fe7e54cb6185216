// Searches over blocks and live spans at once must find what the reference finds in whole traces,
// with and without each shortcut, on one thread or several.
#include "query/search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "base/posix_file_system.h"
#include "object/memory_store.h"
#include "query/helpers_for_test.h"
#include "query/query_generator_for_test.h"
#include "query/reference_evaluator_for_test.h"
#include "query/reference_rows_for_test.h"
#include "traceql/search/pipeline_query.h"
#include "traceql/syntax/parser.h"

namespace vivace::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTenant = "t";
constexpr uint64_t kSecond = 1'000'000'000;

class SearchTest : public ::testing::Test {
 protected:
  SearchTest()
      : random_(7),
        generator_(random_),
        directory_(fs::path(::testing::TempDir()) / "vivace-search-test") {}
  ~SearchTest() override { Close(); }

  void Close() {
    catalog_.reset();
    ingester_.reset();
    fs::remove_all(directory_);
  }

  // An ingester with two blocks and a live segment, over which spans are distributed at random.
  void Load(const RefData& data) {
    Close();
    store_ = std::make_unique<MemoryStore>();
    catalog_ = std::make_unique<BlockCatalog>(*store_, metrics_);
    IngesterOptions options;
    options.wal_path = directory_.string();
    options.wal_sync = WalSync::kNever;
    options.flusher.block.page_spans = 3;
    options.flusher.block.row_group_spans = random_() % 2 == 0 ? 8 : 1000;
    ingester_ = Ingester::Start(options, files_, *store_, metrics_, [this](const BlockMeta& meta) {
                  catalog_->Add(meta);
                }).value();
    std::vector<RefData> parts(3, RefData{data.resources, {}});
    for (const RefTrace& trace : data.traces) {
      const bool is_whole = random_() % 2 == 0;
      const size_t home = random_() % parts.size();
      for (RefData& part : parts) part.traces.push_back({trace.id, {}});
      for (const RefSpan& span : trace.spans)
        parts[is_whole ? home : random_() % parts.size()].traces.back().spans.push_back(span);
    }
    for (size_t part = 0; part < parts.size(); ++part) {
      Push(RefBatch::Of(parts[part]));
      if (part + 1 < parts.size()) Flush();
    }
  }

  void Push(SpanBatch batch) {
    if (batch.spans.size() == 0) return;
    std::promise<void> done;
    ingester_->Push({.tenant = std::string(kTenant)}, std::move(batch),
                    [&](const PushResult&) { done.set_value(); });
    done.get_future().wait();
  }

  void Flush() {
    std::promise<void> done;
    ingester_->Flush(std::nullopt, [&](const Status&) { done.set_value(); });
    done.get_future().wait();
  }

  // Traces that lie apart in time.
  RefData NextData() {
    RefData data = RefGenerator(random_).Make(4 + random_() % 9);
    for (size_t i = 0; i < data.traces.size(); ++i) {
      for (RefSpan& span : data.traces[i].spans) {
        const uint64_t shift = (i / 2) * 3 * kSecond;  // some begin in the same second
        span.start += shift, span.end += shift;
        for (RefEvent& event : span.events) event.time += shift;
      }
    }
    return data;
  }

  Result<std::string> Find(const traceql::Query& query, size_t limit, const TimeWindow& window,
                           const SearchShortcuts& shortcuts,
                           const OrderedTasksOptions& tasks = {}) {
    SearchRequest request{.tenants = {std::string(kTenant)},
                          .query = traceql::PipelineQuery::Make(query).value(),
                          .window = window,
                          .limit = limit,
                          .spans_per_set = UINT32_MAX,
                          .cancel_token = nullptr,
                          .shortcuts = shortcuts,
                          .tasks = tasks};
    Search search(*ingester_, *catalog_, std::move(request));
    VIVACE_TRY(search.Run());
    VIVACE_ASSIGN(const Search::Traces found, search.CurrentTraces());
    std::string text;
    for (const auto& trace : found) text += TextOf(*trace) + "\n";
    return text;
  }

  static std::string TextOf(const traceql::FoundTrace& trace) {
    std::vector<std::string> sets;
    for (const traceql::FoundSet& set : trace.sets) {
      std::vector<uint64_t> ids;
      for (const traceql::FoundSpan& span : set.spans) ids.push_back(span.span_id);
      std::ranges::sort(ids);
      sets.push_back(
          fmt::format("{} of {:x} {}", set.matched, fmt::join(ids, " "), set.attributes.size()));
    }
    std::string services;
    for (const auto& [service, stats] : trace.services)
      services += fmt::format(" {}={}/{}", service, stats.span_count, stats.error_count);
    std::ranges::sort(sets);
    return fmt::format("{} {} {} {} [{}]{}", ToHex(trace.id.View()), trace.start_unix_nanos,
                       trace.end_unix_nanos, trace.root_name, fmt::join(sets, "; "), services);
  }

  // Throws RefFailure.
  std::string Expected(const traceql::Query& query, const RefData& data, size_t limit,
                       const TimeWindow& window) {
    std::vector<std::pair<traceql::FoundTrace, std::string>> found;
    for (const RefTrace& trace : data.traces) {
      const std::vector<RefSet> sets = RefEvaluator(query, data, trace).Run(query.pipeline);
      traceql::FoundTrace shown = Described(data, trace, sets);
      if (!sets.empty() && window.Overlaps(shown.start_unix_nanos, shown.end_unix_nanos)) {
        std::string text = TextOf(shown);
        found.emplace_back(std::move(shown), std::move(text));
      }
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) {
      return a.first.start_unix_nanos != b.first.start_unix_nanos
                 ? a.first.start_unix_nanos > b.first.start_unix_nanos
                 : a.first.id < b.first.id;
    });
    std::string text;
    for (size_t i = 0; i < std::min(limit, found.size()); ++i) text += found[i].second + "\n";
    return text;
  }

  static traceql::FoundTrace Described(const RefData& data, const RefTrace& trace,
                                       const std::vector<RefSet>& sets) {
    traceql::FoundTrace shown{.id = trace.id, .start_unix_nanos = UINT64_MAX};
    for (const RefSpan& span : trace.spans) {
      shown.start_unix_nanos = std::min(shown.start_unix_nanos, span.start);
      shown.end_unix_nanos = std::max({shown.end_unix_nanos, span.start, span.end});
      if (span.parent_id == 0) shown.root_name = span.name;
      const RefAttributes& resource = data.resources[span.resource].attributes;
      const auto service = resource.find("service.name");
      traceql::ServiceStats& stats =
          shown.services[service == resource.end() ? "" : service->second.text];
      ++stats.span_count;
      stats.error_count += span.status == traceql::kStatusError ? 1 : 0;
    }
    for (const RefSet& set : sets) {
      traceql::FoundSet& added = shown.sets.emplace_back();
      added.matched = static_cast<uint32_t>(set.spans.size());
      added.attributes.resize(set.attributes.size());
      for (const RefSpan* span : set.spans) added.spans.push_back({.span_id = span->id});
    }
    return shown;
  }

  Random random_;
  QueryGenerator generator_;
  const fs::path directory_;
  Metrics metrics_;
  PosixFileSystem files_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<BlockCatalog> catalog_;
  std::unique_ptr<Ingester> ingester_;
};

TEST_F(SearchTest, FindsWhatTheReferenceFindsWithAndWithoutShortcuts) {
  const SearchShortcuts kShortcuts[] = {{},
                                        {.pruning = false},
                                        {.by_span = false},
                                        {.early_stop = false},
                                        {.newest_first = false},
                                        {.newest_share_min = 0},
                                        {.newest_by_index = false, .newest_share_min = 0},
                                        {.candidates_alone = false},
                                        {.candidates_alone_min = 0},
                                        {.newest_share_min = 0, .candidates_alone_min = 0},
                                        {.describe_by_view = false}};
  const std::vector<OrderedTasksOptions> threads = TaskOptionsForTest();
  size_t compared = 0;
  for (size_t set = 0; set < 40; ++set) {
    const RefData data = NextData();
    Load(data);
    for (size_t i = 0; i < 60; ++i) {
      const std::string text = generator_.Pipeline();
      const auto query = traceql::ParseQuery(text);
      if (!query) continue;
      const size_t limit = 1 + random_() % 6;
      TimeWindow window;
      if (random_() % 2 == 0)
        window = {1'700'000'000 * kSecond + random_() % (9 * kSecond), UINT64_MAX};
      std::string expected;
      try {
        expected = Expected(*query, data, limit, window);
      } catch (const RefFailure&) {
        continue;  // which trace is looked at first, and fails, is not promised
      }
      for (const SearchShortcuts& shortcuts : kShortcuts) {
        const Result<std::string> found = Find(*query, limit, window, shortcuts);
        ASSERT_TRUE(found.has_value()) << text << ": " << found.error().message;
        ASSERT_EQ(*found, expected)
            << text << " limit " << limit << " from " << window.start_unix_nanos;
      }
      for (const OrderedTasksOptions& tasks : threads) {
        const Result<std::string> found = Find(*query, limit, window, {}, tasks);
        ASSERT_TRUE(found.has_value()) << text << ": " << found.error().message;
        ASSERT_EQ(*found, expected) << text << " limit " << limit;
      }
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000u);
}

}  // namespace
}  // namespace vivace::testing
