#include "traceql/metrics/second_stage.h"

#include <gtest/gtest.h>

namespace vivace::traceql {
namespace {

Series Make(std::string name, std::vector<double> values) {
  return {.labels = {{"name", OwnedDatum(Datum::String(name))}}, .values = std::move(values), .exemplars = {}};
}

std::string TextOf(const std::vector<Series>& all) {
  std::string text;
  for (const Series& series : all) {
    for (const SeriesLabel& label : series.labels) text += std::string(label.value.View().text) + " ";
    for (const double value : series.values) text += std::isnan(value) ? "- " : FormatFloat(value) + " ";
    text += "; ";
  }
  return text;
}

SeriesStage Stage(SeriesStage::Kind kind, int64_t limit) { return {.kind = kind, .limit = limit}; }

const std::vector<Series>& Three() {
  static const std::vector<Series> series = {Make("a", {1, 5}), Make("b", {3, 5}), Make("c", {2, 0})};
  return series;
}

TEST(SeriesStages, TopKPicksPerInterval) {
  EXPECT_EQ(TextOf(ApplyStage(Stage(SeriesStage::Kind::kTopK, 1), Three())), "a - 5.0 ; b 3.0 - ; ");  // a tie: the earlier label
  EXPECT_EQ(TextOf(ApplyStage(Stage(SeriesStage::Kind::kTopK, 3), Three())), TextOf(Three()));
}

TEST(SeriesStages, BottomKBreaksTiesTheOtherWay) {
  const std::vector<Series> tied = {Make("a", {1}), Make("b", {1}), Make("c", {2})};
  EXPECT_EQ(TextOf(ApplyStage(Stage(SeriesStage::Kind::kBottomK, 1), tied)), "b 1.0 ; ");
}

TEST(SeriesStages, FilterDropsSamplesAndThenSeries) {
  const SeriesStage over_two{.kind = SeriesStage::Kind::kFilter, .op = Operator::kGreater, .threshold = 2};
  EXPECT_EQ(TextOf(ApplyStage(over_two, Three())), "a - 5.0 ; b 3.0 5.0 ; ");
}

TEST(SeriesStages, SeriesMeetByLabels) {
  const std::vector<Series> right = {Make("b", {2, 0}), Make("a", {4, 1}), Make("z", {1, 1})};
  EXPECT_EQ(TextOf(CombineSeries(Operator::kDivide, Three(), right)), "a 0.25 5.0 ; b 1.5 - ; ");  // by zero: no sample
}

TEST(SeriesStages, OneWithoutLabelsMeetsAll) {
  const Series total{.labels = {{"__name__", OwnedDatum(Datum::String("rate"))}}, .values = {2, 2}, .exemplars = {}};
  EXPECT_EQ(TextOf(CombineSeries(Operator::kMultiply, Three(), {total})), "a 2.0 10.0 ; b 6.0 10.0 ; c 4.0 0.0 ; ");
  const auto both = CombineSeries(Operator::kAdd, {total}, {total});
  EXPECT_EQ(both.front().labels.front().value.View().text, "(rate + rate)");
}

TEST(SeriesStages, ConstantsStandOnEitherSide) {
  EXPECT_EQ(TextOf(CombineConstant(Operator::kSubtract, {Make("a", {1, 4})}, 10, true)), "a 9.0 6.0 ; ");
  EXPECT_EQ(TextOf(CombineConstant(Operator::kSubtract, {Make("a", {1, 4})}, 10, false)), "a -9.0 -6.0 ; ");
}

TEST(SeriesOrder, FewerLabelsThenTextsOfValues) {
  const auto number = [](int64_t value) { return SeriesLabels{{"k", OwnedDatum(Datum::Int(value))}}; };
  EXPECT_TRUE(ComesBefore(number(100), number(42)));
  EXPECT_TRUE(ComesBefore(number(1), {{"k", OwnedDatum(Datum::String("0"))}}));
  EXPECT_TRUE(ComesBefore(number(9), {{"a", OwnedDatum(Datum::Int(1))}, {"b", OwnedDatum(Datum::Int(1))}}));
}

}  // namespace
}  // namespace vivace::traceql
