// Answers that come of what is known of blocks as a whole are those that come of their spans: odd
// spans, windows that cut blocks and minutes, several row groups, threads, kept parts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>

#include "base/memory_file_system.h"
#include "block/index/span_counter.h"
#include "columns/random_batch_for_test.h"
#include "object/memory_store.h"
#include "query/helpers_for_test.h"
#include "query/trace_scan.h"
#include "traceql/metrics/log2_histogram.h"
#include "traceql/metrics/metrics_plan.h"
#include "traceql/syntax/parser.h"
#include "traceql/tags/tag_names.h"
#include "traceql/tags/tag_values.h"

namespace vivace::testing {
namespace {

constexpr uint64_t kMinute = 60 * uint64_t{kNanosPerSecond};
constexpr uint64_t kBase = 28'000'000 * kMinute;
constexpr const char* kTenantOfSummaries = "t";

using traceql::TimeSteps;

// What the spans of a set of blocks may be like, beside ordinary.
struct OddSpans {
  bool starts = false;       // unknown ones
  bool outliers = false;     // starts far from the others
  bool services = false;     // missing, of other kinds, several
  bool ids_by_time = false;  // trace ids begin with the time
  size_t row_group_spans = 1000;
};

class SummariesTest : public ::testing::TestWithParam<OddSpans> {
 protected:
  SummariesTest() {
    IngesterOptions options;
    options.wal_path = "/wal";
    options.wal_sync = WalSync::kNever;
    options.flusher.block.row_group_spans = GetParam().row_group_spans;
    options.flusher.block.page_spans = 200;
    ingester_ = Ingester::Start(options, files_, store_, metrics_, [this](const BlockMeta& meta) {
                  catalog_.Add(meta);
                }).value();
    for (uint64_t block = 0; block < 3; ++block) {
      Push(NextBatch(kBase + block * 7 * kMinute));
      if (block < 2) Flush();
    }
  }

  AttributeCode NextService(SpanBatchBuilder& builder) {
    if (GetParam().services && Pick(random_, 4) == 0) {
      std::string storage;
      return builder.AddAttribute("service.name", RandomValue(random_, storage));
    }
    return builder.AddAttribute("service.name",
                                AttributeValue::String(fmt::format("s{}", Pick(random_, 3))));
  }

  uint64_t NextStart(uint64_t from) {
    if (GetParam().starts && Pick(random_, 50) == 0) return 0;
    if (GetParam().outliers && Pick(random_, 500) == 0) return from - 2 * 3600 * kNanosPerSecond;
    // On whole minutes too.
    return from +
           (Pick(random_, 20) == 0 ? Pick(random_, 8) * kMinute : Pick(random_, 8 * kMinute));
  }

  uint64_t NextDuration() {
    switch (Pick(random_, 8)) {
      case 0:
        return Pick(random_, 4);
      case 1:
        return (uint64_t{1} << Pick(random_, 36)) + Pick(random_, 3) - 1;
      case 2:
        return GetParam().starts ? -Pick(random_, 1000) : 7;  // ends before it starts
      default:
        return Pick(random_, kNanosPerSecond);
    }
  }

  SpanBatch NextBatch(uint64_t from) {
    SpanBatchBuilder builder(200'000);
    for (int resource = 0; resource < 60; ++resource) {
      std::vector<AttributeCode> codes{
          builder.AddAttribute("host", AttributeValue::Int(resource % 7))};
      if (!GetParam().services || resource % 9 != 0) codes.push_back(NextService(builder));
      if (GetParam().services && resource % 11 == 0) codes.push_back(NextService(builder));
      const uint32_t scope =
          builder.AddScope(builder.AddResource(codes, 0, "", {}), "scope", "", {}, 0, "");
      for (int trace = 0; trace < 50; ++trace) AddTrace(NextStart(from), from, scope, builder);
    }
    return builder.Take();
  }

  void AddTrace(uint64_t start, uint64_t from, uint32_t scope, SpanBatchBuilder& builder) {
    auto id = RandomId<TraceId>(random_);
    for (int byte = 0; GetParam().ids_by_time && byte < 8; ++byte)
      id.bytes[byte] = static_cast<uint8_t>(start >> (56 - 8 * byte));
    for (uint64_t spans = 1 + Pick(random_, 3); spans > 0; --spans) {
      builder.BeginSpan();
      builder.row().trace_id = id;
      builder.row().span_id = RandomId<SpanId>(random_);
      builder.row().name = builder.AddString(fmt::format("n{}", Pick(random_, 5)));
      builder.row().kind = static_cast<uint8_t>(Pick(random_, 40) == 0 ? 77 : Pick(random_, 6));
      builder.row().status_code =
          static_cast<uint8_t>(Pick(random_, 300) == 0 ? 2 : Pick(random_, 2));
      builder.row().start_unix_nanos = start;
      builder.row().end_unix_nanos = (start == 0 ? from : start) + NextDuration();
      builder.SpanAttribute(builder.AddAttribute("k", AttributeValue::Int(Pick(random_, 6))));
      builder.CommitSpan(scope);
    }
  }

  void Push(SpanBatch batch) {
    std::promise<void> done;
    ingester_->Push({.tenant = kTenantOfSummaries}, std::move(batch),
                    [&](const PushResult&) { done.set_value(); });
    done.get_future().wait();
  }

  void Flush() {
    std::promise<void> done;
    ingester_->Flush(std::nullopt, [&](const Status&) { done.set_value(); });
    done.get_future().wait();
  }

  struct Answer {
    std::string text;
    uint64_t inspected_traces = 0;
  };

  Answer Scan(const std::vector<traceql::ViewQuery*>& queries, const TimeWindow& window,
              const ScanOptions& options, const std::function<std::string()>& text) {
    QuerySources sources(*ingester_, catalog_, {kTenantOfSummaries}, window);
    TraceScan scan(sources, nullptr, options);
    for (traceql::ViewQuery* query : queries) {
      const Status status = scan.Run(*query);
      EXPECT_TRUE(status) << status.error().message;
    }
    return {text(), scan.stats().inspected_traces};
  }

  Answer AskMetrics(const std::string& text, const traceql::MetricsOptions& metrics,
                    const ScanOptions& options) {
    auto parsed = traceql::ParseQuery(text);
    EXPECT_TRUE(parsed) << text << parsed.error().message;
    const auto plan = traceql::MetricsPlan::Make(*std::move(parsed), metrics);
    std::vector<traceql::ViewQuery*> queries;
    for (const auto& query : plan->queries()) queries.push_back(query.get());
    const TimeSteps& steps = metrics.steps;
    return Scan(queries, {steps.start_unix_nanos, steps.end_unix_nanos()}, options, [&] {
      std::string all = plan->is_truncated() ? "truncated " : "";
      for (const traceql::Series& series : plan->CurrentSeries()) all += TextOf(series);
      return all;
    });
  }

  static std::string TextOf(const traceql::SeriesLabels& labels) {
    std::string text;
    for (const traceql::SeriesLabel& label : labels)
      text += fmt::format("{}={},", label.key, traceql::Format(label.value.View().ToValue()));
    return text;
  }
  static std::string TextOf(const traceql::Series& series) {
    std::string text = fmt::format("{} {}\n", TextOf(series.labels), fmt::join(series.values, " "));
    for (const traceql::Exemplar& exemplar : series.exemplars)
      text +=
          fmt::format("  {} {} {}\n", TextOf(exemplar.labels), exemplar.value, exemplar.unix_nanos);
    return text;
  }

  Answer AskTagNames(const std::string& filter, const ScanOptions& options) {
    const std::vector<traceql::Scope> scopes(traceql::kTagScopes.begin(),
                                             traceql::kTagScopes.end());
    traceql::TagNames names(scopes, traceql::TagFilter::Of(filter), {});
    return Scan({&names}, {}, options, [&] {
      std::string text;
      for (const traceql::Scope scope : scopes)
        text += fmt::format("{}: {}\n", traceql::ScopeName(scope), fmt::join(names.Of(scope), " "));
      return text;
    });
  }

  Answer AskTagValues(const std::string& name, const std::string& filter, uint64_t bytes_max,
                      const ScanOptions& options) {
    traceql::TagValues values(traceql::ParseAttribute(name).value(), traceql::TagFilter::Of(filter),
                              bytes_max);
    if (values.is_fixed()) return {};
    return Scan({&values}, {}, options, [&] {
      std::string text;
      for (const traceql::TagValue& value : values.values())
        text += fmt::format("{} {}\n", value.type, value.value);
      return text;
    });
  }

  // The same with summaries, on one thread and, of several ways to use more, in one; true where
  // these saved looking at traces.
  template <typename Ask>
  bool ExpectSame(const Ask& ask, const std::string& what) {
    const Answer expected = ask(ScanOptions{.uses_summaries = false});
    bool saved = false;
    static const std::vector<OrderedTasksOptions> kOptions = TaskOptionsForTest();
    for (const size_t option : {size_t{0}, 1 + asked_++ % (kOptions.size() - 1)}) {
      const Answer answer = ask(ScanOptions{.tasks = kOptions[option]});
      EXPECT_EQ(answer.text, expected.text) << what;
      saved |= answer.inspected_traces < expected.inspected_traces;
    }
    return saved;
  }

  size_t asked_ = 0;
  Random random_{20'261'201};
  MemoryFileSystem files_;
  MemoryStore store_;
  Metrics metrics_;
  BlockCatalog catalog_{store_, metrics_};
  std::unique_ptr<Ingester> ingester_;
};

INSTANTIATE_TEST_SUITE_P(All, SummariesTest,
                         ::testing::Values(OddSpans{}, OddSpans{.starts = true, .services = true},
                                           OddSpans{.outliers = true},
                                           OddSpans{.row_group_spans = 100'000},
                                           OddSpans{.ids_by_time = true}));

const std::vector<std::string> kCountedQueries = {
    "{} | rate()",
    "{} | rate() with (exemplars=false)",
    "{ false } | rate()",
    "{} | rate() by (resource.service.name)",
    "{ status = error } | count_over_time() by (name, kind)",
    "{ kind = server && (name = \"n1\" || name =~ \"n[23]\") } | rate() by (status)",
    "{ resource.service.name != \"s1\" } | { !(name = \"n0\") } | rate() by (kind)",
    "{ kind = unspecified || resource.service.name = \"\" } | count_over_time()",
    "{} | select(span.k) | quantile_over_time(duration, .5, .9, 1) by (name)",
    "{ name > \"n2\" } | histogram_over_time(duration) by (resource.service.name, status)",
    "{ kind != client } | histogram_over_time(duration)",
    "({ status = error } | rate()) / ({} | rate())",
    "{} | rate() by (resource.service.name, name, kind, status) | topk(3)",
};
const std::vector<std::string> kOtherQueries = {"{ span.k = 1 } | rate()",
                                                "{} | rate() by (span.k)",
                                                "{} | avg_over_time(duration) by (name)",
                                                "{ duration > 1ms } | count_over_time()",
                                                "{} | quantile_over_time(span.k, .5)",
                                                "{} >> {} | rate()"};

traceql::MetricsOptions MetricsOver(uint64_t start, uint64_t step, size_t steps, size_t exemplars) {
  traceql::MetricsOptions options;
  options.name = fmt::format("{}-{}", step, exemplars);
  options.steps = {.start_unix_nanos = start, .step_nanos = step, .count = steps};
  options.exemplars = exemplars;
  return options;
}

// Windows that hold all, cut blocks, cut minutes; instants too.
std::vector<traceql::MetricsOptions> Ranges() {
  return {MetricsOver(kBase - kMinute, kMinute, 30, 100),
          MetricsOver(kBase - 200 * kMinute, kMinute, 230, 100),
          MetricsOver(kBase + 3 * kMinute, 2 * kMinute, 4, 10),
          MetricsOver(kBase + 3 * kMinute, 2 * kMinute, 4, 0),
          MetricsOver(kBase + kMinute / 2, kMinute, 20, 50),
          MetricsOver(kBase, kMinute / 2, 50, 50),
          MetricsOver(kBase, kMinute * 3 / 2, 12, 50),
          MetricsOver(kBase - 7, 24 * kMinute, 1, 0),
          MetricsOver(kBase + 2 * kMinute, 9 * kMinute, 1, 0),
          MetricsOver(kBase + kMinute + 1, 9 * kMinute, 1, 0)};
}

TEST_P(SummariesTest, MetricsAreTheSame) {
  size_t saved = 0;
  for (const traceql::MetricsOptions& range : Ranges()) {
    for (const std::string& query : kCountedQueries) {
      const auto ask = [&](const ScanOptions& options) {
        return AskMetrics(query, range, options);
      };
      saved += ExpectSame(ask, query + " " + range.name) ? 1 : 0;
    }
  }
  for (const std::string& query : kOtherQueries) {
    const auto ask = [&](const ScanOptions& options) {
      return AskMetrics(query, Ranges().front(), options);
    };
    EXPECT_FALSE(ExpectSame(ask, query)) << query;
  }
  EXPECT_GT(saved, 20u);
}

TEST_P(SummariesTest, KeptOnesAreTheSame) {
  PartCache kept(size_t{8} << 20);
  for (const int round : {0, 1}) {
    for (traceql::MetricsOptions range : Ranges()) {
      for (const std::string& query : kCountedQueries) {
        const std::string expected = AskMetrics(query, range, {.uses_summaries = false}).text;
        range.name = query;
        EXPECT_EQ(AskMetrics(query, range, {.kept_parts = &kept}).text, expected)
            << round << query << range.steps.start_unix_nanos;
      }
    }
  }
  EXPECT_GT(kept.bytes(), 10'000u);
}

// Which series there is room for depends on the order of the spans.
TEST_P(SummariesTest, SeriesThatHaveNoRoomAreTheSame) {
  traceql::MetricsOptions range = Ranges().front();
  for (const size_t series : {1, 3, 8, 30}) {
    range.bytes_max = series * 3000;
    for (const char* query :
         {"{} | rate() by (name, kind, status)", "{} | rate() by (resource.service.name)"}) {
      ExpectSame([&](const ScanOptions& options) { return AskMetrics(query, range, options); },
                 fmt::format("{} {}", query, series));
    }
  }
}

TEST_P(SummariesTest, TagsAreTheSame) {
  size_t saved = 0;
  for (const char* filter :
       {"", "{ name = \"n1\" }", "{ status = error && kind = server }", "{ span.k = 2 }",
        "{ resource.service.name = \"s1\" }", "{ name = 5 }"}) {
    saved +=
        ExpectSame([&](const ScanOptions& options) { return AskTagNames(filter, options); }, filter)
            ? 1
            : 0;
    for (const char* name :
         {"name", "resource.service.name", ".service.name", "span.k", ".k", "resource.host",
          ".host", "event:name", "instrumentation:name", "rootName", "statusMessage", "event.x"}) {
      for (const uint64_t bytes_max : {0, 12, 40}) {
        const auto ask = [&](const ScanOptions& options) {
          return AskTagValues(name, filter, bytes_max, options);
        };
        saved += ExpectSame(ask, fmt::format("{} {} {}", name, filter, bytes_max)) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(saved, 10u);
}

// The powers of two of an index are those of quantiles.
TEST(SpanCounts, HaveTheBucketsOfLog2Histogram) {
  Random random(3);
  IndexValues names;
  names.Add(AttributeValue::String("n"));
  SpanCounter counter;
  traceql::Log2Histogram expected(1);
  counter.BeginRowGroup(names, names);
  const auto add = [&](uint64_t duration) {
    counter.AddSpan({0, 0, 1, 0, kBase, duration});
    expected.Add(0, duration);
  };
  for (int exponent = 0; exponent < 63; ++exponent) {
    for (const int64_t apart : {-1, 0, 1}) add((uint64_t{1} << exponent) + apart);
  }
  for (int i = 0; i < 1000; ++i) add(random() >> (1 + Pick(random, 63)));
  counter.EndRowGroup();
  const SpanCounts counts = counter.Take().value();
  traceql::Log2Histogram counted(1);
  for (const SpanCounts::Bucket& bucket : counts.buckets)
    counted.AddCounted(0, bucket.exponent, bucket.spans);
  EXPECT_EQ(counted.Exponents(), expected.Exponents());
  for (const size_t exponent : expected.Exponents())
    EXPECT_EQ(counted.CountsOf(exponent), expected.CountsOf(exponent)) << exponent;
}

}  // namespace
}  // namespace vivace::testing
