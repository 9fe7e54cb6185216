#include "traceql/metrics/series.h"

#include <gtest/gtest.h>

namespace vivace::traceql {
namespace {

TEST(SeriesOrder, FewerLabelsThenTextsOfValues) {
  const auto number = [](int64_t value) {
    return SeriesLabels{{"k", OwnedDatum(Datum::Int(value))}};
  };
  EXPECT_TRUE(ComesBefore(number(100), number(42)));
  EXPECT_TRUE(ComesBefore(number(1), {{"k", OwnedDatum(Datum::String("0"))}}));
  EXPECT_TRUE(
      ComesBefore(number(9), {{"a", OwnedDatum(Datum::Int(1))}, {"b", OwnedDatum(Datum::Int(1))}}));
}

}  // namespace
}  // namespace vivace::traceql
