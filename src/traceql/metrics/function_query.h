// FunctionQuery: rate(), count_over_time() and the other metrics functions that count or measure spans by group (spec/traceql.md 5.3).
//
// One thread; see SeriesQuery.
#pragma once

#include <map>
#include <vector>

#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/log2_histogram.h"
#include "traceql/metrics/series_groups.h"
#include "traceql/metrics/series_query.h"
#include "traceql/pipeline/conditions.h"

namespace vivace::traceql {

class FunctionQuery final : public SeriesQuery {
 public:
  FunctionQuery(const Query& query, PipelineId pipeline, const MetricsStage& stage, const MetricsOptions& options);

  Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) override;
  bool needs_whole_traces() const override { return needs_whole_traces_; }
  const Pruning& pruning() const override { return pruning_; }
  bool needs_traces() const override { return needs_whole_traces_ || !IsPlain(query_, pipeline_); }
  std::vector<Series> TakenSeries() const override;
  bool is_cut() const override { return groups_.is_cut(); }

 private:
  class Job;
  // One chosen span.
  struct Example {
    uint32_t group = 0;
    size_t interval = 0;
    Exemplar exemplar;  // the value is the span's, where the function has one
  };

  bool IsCount() const;
  bool IsHistogram() const;
  bool IsDuration() const;
  uint32_t GroupOf(GroupReader& reader, uint32_t span);
  void AddSeries(uint32_t group, std::vector<Series>& series) const;
  void AddHistogramSeries(uint32_t group, std::vector<Series>& series) const;
  void AddQuantileSeries(uint32_t group, std::vector<Series>& series) const;
  void AddExemplars(uint32_t group, Series& series) const;
  size_t NearestQuantile(uint32_t group, double value) const;

  const Query& query_;
  const PipelineId pipeline_;
  const MetricsStage& stage_;
  const TimeSteps steps_;
  const bool needs_whole_traces_;
  const Pruning pruning_;
  SeriesGroups groups_;
  std::vector<IntervalValues> values_;      // by group
  std::vector<PowerHistogram> histograms_;  // by group, of quantile_over_time and histogram_over_time
  ExemplarPicker picker_;
  std::vector<Example> examples_;
};

}  // namespace vivace::traceql
