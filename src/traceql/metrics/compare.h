// CompareQuery: compare(): how often each attribute value occurs among selected spans and among the
// others (spec/traceql.md 5.7).
//
// Views are counted by a job each (compare_job.h). Of attributes whose values hardly repeat (ids,
// URLs) not every value is looked at. One thread; see SeriesQuery. Memory: a few numbers per
// distinct value (compare_counts.h); of an attribute with more than CompareCounts::kValuesMax
// values the rarest are dropped. A span chosen as an exemplar is one of each series that counts one
// of its values.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "traceql/metrics/compare_counts.h"
#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/series_query.h"

namespace vivace::traceql {

class CompareQuery final : public SeriesQuery {
 public:
  static constexpr size_t kAllValuesMax = 4 * CompareCounts::kValuesMax;  // of all attributes
  // Beyond which the rarest values of a view are dropped: a part would hardly be worth keeping.
  static constexpr size_t kViewValuesMax = 2048;
  // Of values that an interval of a view has once, so many are looked at; the others count in
  // totals only.
  static constexpr size_t kSinglesMax = 1024;
  // That an answer shows in all its series together.
  static constexpr size_t kExemplarsMax = 10'000;

  CompareQuery(std::shared_ptr<const Query> query, PipelineId pipeline, const MetricsStage& stage,
               const MetricsOptions& options);
  ~CompareQuery() override;

  Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) override;
  bool needs_whole_traces() const override {
    return true;
  }  // rootName and rootServiceName are compared
  std::unique_ptr<ViewQuery> NewPart(const std::optional<DataRange>& range) const override;
  void Merge(const ViewQuery& part) override;
  size_t MemoryBytes() const override;
  const Pruning& pruning() const override { return pruning_; }
  std::vector<Series> CurrentSeries() const override;
  bool is_truncated() const override { return is_truncated_; }

 private:
  class Job;
  using AttributeCounts = std::map<std::string, CompareCounts>;  // by printed name

  std::vector<uint32_t> MergeChosen(const std::vector<ChosenSpan>& chosen,
                                    const StepOverlap& overlap);
  size_t CountDistinct() const;
  // Of attributes with a column of their own, spans that lack them count as having the value nil:
  // these attributes with what they have then.
  AttributeCounts WithMissing() const;
  void AddMissing(CompareCounts& counts) const;
  // False where the answer is full.
  bool AddSeries(const std::string& name, const CompareCounts& counts, size_t& exemplars_left,
                 std::vector<Series>& series) const;
  void AddValueSeries(const std::string& name, const CompareCounts& counts, CompareSide side,
                      size_t series_max, size_t& exemplars_left, std::vector<Series>& series) const;
  void AddExemplars(const CompareCounts::Value& counts, CompareSide side, size_t& exemplars_left,
                    Series& series) const;
  Series MakeSeries(std::string_view meta, const std::string& name, const OwnedDatum& value,
                    const IntervalCounts& counts) const;

  const std::shared_ptr<const Query> owner_;
  const Query& query_;
  const PipelineId pipeline_;
  const MetricsStage& stage_;
  const Pruning pruning_;
  ExemplarPicker picker_;
  std::vector<ChosenSpan> chosen_;  // their group is the side
  AttributeCounts attributes_;
  mutable bool is_truncated_ = false;  // of the series taken last
  BySide<IntervalCounts> spans_;       // all of them
  std::set<std::string>
      with_column_;  // printed names of attributes that have a column of their own
};

}  // namespace vivace::traceql
