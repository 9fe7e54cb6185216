// CountsByInterval: what rate() and count_over_time() have in common: how many spans start within
// each interval of a group.
//
// The function adds its name and its samples (function.h). A FunctionQuery owns it. One thread.
// Memory: 4 bytes for each interval of a group.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "columns/source_summary.h"
#include "traceql/metrics/time_steps.h"

namespace vivace::traceql {

class CountsByInterval {
 public:
  static constexpr bool kHasArgument = false;
  static constexpr bool kHasNilLabel = true;

  explicit CountsByInterval(const TimeSteps& steps) : intervals_(steps.count) {}

  size_t series_per_group() const { return 1; }
  void AddGroup() { counts_.emplace_back(intervals_); }
  void Add(uint32_t group, size_t interval) { ++counts_[group][interval]; }
  // Spans that were counted; `buckets` by the powers of two of their durations.
  static bool AcceptsCounted(const SpanCounts::Cell& cell,
                             std::span<const SpanCounts::Bucket> /*buckets*/) {
    return cell.spans != 0;
  }
  void AddCounted(uint32_t group, size_t interval, const SpanCounts::Cell& cell,
                  std::span<const SpanCounts::Bucket> /*buckets*/) {
    counts_[group][interval] += cell.spans;
  }
  bool HasAny(uint32_t group, const StepOverlap& overlap) const {
    for (size_t i = overlap.begin; i < overlap.end; ++i) {
      if (counts_[group][i] != 0) return true;
    }
    return false;
  }
  void MergeGroup(uint32_t group, const CountsByInterval& part, uint32_t group_there,
                  const StepOverlap& overlap) {
    for (size_t i = overlap.begin; i < overlap.end; ++i)
      counts_[group][overlap.ToQuery(i)] += part.counts_[group_there][i];
  }

 protected:
  std::span<const uint32_t> CountsOf(uint32_t group) const { return counts_[group]; }

 private:
  size_t intervals_;
  std::vector<std::vector<uint32_t>> counts_;  // by group and interval
};

}  // namespace vivace::traceql
