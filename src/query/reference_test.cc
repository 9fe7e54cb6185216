// The engine and the reference evaluator must agree: random queries over random spans, as a live
// segment by trace and by arrival, and as a block.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "block/written_block_for_test.h"
#include "columns/segment_view.h"
#include "query/query_generator_for_test.h"
#include "query/reference_evaluator_for_test.h"
#include "query/reference_rows_for_test.h"
#include "traceql/metrics/metrics_plan.h"
#include "traceql/pipeline/pipeline_runner.h"
#include "traceql/syntax/parser.h"

namespace vivace::testing {
namespace {

using traceql::Datum;
using traceql::Query;
using traceql::ValueType;

constexpr size_t kQueriesPerSet = 300;

// 21,000 pairs of query and data; VIVACE_REFERENCE_SETS=5000 for long runs.
size_t DataSets() {
  const char* sets = std::getenv("VIVACE_REFERENCE_SETS");
  return sets == nullptr ? 70 : std::strtoull(sets, nullptr, 10);
}

std::string TextOf(const RefValue& value) {
  using Type = RefValue::Type;
  switch (value.type) {
    case Type::kString:
      return "s:" + value.text;
    case Type::kFloat:
      return std::isnan(value.real) ? "f:nan" : fmt::format("f:{}", value.real);
    case Type::kArray: {
      std::string text = "[";
      for (const RefValue& item : value.items) text += TextOf(item) + ",";
      return text + "]";
    }
    default:
      return fmt::format("{}:{}", static_cast<int>(value.type), value.number);
  }
}

RefValue ToRef(const Datum& datum) {
  using Type = RefValue::Type;
  if (datum.form == Datum::Form::kOpaque) return {.type = Type::kOpaque};
  if (datum.form == Datum::Form::kArray) {
    RefValue array{.type = Type::kArray};
    datum.AnyElement([&](const Datum& element) {
      array.items.push_back(ToRef(element));
      return false;
    });
    return array;
  }
  static const std::map<ValueType, Type> types = {
      {ValueType::kNil, Type::kNil},       {ValueType::kInt, Type::kInt},
      {ValueType::kFloat, Type::kFloat},   {ValueType::kString, Type::kString},
      {ValueType::kBool, Type::kBool},     {ValueType::kDuration, Type::kDuration},
      {ValueType::kStatus, Type::kStatus}, {ValueType::kKind, Type::kKind}};
  return {.type = types.at(datum.type),
          .number = datum.number,
          .real = datum.real,
          .text = std::string(datum.text)};
}

// A set of spans as text: ids and what was computed, without an order.
std::string SetText(std::vector<uint64_t> ids,
                    const std::vector<std::pair<std::string, RefValue>>& attributes) {
  std::ranges::sort(ids);
  std::string text = fmt::format("{:x}", fmt::join(ids, " "));
  for (const auto& [key, value] : attributes) text += fmt::format(" {}={}", key, TextOf(value));
  return text;
}

std::string ConcatenateSorted(std::vector<std::string> sets) {
  std::ranges::sort(sets);
  return fmt::format("{}", fmt::join(sets, "; "));
}

std::string ExpectedOf(const Query& query, const RefData& data, const RefTrace& trace) {
  try {
    std::vector<std::string> sets;
    for (const RefSet& set : RefEvaluator(query, data, trace).Run(query.pipeline)) {
      std::vector<uint64_t> ids;
      for (const RefSpan* span : set.spans) ids.push_back(span->id);
      sets.push_back(SetText(std::move(ids), set.attributes));
    }
    return ConcatenateSorted(std::move(sets));
  } catch (const RefFailure&) {
    return "failure";
  }
}

// What the engine makes of every trace of a view, by id.
std::map<std::string, std::string> AnswersOf(const Query& query, ColumnView& view) {
  const traceql::ViewRows rows(view);
  const auto runner = traceql::PipelineRunner::Make(query, query.pipeline, rows);
  EXPECT_TRUE(runner.has_value()) << runner.error().message;
  const auto ids = view.TraceIds().value();
  const Column* span_ids = view.Load(Field::kSpanId).value();
  std::map<std::string, std::string> answers;
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    const auto sets = (*runner)->Run(trace);
    std::vector<std::string> texts;
    for (size_t i = 0; sets.has_value() && i < sets->size(); ++i) {
      std::vector<uint64_t> spans;
      for (const uint32_t span : (*sets)[i].spans) spans.push_back(span_ids->numbers[span]);
      std::vector<std::pair<std::string, RefValue>> attributes;
      for (const auto& [key, value] : (*sets)[i].attributes)
        attributes.emplace_back(key, ToRef(value.View()));
      texts.push_back(SetText(std::move(spans), attributes));
    }
    answers[ToHex(ids[trace].View())] =
        sets.has_value() ? ConcatenateSorted(std::move(texts)) : "failure";
    EXPECT_TRUE(!sets.has_value() || sets->empty() || (*runner)->MayMatch(trace).value_or(true));
  }
  return answers;
}

class Views {
 public:
  explicit Views(const SpanBatch& batch)
      : block_({batch}, {.page_spans = 5}),
        reader_(
            BlockReader::Open(block_.store(), WrittenBlock::kTenant, WrittenBlock::kId).value()) {}
  std::unique_ptr<ColumnView> ByTrace() const {
    return std::make_unique<SegmentView>(block_.segment());
  }
  std::unique_ptr<ColumnView> ByArrival() const {
    return std::make_unique<SegmentView>(block_.segment(), SegmentView::Order::kByArrival);
  }
  std::unique_ptr<ColumnView> OfBlock() { return reader_->OpenView(0, stats_).value(); }
  const BlockReader& reader() const { return *reader_; }
  const Segment& segment() const { return block_.segment(); }
  BlockReadStats& stats() { return stats_; }

 private:
  WrittenBlock block_;
  std::shared_ptr<BlockReader> reader_;
  BlockReadStats stats_;
};

// Spans that pass each on its own, found column by column.
std::set<uint64_t> PassingOf(const Query& query, ColumnView& view, bool& failed) {
  const traceql::ViewRows rows(view);
  const auto mask =
      traceql::PipelineRunner::Make(query, query.pipeline, rows).value()->PassingSpans();
  failed = !mask.has_value();
  std::set<uint64_t> passing;
  if (failed) return passing;
  const Column* ids = view.Load(Field::kSpanId).value();
  for (uint32_t span = 0; span < (*mask)->size(); ++span) {
    if ((**mask)[span] != 0) passing.insert(ids->numbers[span]);
  }
  return passing;
}

class Agreement : public ::testing::Test {
 protected:
  Agreement() : random_(20'261'126), generator_(random_) {}

  // A random query that passes the type check.
  Query NextQuery() {
    while (true) {
      text_ = generator_.Pipeline();
      if (auto parsed = traceql::ParseQuery(text_)) return *std::move(parsed);
    }
  }

  void CheckPruning(const Query& query, Views& views,
                    const std::map<std::string, std::string>& answers) {
    const traceql::Pruning pruning(traceql::EntryConditionsOf(query, query.pipeline));
    const bool any = std::ranges::any_of(answers, [](const auto& answer) {
      return !answer.second.empty() && answer.second != "failure";
    });
    const auto block_may =
        pruning.MayMatch([&](const ColumnName& column, const ValuePredicate& passes, const auto&) {
          return views.reader().MayMatch(0, column, passes, views.stats());
        });
    const auto segment_may = pruning.MayMatch(
        [&](const ColumnName& column, const ValuePredicate& passes, const auto&) -> Result<bool> {
          return column.field.has_value() || views.segment().MayMatch(column.key, passes);
        });
    EXPECT_TRUE(!any || (block_may.value() && segment_may.value())) << text_;
    EXPECT_TRUE(!any || IndexMayMatch(pruning, views)) << text_;
    CheckPages(pruning, views, answers);
  }

  // By the sidecar index alone.
  static bool IndexMayMatch(const traceql::Pruning& pruning, Views& views) {
    const std::shared_ptr<const BlockIndex> index = views.reader().Index(views.stats()).value();
    const auto may_have = [&](const ColumnName& column, const ValuePredicate& passes,
                              const std::optional<std::string_view>& only) -> Result<bool> {
      const auto known = index->MayMatch(0, column, passes, views.stats()).value();
      const bool has_only =
          !only.has_value() ||
          index->MayHave(0, column, AttributeValue::String(*only), views.stats()).value();
      return known.value_or(true) && has_only;
    };
    return pruning.MayMatch(may_have).value();
  }

  // No trace with a result is in pages that are skipped.
  void CheckPages(const traceql::Pruning& pruning, Views& views,
                  const std::map<std::string, std::string>& answers) {
    const RowSet rows =
        pruning
            .RowsThatMayMatch(views.reader().RowCount(0, views.stats()).value(),
                              [&](const ColumnName& column, const RangePredicate& may_pass) {
                                return views.reader().RowsThatMayMatch(0, column, may_pass,
                                                                       views.stats());
                              })
            .value();
    const auto view = views.OfBlock();
    const auto ids = view->TraceIds().value();
    for (uint32_t row = 0; row < ids.size(); ++row) {
      const std::string& answer = answers.at(ToHex(ids[row].View()));
      EXPECT_TRUE(answer.empty() || answer == "failure" || rows.Overlaps(row, row + 1)) << text_;
      rows_left_out_ += rows.Overlaps(row, row + 1) ? 0 : 1;
    }
  }

  void CheckByColumn(const Query& query, Views& views, const RefData& data) {
    if (!traceql::IsFilterOnly(query, query.pipeline)) return;
    std::set<uint64_t> expected;
    bool must_fail = false;
    for (const RefTrace& trace : data.traces) {
      try {
        for (const RefSet& set : RefEvaluator(query, data, trace).Run(query.pipeline)) {
          for (const RefSpan* span : set.spans) expected.insert(span->id);
        }
      } catch (const RefFailure&) {
        must_fail = true;
      }
    }
    std::vector<std::unique_ptr<ColumnView>> all;
    all.push_back(views.ByTrace());
    all.push_back(views.OfBlock());
    if (!traceql::NeedsWholeTraces(query, query.pipeline)) all.push_back(views.ByArrival());
    for (const auto& view : all) {
      bool failed = false;
      const std::set<uint64_t> passing = PassingOf(query, *view, failed);
      EXPECT_EQ(failed, must_fail) << text_;
      EXPECT_TRUE(must_fail || failed || passing == expected) << text_;
    }
  }

  Random random_;
  QueryGenerator generator_;
  std::string text_;
  size_t rows_left_out_ = 0;
};

TEST_F(Agreement, OnSpansets) {
  size_t matching = 0;
  const size_t data_sets = DataSets();
  for (size_t set = 0; set < data_sets; ++set) {
    const RefData data = RefGenerator(random_).Make(1 + random_() % 4);
    Views views(RefBatch::Of(data));
    const auto by_trace = views.ByTrace();
    const auto of_block = views.OfBlock();
    for (size_t i = 0; i < kQueriesPerSet; ++i) {
      const Query query = NextQuery();
      std::map<std::string, std::string> expected;
      for (const RefTrace& trace : data.traces)
        expected[ToHex(trace.id.View())] = ExpectedOf(query, data, trace);
      ASSERT_EQ(AnswersOf(query, *by_trace), expected) << text_;
      ASSERT_EQ(AnswersOf(query, *of_block), expected) << text_;
      CheckPruning(query, views, expected);
      CheckByColumn(query, views, data);
      if (HasFailure()) return;
      matching +=
          std::ranges::any_of(expected, [](const auto& answer) { return !answer.second.empty(); })
              ? 1
              : 0;
    }
  }
  EXPECT_GT(matching, data_sets * kQueriesPerSet / 4)
      << "most queries match nothing: they test little";
  EXPECT_GT(rows_left_out_, data_sets) << "no pages are skipped: that tests nothing";
}

std::string LabelText(const traceql::SeriesLabels& labels) {
  std::string text;
  for (const traceql::SeriesLabel& label : labels)
    text += label.key + "=" + TextOf(ToRef(label.value.View())) + " ";
  return text;
}

// What labels show of the attributes of `by (…)`: what is missing has none; where there is none at
// all, the first says so.
std::vector<std::pair<std::string, RefValue>> LabelsOf(const std::vector<traceql::Attribute>& by,
                                                       RefEvaluator& evaluator,
                                                       const RefSpan& span) {
  using Type = RefValue::Type;
  std::vector<std::pair<std::string, RefValue>> labels;
  for (const traceql::Attribute& attribute : by) {
    RefValue value = evaluator.ValueOf(attribute, span);
    if (value.type == Type::kStatus) value = RefString(traceql::StatusName(value.number));
    if (value.type == Type::kKind) value = RefString(traceql::KindName(value.number));
    if (value.type == Type::kArray) value = RefString("nil");
    if (value.type != Type::kNil && value.type != Type::kOpaque)
      labels.emplace_back(Format(attribute), value);
  }
  if (labels.empty()) labels.emplace_back(Format(by.front()), RefString("nil"));
  return labels;
}

struct RefSeries {
  std::vector<std::pair<std::string, RefValue>> labels;
  double count = 0;
};
// By the text of the labels.
using RefCounts = std::map<std::string, RefSeries>;

// count_over_time() by attributes, counted span by span.
RefCounts CountsOf(const Query& query, const RefData& data, bool& failed) {
  const traceql::MetricsExpr& metrics = query.metrics[*query.metrics_root];
  RefCounts counts;
  for (const RefTrace& trace : data.traces) {
    RefEvaluator evaluator(query, data, trace);
    try {
      for (const RefSet& set : evaluator.Run(metrics.pipeline)) {
        for (const RefSpan* span : set.spans) {
          const auto labels = LabelsOf(metrics.stage.by, evaluator, *span);
          std::string text;
          for (const auto& [key, value] : labels) text += key + "=" + TextOf(value) + " ";
          RefSeries& series = counts[text];
          series.labels = labels;
          ++series.count;
        }
      }
    } catch (const RefFailure&) {
      failed = true;
    }
  }
  return counts;
}

// Below 0 where topk keeps `a` rather than `b` of two equal samples, bottomk `b`.
int RankOf(const RefValue& a, const RefValue& b) {
  using Type = RefValue::Type;
  const bool a_is_text = a.type == Type::kString;
  if (a_is_text != (b.type == Type::kString)) return a_is_text ? 1 : -1;
  if (a_is_text) return a.text.compare(b.text);
  const bool a_is_bool = a.type == Type::kBool;
  if (a_is_bool != (b.type == Type::kBool)) return a_is_bool ? -1 : 1;
  const double x = a.AsDouble();
  const double y = b.AsDouble();
  if (std::isnan(x) != std::isnan(y)) return std::isnan(x) ? -1 : 1;
  if (!std::isnan(x) && x != y) return x > y ? -1 : 1;
  return a.type == b.type ? 0 : a.type == Type::kFloat ? -1 : 1;
}

int RankOf(const RefSeries& a, const RefSeries& b) {
  for (size_t i = 0; i < std::min(a.labels.size(), b.labels.size()); ++i) {
    if (const int rank = RankOf(a.labels[i].second, b.labels[i].second); rank != 0) return rank;
  }
  return a.labels.size() < b.labels.size() ? -1 : a.labels.size() > b.labels.size() ? 1 : 0;
}

// What topk or bottomk leave, by the text of the labels.
std::map<std::string, double> Ranked(const RefCounts& counts,
                                     const std::vector<traceql::SecondStage>& stages) {
  std::vector<std::pair<std::string, RefSeries>> kept(counts.begin(), counts.end());
  for (const traceql::SecondStage& stage : stages) {
    const bool is_top = stage.kind == traceql::SecondStage::Kind::kTopK;
    std::ranges::sort(kept, [&](const auto& a, const auto& b) {
      if (a.second.count != b.second.count)
        return is_top ? a.second.count > b.second.count : a.second.count < b.second.count;
      const int rank = RankOf(a.second, b.second);
      return is_top ? rank < 0 : rank > 0;
    });
    if (kept.size() > static_cast<size_t>(stage.limit))
      kept.resize(static_cast<size_t>(stage.limit));
  }
  std::map<std::string, double> samples;
  for (const auto& [text, series] : kept) samples[text] = series.count;
  return samples;
}

TEST_F(Agreement, OnCounts) {
  const traceql::MetricsOptions options{
      .steps = {.start_unix_nanos = 1, .step_nanos = uint64_t{1} << 62, .count = 1}};
  for (size_t set = 0; set < 20; ++set) {
    const RefData data = RefGenerator(random_).Make(1 + random_() % 4);
    Views views(RefBatch::Of(data));
    for (size_t i = 0; i < 100; ++i) {
      text_ = generator_.Pipeline() + " | count_over_time() by (" + generator_.GroupKeys() + ")" +
              (i % 3 == 1   ? " | topk(2)"
               : i % 3 == 2 ? " | bottomk(2)"
                            : "");
      auto query = traceql::ParseQuery(text_);
      if (!query) continue;
      bool must_fail = false;
      const auto expected = Ranked(CountsOf(*query, data, must_fail),
                                   query->metrics[*query->metrics_root].second_stages);
      const auto plan = traceql::MetricsPlan::Make(*std::move(query), options);
      if (plan->is_empty()) continue;
      traceql::SeriesQuery& counting = *plan->queries().front();
      const auto view = counting.needs_traces() ? views.OfBlock() : views.ByArrival();
      const traceql::ViewRows rows(*view);
      const auto job = counting.Open(rows);
      ASSERT_TRUE(job.has_value()) << text_;
      const Status taken = (*job)->AddAllTraces();
      ASSERT_EQ(taken.has_value(), !must_fail) << text_;
      if (must_fail) continue;
      std::map<std::string, double> counts;
      for (const traceql::Series& series : plan->CurrentSeries())
        EXPECT_TRUE(counts.emplace(LabelText(series.labels), series.values.front()).second)
            << "two series with the same labels: " << text_;
      ASSERT_EQ(counts, expected) << text_;
    }
  }
}

}  // namespace
}  // namespace vivace::testing
