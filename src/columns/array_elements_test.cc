#include "columns/array_elements.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(ArraySummary, OfArraysOfOneKind) {
  const ArraySummary texts = SummarizeArray("\x0a\x03\x0a\x01x\x0a\x04\x0a\x02yz");
  EXPECT_TRUE(texts.uniform);
  EXPECT_EQ(texts.element, ValueKind::kString);
  EXPECT_EQ(texts.count, 2u);
  EXPECT_EQ(SummarizeArray("\x0a\x02\x18\x05").element, ValueKind::kInt);
  EXPECT_EQ(SummarizeArray("\x0a\x02\x10\x01").element, ValueKind::kBool);
}

TEST(ArraySummary, OfTheEmptyArray) {
  const ArraySummary empty = SummarizeArray("");
  EXPECT_TRUE(empty.uniform);
  EXPECT_EQ(empty.count, 0u);
}

TEST(ArraySummary, OfMixedAndBrokenArrays) {
  EXPECT_FALSE(SummarizeArray("\x0a\x03\x0a\x01x\x0a\x02\x18\x05").uniform);
  EXPECT_FALSE(SummarizeArray(std::string_view("\x0a\x02\x18\x05\x0a\x00", 6))
                   .uniform);  // an element without a value
  for (const std::string_view broken : {"\x0a", "\x0a\x05x", "\x0a\x02\x18\x01\x0a\x07"})
    EXPECT_FALSE(SummarizeArray(broken).uniform);
}

TEST(ForEachElement, StopsWhereItIsTold) {
  int seen = 0;
  EXPECT_TRUE(
      ForEachElement("\x0a\x02\x18\x05\x0a\x02\x18\x06", [&](const AttributeValue& element) {
        EXPECT_EQ(element.AsInt(), 5);
        ++seen;
        return false;
      }));
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace vivace
