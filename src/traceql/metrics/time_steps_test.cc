#include "traceql/metrics/time_steps.h"

#include <gtest/gtest.h>

#include <random>

#include "traceql/metrics/exemplar_search.h"

namespace vivace::traceql {
namespace {

TEST(IntervalFinder, FindsWhatStepsSay) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    const TimeSteps steps{
        .start_unix_nanos = random() % 40, .step_nanos = 1 + random() % 9, .count = random() % 12};
    IntervalFinder finder(steps);
    for (int i = 0; i < 200; ++i) {
      const uint64_t time = random() % 100;
      ASSERT_EQ(finder.IntervalOf(time), steps.IntervalOf(time)) << time;
    }
    ASSERT_EQ(finder.IntervalOf(UINT64_MAX), std::nullopt);
  }
}

TEST(TimeSteps, PlacesRangesWhereAllTheirTimesLie) {
  const TimeSteps steps{.start_unix_nanos = 10, .step_nanos = 5, .count = 3};
  for (uint64_t first = 0; first < 40; ++first) {
    for (uint64_t last = first; last < 40; ++last) {
      bool is_one = true;
      for (uint64_t time = first; time <= last; ++time)
        is_one &= steps.IntervalOf(time) == steps.IntervalOf(first);
      const TimeSteps::Place place = steps.PlaceOf(first, last);
      ASSERT_EQ(place.is_known, is_one) << first << " " << last;
      if (is_one) {
        ASSERT_EQ(place.interval, steps.IntervalOf(first));
      }
    }
  }
}

TEST(ExemplarSearch, EndsAfterTracesInVainThatSpreadOverTime) {
  ExemplarSearch search(DataRange{100, 500});
  for (uint64_t i = 0; i < 10; ++i) search.Note(150, true);
  for (uint64_t i = 0; i < 500; ++i) search.Note(150 + i % 50, false);
  EXPECT_FALSE(search.is_over());  // all in less than an eighth of the time
  search.Note(260, false);
  EXPECT_TRUE(search.is_over());
  EXPECT_FALSE(search.covers_source());
  search.Note(370, false);
  EXPECT_TRUE(search.covers_source());
  search.Note(380, true);  // one after all
  EXPECT_FALSE(search.is_over());
  ExemplarSearch endless;
  for (uint64_t i = 0; i < 1000; ++i) endless.Note(i, false);
  EXPECT_FALSE(endless.is_over());
}

}  // namespace
}  // namespace vivace::traceql
