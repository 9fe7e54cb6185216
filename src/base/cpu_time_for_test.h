// Test support: how the CPU time of a piece of work grows with its size.
//
// Time of the calling thread, not of the clock, and the least of several runs: other work of the
// machine makes neither longer than a cold cache does.
#pragma once

#include <time.h>

#include <algorithm>
#include <limits>

namespace vivace::testing {

inline double ThreadCpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The least CPU seconds of a few runs of `work()`.
template <typename Work>
double LeastCpuSeconds(const Work& work) {
  constexpr int kRuns = 3;
  double least = std::numeric_limits<double>::max();
  for (int run = 0; run < kRuns; ++run) {
    const double begin = ThreadCpuSeconds();
    work();
    least = std::min(least, ThreadCpuSeconds() - begin);
  }
  return least;
}

// Of work on four times as much, the most that it may cost: linear work costs 4 times as much, a
// little more where it leaves the caches, and quadratic work 16 times.
constexpr double kLinearGrowthMax = 8;

}  // namespace vivace::testing
