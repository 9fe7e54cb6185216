// What a segment does with a trace must cost in proportion to its spans, whatever they are like.
#include <gtest/gtest.h>

#include "base/cpu_time_for_test.h"
#include "columns/large_trace_for_test.h"
#include "columns/random_batch_for_test.h"
#include "columns/segment.h"
#include "columns/trace_groups.h"
#include "columns/trace_layout.h"

namespace vivace {
namespace {

using testing::CanonicalSpans;
using testing::kLargeTrace;
using testing::LargeTrace;
using testing::LeastCpuSeconds;

constexpr uint32_t kSpans = 20'000;

class SegmentLargeTrace : public ::testing::TestWithParam<bool> {
 protected:
  // By parameter: a resource for each scope, or one for all.
  static SpanBatch Trace(uint32_t spans) { return LargeTrace(GetParam() ? spans : 1, spans); }

  static Segment& SegmentOf(uint32_t spans, Segment& segment) {
    segment.Append(Trace(spans));
    return segment;
  }
};

INSTANTIATE_TEST_SUITE_P(All, SegmentLargeTrace, ::testing::Bool(), [](const auto& info) {
  return info.param ? "ManyResources" : "OneResource";
});

TEST_P(SegmentLargeTrace, IsGivenBackAsItCame) {
  Segment segment;
  const SpanBatch sent = Trace(1000);
  segment.Append(sent);
  segment.Append(sent);
  SpanBatchBuilder twice;
  for (int i = 0; i < 2; ++i) AppendBatch(sent, twice);
  SpanBatchBuilder out;
  ASSERT_TRUE(segment.FindTrace(kLargeTrace, out));
  EXPECT_EQ(CanonicalSpans(out.batch()), CanonicalSpans(twice.batch()));
  EXPECT_EQ(out.batch().scopes.size(), sent.scopes.size());
  EXPECT_EQ(out.batch().resources.size(), sent.resources.size());
}

TEST_P(SegmentLargeTrace, IsFoundInTimeLinearInItsScopes) {
  const auto seconds = [&](uint32_t spans) {
    Segment segment;
    SegmentOf(spans, segment);
    return LeastCpuSeconds([&] {
      SpanBatchBuilder out;
      EXPECT_TRUE(segment.FindTrace(kLargeTrace, out));
    });
  };
  EXPECT_LT(seconds(4 * kSpans), testing::kLinearGrowthMax * seconds(kSpans));
}

TEST_P(SegmentLargeTrace, IsLaidOutInTimeLinearInItsScopes) {
  const auto seconds = [&](uint32_t spans) {
    Segment segment;
    SegmentOf(spans, segment);
    const SegmentSnapshot snapshot = segment.TakeSnapshot();
    return LeastCpuSeconds(
        [&] { EXPECT_EQ(LayOutTraces(segment, snapshot).scope_rows.size(), spans); });
  };
  EXPECT_LT(seconds(4 * kSpans), testing::kLinearGrowthMax * seconds(kSpans));
}

TEST_P(SegmentLargeTrace, IsGroupedInTimeLinearInItsScopes) {
  const auto seconds = [&](uint32_t spans) {
    const SpanBatch batch = Trace(spans);
    std::vector<uint32_t> rows(spans);
    for (uint32_t row = 0; row < spans; ++row) rows[row] = row;
    return LeastCpuSeconds(
        [&] { EXPECT_EQ(GroupTrace(batch, rows).size(), batch.resources.size()); });
  };
  EXPECT_LT(seconds(4 * kSpans), testing::kLinearGrowthMax * seconds(kSpans));
}

// --- Spans that were sent again. ---

// Spans that all have one id, and differ in their start.
SpanBatch SpansOfOneId(uint32_t count, uint64_t first_start) {
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
  for (uint32_t i = 0; i < count; ++i) {
    builder.BeginSpan();
    builder.row().trace_id = kLargeTrace;
    builder.row().span_id = testing::NumberedSpan(1);
    builder.row().start_unix_nanos = first_start + i;
    builder.CommitSpan(scope);
  }
  return builder.Take();
}

std::vector<uint8_t> StoredOf(const Segment& segment, const SpanBatch& batch) {
  std::vector<uint8_t> stored(batch.spans.size());
  segment.FindStored(batch, 0, static_cast<uint32_t>(stored.size()), stored);
  return stored;
}

TEST(SegmentFindStored, KnowsSpansByIdKindAndStart) {
  Segment segment;
  segment.Append(SpansOfOneId(3, 10));  // 10, 11, 12
  SpanBatch sent = SpansOfOneId(6, 9);  // 9 to 14
  EXPECT_EQ(StoredOf(segment, sent), (std::vector<uint8_t>{0, 1, 1, 1, 0, 0}));
  sent.spans.start_unix_nanos = {12, 11, 11, 12, 12, 13};
  EXPECT_EQ(StoredOf(segment, sent), (std::vector<uint8_t>{1, 1, 1, 1, 1, 0}));
  sent.spans.kind[1] = 2;
  sent.spans.span_id[3] = testing::NumberedSpan(2);
  EXPECT_EQ(StoredOf(segment, sent), (std::vector<uint8_t>{1, 0, 1, 0, 1, 0}));
}

TEST(SegmentFindStored, TakesTimeLinearInSpansOfOneId) {
  const auto seconds = [&](uint32_t spans) {
    Segment segment;
    segment.Append(SpansOfOneId(spans, 1));
    const SpanBatch others = SpansOfOneId(spans, 1 + spans);
    return LeastCpuSeconds(
        [&] { EXPECT_EQ(StoredOf(segment, others), std::vector<uint8_t>(spans)); });
  };
  EXPECT_LT(seconds(4 * kSpans), testing::kLinearGrowthMax * seconds(kSpans));
}

}  // namespace
}  // namespace vivace
