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

Series Labelled(const std::vector<Datum>& values) {
  Series series{.labels = {}, .values = {1}, .exemplars = {}};
  for (const Datum& value : values) series.labels.push_back({"k", OwnedDatum(value)});
  return series;
}

// Of equal samples topk keeps the first of each pair, bottomk the second.
TEST(SecondStage, TiesAreBrokenByLabels) {
  const std::pair<std::vector<Datum>, std::vector<Datum>> cases[] = {
      {{Datum::Int(3)}, {Datum::Int(2)}},
      {{Datum::Int(1)}, {Datum::Int(-2)}},
      {{Datum::Float(2.5)}, {Datum::Float(-1)}},
      {{Datum::Float(-1)}, {Datum::Float(-2)}},
      {{Datum::Float(0.004)}, {Datum::Float(0.002)}},  // __bucket
      {{Datum::Int(3)}, {Datum::Float(2.5)}},
      {{Datum::Float(3.5)}, {Datum::Int(3)}},
      {{Datum::Bool(true)}, {Datum::Bool(false)}},
      {{Datum::Bool(false)}, {Datum::Int(7)}},
      {{Datum::Bool(false)}, {Datum::String("nil")}},
      {{Datum::Int(1)}, {Datum::String("nil")}},
      {{Datum::String("a")}, {Datum::String("b")}},
      {{Datum::String("abc")}, {Datum::String("nil")}},
      {{Datum::String("a"), Datum::Int(2)}, {Datum::String("a"), Datum::Int(1)}},
      {{Datum::String("a")}, {Datum::String("a"), Datum::Int(1)}}};
  for (const auto& [top, bottom] : cases) {
    for (const bool is_swapped : {false, true}) {
      std::vector<Series> series = {Labelled(top), Labelled(bottom)};
      if (is_swapped) std::swap(series[0], series[1]);
      EXPECT_EQ(ApplySecondStage(Stage(SecondStage::Kind::kTopK, 1), series).front().labels,
                Labelled(top).labels)
          << Format(top.back().ToValue()) << " before " << Format(bottom.back().ToValue());
      EXPECT_EQ(ApplySecondStage(Stage(SecondStage::Kind::kBottomK, 1), series).front().labels,
                Labelled(bottom).labels);
    }
  }
}

TEST(SecondStage, FilterDropsSamplesAndThenSeries) {
  const SecondStage over_two{
      .kind = SecondStage::Kind::kFilter, .op = Operator::kGreater, .threshold = 2};
  EXPECT_EQ(TextOf(ApplySecondStage(over_two, ThreeSeries())), "a - 5.0 ; b 3.0 5.0 ; ");
}

}  // namespace
}  // namespace vivace::traceql
