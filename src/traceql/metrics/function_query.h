// FunctionQuery: a metrics function that counts or measures spans by group: all but compare()
// (spec/traceql.md 5.3).
//
// What all these functions share: reading the spans, finding their groups, choosing exemplars,
// labels; the functions themselves: function.h. Made by MakeSeriesQuery. One thread; memory: see
// SeriesQuery. Cost: per span of the pipeline a lookup of its group and of the value.
#pragma once

#include <string_view>
#include <vector>

#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/function.h"
#include "traceql/metrics/series_groups.h"
#include "traceql/metrics/series_query.h"
#include "traceql/pipeline/conditions.h"

namespace vivace::traceql {

class FunctionQuery final : public SeriesQuery {
 public:
  FunctionQuery(std::shared_ptr<const Query> query, PipelineId pipeline, const MetricsStage& stage,
                const MetricsOptions& options);

  Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) override;
  bool needs_whole_traces() const override { return needs_whole_traces_; }
  std::unique_ptr<ViewQuery> NewPart(const std::optional<DataRange>& range) const override;
  void Merge(const ViewQuery& part) override;
  size_t MemoryBytes() const override;
  const Pruning& pruning() const override { return pruning_; }
  bool needs_traces() const override {
    return needs_whole_traces_ || !IsFilterOnly(query_, pipeline_);
  }
  std::vector<Series> CurrentSeries() const override;
  bool is_truncated() const override { return is_part_truncated_ || groups_.is_truncated(); }

 private:
  class Job;

  // Makes the function know as many groups as there are.
  template <typename F>
  void AddGroups(F& function);
  Series MakeSeries(uint32_t group, std::string_view name, std::vector<double> samples) const;
  void AddExemplars(uint32_t group, Series& series) const;

  const std::shared_ptr<const Query> owner_;
  const Query& query_;
  const PipelineId pipeline_;
  const MetricsStage& stage_;
  const TimeSteps steps_;
  const bool needs_whole_traces_;
  const Pruning pruning_;
  Function function_;
  SeriesGroups groups_;
  bool is_part_truncated_ = false;
  size_t group_count_ = 0;  // of those that the function knows
  ExemplarPicker picker_;
  std::vector<ChosenSpan> selected_rows_;
};

}  // namespace vivace::traceql
