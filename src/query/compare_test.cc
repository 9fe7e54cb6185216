// compare() gives the same answer whether it counts attribute lists in one pass or key by key.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "block/written_block_for_test.h"
#include "columns/segment_view.h"
#include "traceql/metrics/metrics_plan.h"
#include "traceql/syntax/parser.h"

namespace vivace::testing {
namespace {

constexpr uint64_t kStart = 1'700'000'000'000'000'000;

struct CompareShape {
  size_t spans;
  size_t keys;
  size_t values;  // of a key, about
};

void AddShapeAttributes(Random& random, const CompareShape& shape, SpanBatchBuilder& builder,
                        const std::function<void(AttributeCode)>& add) {
  for (uint64_t left = Pick(random, 8); left > 0; --left) {
    std::string storage;
    AttributeValue value = RandomValue(random, storage);
    if (Pick(random, 8) != 0) {
      storage = fmt::format("value {}", Pick(random, shape.values));
      value = Pick(random, 3) == 0
                  ? AttributeValue::Int(static_cast<int64_t>(Pick(random, shape.values)))
                  : AttributeValue::String(storage);
    }
    const bool is_promoted = Pick(random, 10) == 0;
    add(builder.AddAttribute(
        is_promoted ? "http.url" : fmt::format("key.{}", Pick(random, shape.keys)), value));
  }
}

SpanBatch ShapedBatch(Random& random, const CompareShape& shape) {
  SpanBatchBuilder builder;
  const std::vector<TraceId> traces = RandomTraces(random, 1 + shape.spans / 5);
  uint32_t scope = 0;
  for (size_t i = 0; i < shape.spans; ++i) {
    if (i % 3 == 0) {
      std::vector<AttributeCode> codes;
      AddShapeAttributes(random, shape, builder,
                         [&](AttributeCode code) { codes.push_back(code); });
      scope = builder.AddScope(builder.AddResource(codes, 0, "", ""), "scope", "", codes, 0, "");
    }
    builder.BeginSpan();
    SpanRow& row = builder.row();
    row.trace_id = traces[Pick(random, traces.size())];
    row.span_id = RandomId<SpanId>(random);
    row.start_unix_nanos = kStart + Pick(random, 4'000'000'000);
    row.end_unix_nanos = row.start_unix_nanos + 1;
    row.name = builder.AddString(fmt::format("name {}", Pick(random, 20)));
    row.status_code = static_cast<uint8_t>(Pick(random, 3));
    row.kind = static_cast<uint8_t>(Pick(random, 6));
    AddShapeAttributes(random, shape, builder,
                       [&](AttributeCode code) { builder.SpanAttribute(code); });
    builder.CommitSpan(scope);
  }
  return builder.Take();
}

void Collect(ColumnView& view, traceql::SeriesQuery& query) {
  const auto part = query.NewPart(std::nullopt);
  const traceql::ViewRows rows(view);
  const auto job = part->Open(rows).value();
  EXPECT_TRUE(job->AddAllTraces().has_value());
  EXPECT_TRUE(job->Finish().has_value());
  query.Merge(*part);
}

// Of all row groups, each a part of its own, and of the live segment.
std::vector<traceql::Series> Answer(const WrittenBlock& block, std::string_view text,
                                    bool pairs_at_once) {
  traceql::MetricsOptions options{
      .steps = {.start_unix_nanos = kStart, .step_nanos = 1'000'000'000, .count = 5},
      .exemplars = 20};
  options.pairs_at_once = pairs_at_once;
  const auto plan = traceql::MetricsPlan::Make(traceql::ParseQuery(text).value(), options);
  traceql::SeriesQuery& query = *plan->queries().front();
  const auto reader =
      BlockReader::Open(block.store(), WrittenBlock::kTenant, WrittenBlock::kId).value();
  BlockReadStats stats;
  const size_t groups = reader->RowGroupCount(stats).value();
  for (size_t group = 0; group < groups; ++group) {
    Collect(*reader->OpenView(group, stats).value(), query);
  }
  SegmentView live(block.segment());
  Collect(live, query);
  return plan->CurrentSeries();
}

void ExpectSameAnswer(const WrittenBlock& block, std::string_view text) {
  const auto at_once = Answer(block, text, true);
  const auto by_key = Answer(block, text, false);
  ASSERT_EQ(at_once.size(), by_key.size());
  ASSERT_GT(at_once.size(), 10u);
  for (size_t i = 0; i < at_once.size(); ++i) {
    ASSERT_EQ(at_once[i].labels, by_key[i].labels);
    ASSERT_EQ(at_once[i].values, by_key[i].values);
    ASSERT_EQ(at_once[i].exemplars.size(), by_key[i].exemplars.size());
    for (size_t j = 0; j < at_once[i].exemplars.size(); ++j) {
      EXPECT_EQ(at_once[i].exemplars[j].labels, by_key[i].exemplars[j].labels);
      EXPECT_EQ(at_once[i].exemplars[j].value, by_key[i].exemplars[j].value);
      EXPECT_EQ(at_once[i].exemplars[j].unix_nanos, by_key[i].exemplars[j].unix_nanos);
    }
  }
}

class CompareAtOnce : public ::testing::TestWithParam<CompareShape> {};
// Few and many keys and values, and more values that occur once than are looked at.
INSTANTIATE_TEST_SUITE_P(Shapes, CompareAtOnce,
                         ::testing::Values(CompareShape{500, 5, 4}, CompareShape{3000, 12, 300},
                                           CompareShape{1500, 800, 3},
                                           CompareShape{30'000, 2, 1'000'000},
                                           CompareShape{20'000, 3, 2500}));

TEST_P(CompareAtOnce, IsTheSameAsByKey) {
  Random random(GetParam().spans);
  BlockOptions options;
  options.row_group_spans = 1 + GetParam().spans / 2;
  const WrittenBlock block({ShapedBatch(random, GetParam())}, options);
  ExpectSameAnswer(block, "{} | compare({ status = error })");
  ExpectSameAnswer(block, "{ kind != client } | compare({ span.key.1 != nil }, 3)");
}

}  // namespace
}  // namespace vivace::testing
