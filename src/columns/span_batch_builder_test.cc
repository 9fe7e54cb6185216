#include "columns/span_batch_builder.h"

#include <gtest/gtest.h>

#include "columns/random_batch_for_test.h"

namespace vivace {
namespace {

TEST(SpanBatchBuilder, GivesEqualThingsEqualCodes) {
  SpanBatchBuilder builder;
  EXPECT_EQ(builder.AddString(""), 0u);
  EXPECT_EQ(builder.AddString("x"), builder.AddString("x"));
  const AttributeCode code = builder.AddAttribute("k", AttributeValue::Int(5));
  EXPECT_EQ(builder.AddAttribute("k", AttributeValue::Int(5)), code);
  EXPECT_NE(builder.AddAttribute("k", AttributeValue::Double(5)), code);
  EXPECT_NE(builder.AddAttribute("k", AttributeValue::Bool(true)), code);
  EXPECT_NE(builder.AddAttribute("k", AttributeValue::String("5")),
            builder.AddAttribute("k", AttributeValue::Bytes("5")));
}

TEST(SpanBatchBuilder, RollsBackASpanWithAllThatItOwns) {
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
  testing::Random random(4);
  const TraceId trace = testing::RandomId<TraceId>(random);
  testing::AddRandomSpan(random, trace, scope, builder);
  const auto before = testing::CanonicalSpans(builder.batch());
  builder.BeginSpan();
  builder.SpanAttribute(builder.AddAttribute("k", AttributeValue::Int(1)));
  builder.BeginEvent();
  builder.EventAttribute(0);
  builder.EndEvent();
  builder.BeginLink();
  builder.EndLink();
  builder.BeginEvent();
  builder.EventAttribute(0);  // an event that never ended
  builder.RollBackSpan();
  EXPECT_EQ(testing::CanonicalSpans(builder.batch()), before);
  testing::AddRandomSpan(random, trace, scope, builder);
  EXPECT_EQ(builder.batch().spans.size(), 2u);
  EXPECT_EQ(builder.batch().events.attributes.codes.size(),
            builder.batch().events.attributes.ends.empty()
                ? 0
                : builder.batch().events.attributes.ends.back());
}

TEST(SpanBatchBuilder, RollsBackARequest) {
  testing::Random random(9);
  const std::vector<TraceId> traces = {testing::RandomId<TraceId>(random)};
  const SpanBatch first = testing::RandomBatch(random, traces, 7);
  const SpanBatch second = testing::RandomBatch(random, traces, 9);
  const SpanBatch third = testing::RandomBatch(random, traces, 5);
  SpanBatchBuilder builder;
  AppendBatch(first, builder);
  const BatchMark mark = builder.Mark();
  AppendBatch(second, builder);
  builder.BeginSpan();
  builder.SpanAttribute(0);
  builder.BeginEvent();
  builder.EventAttribute(0);
  builder.RollBackTo(mark);
  AppendBatch(third, builder);
  SpanBatchBuilder expected;
  AppendBatch(first, expected);
  AppendBatch(third, expected);
  EXPECT_EQ(testing::CanonicalSpans(builder.batch()), testing::CanonicalSpans(expected.batch()));
  EXPECT_EQ(builder.batch().resources.size(), first.resources.size() + third.resources.size());
}

TEST(SpanBatchBuilder, CutsLongKeysAndStringsAndCountsOccurrences) {
  SpanBatchBuilder builder(4);
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
  const AttributeCode value = builder.AddAttribute("key", AttributeValue::String("abcdef"));
  const AttributeCode key = builder.AddAttribute("longer", AttributeValue::Int(1));
  const AttributeCode bytes = builder.AddAttribute("b", AttributeValue::Bytes("abcdef"));
  builder.BeginSpan();
  for (const AttributeCode code : {value, value, key, bytes}) builder.SpanAttribute(code);
  builder.CommitSpan(scope);
  EXPECT_EQ(builder.batch().Value(value).text, "abcd");
  EXPECT_EQ(builder.batch().AttributeKey(key), "long");
  EXPECT_EQ(builder.batch().Value(bytes).text, "abcdef");
  EXPECT_EQ(builder.CountTruncated(), 3u);
  const BatchMark mark = builder.Mark();
  builder.BeginSpan();
  builder.SpanAttribute(key);
  builder.CommitSpan(scope);
  EXPECT_EQ(builder.CountTruncated(mark), 1u);
  EXPECT_EQ(builder.CountTruncated(), 4u);
}

TEST(TruncateUtf8, KeepsWholeSequences) {
  EXPECT_EQ(TruncateUtf8("abc", 3), "abc");
  EXPECT_EQ(TruncateUtf8("a\xc3\xa4z", 2), "a");
  EXPECT_EQ(TruncateUtf8("a\xc3\xa4z", 3), "a\xc3\xa4");
  EXPECT_EQ(TruncateUtf8("\xf0\x9f\x98\x80!", 3), "");
  EXPECT_EQ(TruncateUtf8("\x80\x80\x80\x80\x80\x80", 4),
            "\x80\x80\x80\x80");  // not UTF-8: a plain cut
}

TEST(AppendBatch, CopiesEverything) {
  testing::Random random(5);
  const SpanBatch batch = testing::RandomBatch(random, {testing::RandomId<TraceId>(random)}, 50);
  SpanBatchBuilder into;
  AppendBatch(batch, into);
  EXPECT_EQ(testing::CanonicalSpans(into.batch()), testing::CanonicalSpans(batch));
}

}  // namespace
}  // namespace vivace
