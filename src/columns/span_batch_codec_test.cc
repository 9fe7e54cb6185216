#include "columns/span_batch_codec.h"

#include <gtest/gtest.h>

#include "columns/random_batch_for_test.h"

namespace vivace {
namespace {

SpanBatch SomeBatch(uint64_t seed) {
  testing::Random random(seed);
  return testing::RandomBatch(
      random, {testing::RandomId<TraceId>(random), testing::RandomId<TraceId>(random)}, 30);
}

TEST(SpanBatchCodec, RoundTripsEveryField) {
  for (uint64_t seed = 1; seed < 50; ++seed) {
    const SpanBatch batch = SomeBatch(seed);
    std::string bytes;
    EncodeSpanBatch(batch, bytes);
    const auto decoded = DecodeSpanBatch(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(testing::CanonicalSpans(*decoded), testing::CanonicalSpans(batch));
  }
}

TEST(SpanBatchCodec, RoundTripsAnEmptyBatch) {
  std::string bytes;
  EncodeSpanBatch(SpanBatch{}, bytes);
  const auto decoded = DecodeSpanBatch(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->spans.size(), 0u);
}

TEST(SpanBatchCodec, RefusesEveryTruncation) {
  std::string bytes;
  EncodeSpanBatch(SomeBatch(7), bytes);
  for (size_t size = 0; size < bytes.size(); size += 3) {
    EXPECT_FALSE(DecodeSpanBatch(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

// Whatever is damaged, the result is an error or a batch that can be walked without leaving its
// arrays (the sanitizers watch).
TEST(SpanBatchCodec, NeverPointsOutsideItself) {
  std::string good;
  EncodeSpanBatch(SomeBatch(8), good);
  testing::Random random(9);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = good;
    for (uint64_t flips = 1 + testing::Pick(random, 3); flips > 0; --flips) {
      bytes[testing::Pick(random, bytes.size())] ^=
          static_cast<char>(1 << testing::Pick(random, 8));
    }
    const auto decoded = DecodeSpanBatch(bytes);
    if (decoded) testing::CanonicalSpans(*decoded);
  }
}

}  // namespace
}  // namespace vivace
