#include "columns/segment.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
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

SpanBatch BatchWithKeys(int begin, int end) {
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
  builder.BeginSpan();
  for (int key = begin; key < end; ++key)
    builder.SpanAttribute(builder.AddAttribute("key-" + std::to_string(key), AttributeValue{}));
  builder.CommitSpan(scope);
  return builder.Take();
}

// A lookup that walked the keys would take minutes for all of them.
TEST(Segment, FindsKeysAmongManyAtOnce) {
  constexpr int kKeys = 200'000;
  Segment segment;
  segment.Append(BatchWithKeys(0, kKeys));
  const SegmentSnapshot snapshot = segment.TakeSnapshot();
  segment.Append(BatchWithKeys(kKeys, kKeys + 1));
  const auto begin = std::chrono::steady_clock::now();
  for (int key = 0; key < kKeys; ++key) {
    const std::string name = "key-" + std::to_string(key);
    const std::optional<uint32_t> code = segment.FindKey(snapshot, name);
    ASSERT_TRUE(code) << name;
    ASSERT_EQ(segment.keys()[*code].view(), name);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_FALSE(segment.FindKey(snapshot, "key"));
  EXPECT_FALSE(segment.FindKey(snapshot, "key-" + std::to_string(kKeys))) << "of a later batch";
  EXPECT_TRUE(segment.FindKey(segment.TakeSnapshot(), "key-" + std::to_string(kKeys)));
}

TEST(Segment, FindsKeysWhileItGrows) {
  Segment segment;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const SegmentSnapshot snapshot = segment.TakeSnapshot();
      for (uint32_t code = 0; code < snapshot.key_count; code += 97)
        ASSERT_EQ(segment.FindKey(snapshot, segment.keys()[code].view()), code);
    }
  });
  for (int key = 0; key < 20'000; key += 20) segment.Append(BatchWithKeys(key, key + 20));
  done = true;
  reader.join();
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
  const AttributeCode service =
      builder.AddAttribute("service.name", AttributeValue::String("shop"));
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
      builder.SpanAttribute(
          builder.AddAttribute("id", AttributeValue::String(fmt::format("{}-{}", batch, i))));
      builder.SpanAttribute(builder.AddAttribute("method", AttributeValue::String("GET")));
      builder.CommitSpan(scope);
    }
    segment.Append(builder.batch());
  }
  for (uint32_t key = 0; key < segment.keys().size(); ++key) {
    EXPECT_EQ(segment.IsHighCardinality(key), segment.keys()[key].view() == "id");
  }
}

// Lists with the same keys and kinds in the same order share a shape; arrays must also agree in
// what and how many they hold.
TEST(Segment, NamesTheShapesOfAttributeLists) {
  const auto text = [](const char* key, const char* value) {
    return std::pair(key, AttributeValue::String(value));
  };
  const auto number = [](const char* key, int64_t value) {
    return std::pair(key, AttributeValue::Int(value));
  };
  const auto array = [](const char* key, const char* value) {
    return std::pair(key, AttributeValue::Array(value));
  };
  const std::vector<std::vector<std::pair<const char*, AttributeValue>>> lists = {
      {text("a", "1"), number("b", 1)},
      {text("a", "2"), number("b", 2)},  // one shape
      {number("b", 1), text("a", "1")},
      {number("a", 1), number("b", 1)},
      {},
      {array("a", "\x0a\x02\x18\x05")},
      {array("a", "\x0a\x02\x18\x06")},  // one shape
      {array("a", "\x0a\x02\x10\x01")},
      {array("a", "\x0a\x02\x18\x05\x0a\x02\x18\x06")},
  };
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
  for (const auto& list : lists) {
    builder.BeginSpan();
    builder.row().trace_id.bytes[15] = 1;
    for (const auto& [key, value] : list) builder.SpanAttribute(builder.AddAttribute(key, value));
    builder.CommitSpan(scope);
  }
  Segment segment;
  segment.Append(builder.batch());
  segment.Append(builder.batch());
  const std::vector<uint32_t> expected{0, 0, 1, 2, 3, 4, 4, 5, 6};
  for (size_t row = 0; row < segment.span_count(); ++row) {
    EXPECT_EQ(segment.spans().attribute_shapes[row], expected[row % expected.size()]) << row;
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
