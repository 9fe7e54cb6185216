// What is kept of queries stays within its budget, the last used longest.
#include "query/part_cache.h"

#include <gtest/gtest.h>

#include <string>

#include "traceql/tags/tag_values.h"

namespace vivace {
namespace {

// A part of about so many bytes.
std::shared_ptr<const CollectedPart> Part(size_t bytes) {
  auto part = std::make_shared<CollectedPart>();
  part->query =
      std::make_unique<traceql::TagValues>(traceql::Attribute{.key = "k"}, traceql::TagFilter(), 0);
  part->shared.resize(bytes / sizeof(TraceId));
  return part;
}

TEST(PartCacheTest, GivesWhatItWasGiven) {
  PartCache cache(100'000);
  EXPECT_EQ(cache.Get("a"), nullptr);
  const auto first = Part(100), second = Part(100);
  cache.Put("a", first);
  cache.Put("b", second);
  EXPECT_EQ(cache.Get("a"), first);
  cache.Put("a", second);
  EXPECT_EQ(cache.Get("a"), second);
  EXPECT_EQ(cache.Get("b"), second);
}

TEST(PartCacheTest, WhatIsNotAskedForGoesFirst) {
  PartCache cache(100'000);
  cache.Put("asked", Part(8000));
  for (int i = 0; i < 100; ++i) {
    cache.Put(std::to_string(i), Part(8000));
    EXPECT_LE(cache.bytes(), 100'000u);
    EXPECT_NE(cache.Get("asked"), nullptr);
  }
  EXPECT_EQ(cache.Get("0"), nullptr);
  EXPECT_NE(cache.Get("99"), nullptr);
  EXPECT_GT(cache.bytes(), 80'000u);
}

TEST(PartCacheTest, DoesNotKeepWhatIsTooLarge) {
  PartCache cache(100'000);
  cache.Put("large", Part(20'000));
  EXPECT_EQ(cache.Get("large"), nullptr);
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace vivace
