#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, TheSameLabelsGiveTheSameHandle) {
  Metrics metrics;
  Counter& counter = metrics.GetCounter("n", "help", {{"tenant", "a"}});
  EXPECT_EQ(&metrics.GetCounter("n", "help", {{"tenant", "a"}}), &counter);
  EXPECT_NE(&metrics.GetCounter("n", "help", {{"tenant", "b"}}), &counter);
  counter.Add(2);
  EXPECT_THAT(metrics.Render(), HasSubstr("n{tenant=\"a\"} 2"));
}

TEST(Metrics, LabelsFromOutsideDoNotMakeSeriesWithoutEnd) {
  Metrics metrics;
  for (size_t i = 0; i < Metrics::kSeriesMax + 100; ++i) {
    const MetricLabels labels{{"tenant", std::to_string(i)}, {"op", "search"}};
    metrics.GetCounter("c", "help", labels).Add(1);
    metrics.GetGauge("g", "help", labels).Set(1);
  }
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("c{op=\"others\",tenant=\"others\"} 100"));
  EXPECT_THAT(text, HasSubstr("c{op=\"search\",tenant=\"19999\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("tenant=\"20000\"")));
  EXPECT_THAT(text, HasSubstr("g{op=\"others\",tenant=\"others\"} 1"));
  metrics.GetCounter("other", "help", {{"tenant", "20000"}}).Add(1);
  EXPECT_THAT(metrics.Render(), HasSubstr("other{tenant=\"20000\"} 1"));
}

}  // namespace
}  // namespace vivace
