#include "columns/segment.h"

#include <gtest/gtest.h>

#include <thread>

#include "columns/random_batch_for_test.h"

namespace vivace {
namespace {

using testing::CanonicalSpans;
using testing::RandomBatch;

std::vector<TraceId> SomeTraces(testing::Random& random, size_t count) {
  std::vector<TraceId> traces;
  for (size_t i = 0; i < count; ++i) traces.push_back(testing::RandomId<TraceId>(random));
  return traces;
}

TEST(Segment, GivesBackEveryTraceAsItCame) {
  testing::Random random(1);
  const auto traces = SomeTraces(random, 40);
  Segment segment;
  SpanBatchBuilder all;
  for (int i = 0; i < 30; ++i) {
    const SpanBatch batch = RandomBatch(random, traces, 25);
    segment.Append(batch);
    AppendBatch(batch, all);
  }
  EXPECT_EQ(segment.span_count(), 750u);
  SpanBatchBuilder out;
  for (const TraceId& trace : traces) segment.FindTrace(trace, out);
  EXPECT_EQ(CanonicalSpans(out.batch()), CanonicalSpans(all.batch()));
}

TEST(Segment, DoesNotFindWhatItWasNotGiven) {
  testing::Random random(2);
  Segment segment;
  SpanBatchBuilder out;
  EXPECT_FALSE(segment.FindTrace(testing::RandomId<TraceId>(random), out));
  segment.Append(RandomBatch(random, SomeTraces(random, 3), 10));
  EXPECT_FALSE(segment.FindTrace(testing::RandomId<TraceId>(random), out));
  EXPECT_EQ(out.batch().spans.size(), 0u);
}

TEST(Segment, KeepsEqualResourcesAndAttributesOnce) {
  SpanBatchBuilder builder;
  const AttributeCode service = builder.AddAttribute("service.name", AttributeValue::String("shop"));
  const uint32_t resource = builder.AddResource({&service, 1}, 0, "");
  const uint32_t scope = builder.AddScope(resource, "lib", "1", {}, 0, "");
  builder.BeginSpan();
  builder.row().trace_id.bytes[15] = 1;
  builder.row().span_id.bytes[7] = 1;
  builder.CommitSpan(scope);
  Segment segment;
  for (int i = 0; i < 5; ++i) segment.Append(builder.batch());
  EXPECT_EQ(segment.resources().size(), 1u);
  EXPECT_EQ(segment.scopes().size(), 1u);
  EXPECT_EQ(segment.attributes().size(), 1u);
  EXPECT_EQ(segment.trace_count(), 1u);
  EXPECT_EQ(segment.span_count(), 5u);
}

TEST(Segment, GivesUpLookingForRepetitionsOfIds) {
  Segment segment;
  for (int batch = 0; batch < 60; ++batch) {
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
    for (int i = 0; i < 100; ++i) {
      builder.BeginSpan();
      builder.row().trace_id.bytes[15] = 1;
      builder.row().span_id.bytes[7] = 1;
      builder.SpanAttribute(builder.AddAttribute("id", AttributeValue::String(fmt::format("{}-{}", batch, i))));
      builder.SpanAttribute(builder.AddAttribute("method", AttributeValue::String("GET")));
      builder.CommitSpan(scope);
    }
    segment.Append(builder.batch());
  }
  for (uint32_t key = 0; key < segment.keys().size(); ++key) {
    EXPECT_EQ(segment.HardlyRepeats(key), segment.keys()[key].view() == "id");
  }
}

TEST(Segment, CanBeReadWhileItGrows) {
  testing::Random random(3);
  const auto traces = SomeTraces(random, 8);
  std::vector<SpanBatch> batches;
  for (int i = 0; i < 60; ++i) batches.push_back(RandomBatch(random, traces, 20));
  Segment segment;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    size_t last = 0;
    while (!done) {
      SpanBatchBuilder out;
      for (const TraceId& trace : traces) segment.FindTrace(trace, out);
      EXPECT_GE(out.batch().spans.size(), last);
      last = out.batch().spans.size();
    }
  });
  for (const SpanBatch& batch : batches) segment.Append(batch);
  done = true;
  reader.join();
  EXPECT_EQ(segment.span_count(), 1200u);
}

}  // namespace
}  // namespace vivace
