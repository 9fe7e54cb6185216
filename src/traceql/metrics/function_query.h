// FunctionQuery: a metrics function that counts or measures spans by group: all but compare()
// (spec/traceql.md 5.3).
//
// What all these functions share: reading the spans, finding their groups, choosing exemplars,
// labels; the functions themselves: function.h. Questions that spans counted by service, name, kind
// and status answer (pipeline/counted_spans.h) need no more of a block than its counts, and the few
// traces that exemplars are chosen of. Made by MakeSeriesQuery. One thread; memory: see
// SeriesQuery. Cost: per span of the pipeline a lookup of its group and of the value; of counts per
// group and minute.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/exemplar_search.h"
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
  bool can_use_summaries() const override { return can_count_; }
  Result<bool> AddSummary(SourceSummary& summary) override;
  bool BeginExamples() override;
  bool wants_examples() const override { return wants_exemplars(); }
  bool HasRoomFor(const ViewQuery& part) const override;
  void Merge(const ViewQuery& part) override;
  void EndSource() override { is_source_searched_ = false; }
  size_t MemoryBytes() const override;
  const Pruning& pruning() const override { return pruning_; }
  bool needs_traces() const override {
    return needs_whole_traces_ || !IsFilterOnly(query_, pipeline_);
  }
  std::vector<Series> CurrentSeries() const override;
  bool is_truncated() const override { return is_part_truncated_ || groups_.is_truncated(); }

 private:
  class Job;

  bool CanCount() const;
  // Makes the function know as many groups as there are.
  template <typename F>
  void AddGroups(F& function);
  // False where it cannot be said in which intervals they lie.
  template <typename F>
  bool AddCounts(F& function, const SpanCounts& counts, uint32_t counted, GroupReader& groups);
  bool wants_exemplars() const { return !picker_.is_full() && !search_.is_over(); }
  // Of a part: whether later row groups of its source are not asked for exemplars.
  bool is_searched() const {
    return options_.data_range.has_value() && (picker_.is_full() || search_.covers_source());
  }
  void MergeExemplars(const FunctionQuery& from, std::span<const uint32_t> groups);
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
  const bool can_count_;
  size_t group_count_ = 0;   // of those that the function knows
  bool is_counted_ = false;  // by a summary: what views are added for are exemplars
  ExemplarPicker picker_;
  ExemplarSearch search_;
  // Of the source at hand exemplars have been found.
  bool is_source_searched_ = false;
  std::vector<ChosenSpan> selected_rows_;
};

}  // namespace vivace::traceql
