// HistogramsByInterval: what quantile_over_time(x) and histogram_over_time(x) have in common: a
// histogram of the values of x on the spans that start within each interval of a group.
//
// The function adds its name and its series (function.h). A FunctionQuery owns it. One thread.
// Memory: 4 bytes for each interval and each power of two that occurs in a group.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "columns/source_summary.h"
#include "traceql/metrics/log2_histogram.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/metrics/units.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class HistogramsByInterval {
 public:
  static constexpr bool kHasArgument = true;
  static constexpr bool kHasNilLabel = false;

  HistogramsByInterval(const MetricsStage& stage, const TimeSteps& steps)
      : intervals_(steps.count), units_per_shown_(UnitsPerShown(stage.argument)) {}

  void AddGroup() { histograms_.emplace_back(intervals_); }
  bool Accepts(const Datum& value) const { return Log2Histogram::CanCount(value); }
  void Add(uint32_t group, size_t interval, const Datum& value) {
    histograms_[group].Add(interval, static_cast<uint64_t>(value.number));
  }
  // Spans whose durations were counted by powers of two.
  static bool AcceptsCounted(const SpanCounts::Cell& /*cell*/,
                             std::span<const SpanCounts::Bucket> buckets) {
    return !buckets.empty();
  }
  void AddCounted(uint32_t group, size_t interval, const SpanCounts::Cell& /*cell*/,
                  std::span<const SpanCounts::Bucket> buckets) {
    for (const SpanCounts::Bucket& bucket : buckets)
      histograms_[group].AddCounted(interval, bucket.exponent, bucket.spans);
  }
  bool HasAny(uint32_t group, const StepOverlap& overlap) const {
    return histograms_[group].HasAny(overlap.begin, overlap.end);
  }
  void MergeGroup(uint32_t group, const HistogramsByInterval& part, uint32_t group_there,
                  const StepOverlap& overlap) {
    histograms_[group].Merge(part.histograms_[group_there], overlap.begin, overlap.end,
                             overlap.shift);
  }

 protected:
  size_t intervals_;
  double units_per_shown_;
  std::vector<Log2Histogram> histograms_;  // by group
};

}  // namespace vivace::traceql
