#include "traceql/metrics/second_stage.h"

#include <gtest/gtest.h>

#include "traceql/metrics/series_for_test.h"

namespace vivace::traceql {
namespace {

SecondStage Stage(SecondStage::Kind kind, int64_t limit) { return {.kind = kind, .limit = limit}; }

TEST(SecondStage, TopKPicksPerInterval) {
  EXPECT_EQ(TextOf(ApplySecondStage(Stage(SecondStage::Kind::kTopK, 1), ThreeSeries())),
            "a - 5.0 ; b 3.0 - ; ");  // a tie: the earlier label
  EXPECT_EQ(TextOf(ApplySecondStage(Stage(SecondStage::Kind::kTopK, 3), ThreeSeries())),
            TextOf(ThreeSeries()));
}

TEST(SecondStage, BottomKBreaksTiesTheOtherWay) {
  const std::vector<Series> tied = {MakeSeries("a", {1}), MakeSeries("b", {1}),
                                    MakeSeries("c", {2})};
  EXPECT_EQ(TextOf(ApplySecondStage(Stage(SecondStage::Kind::kBottomK, 1), tied)), "b 1.0 ; ");
}

TEST(SecondStage, FilterDropsSamplesAndThenSeries) {
  const SecondStage over_two{
      .kind = SecondStage::Kind::kFilter, .op = Operator::kGreater, .threshold = 2};
  EXPECT_EQ(TextOf(ApplySecondStage(over_two, ThreeSeries())), "a - 5.0 ; b 3.0 5.0 ; ");
}

}  // namespace
}  // namespace vivace::traceql
