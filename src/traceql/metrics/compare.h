// CompareQuery: compare(): how often each attribute value occurs among selected spans and among the
// others (spec/traceql.md 5.7).
//
// Spans of a view are put in order of interval and side first; then each attribute's codes are
// counted in one pass. Of attributes whose values hardly repeat (ids, URLs) not every value is
// looked at. One thread; see SeriesQuery. Memory: a few numbers per distinct value; of an attribute
// with more than kValuesMax values the rarest are dropped. A span chosen as an exemplar is one of
// each series that counts one of its values.
#pragma once

#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/series_query.h"

namespace vivace::traceql {

class CompareQuery final : public SeriesQuery {
 public:
  static constexpr size_t kValuesMax = 65536;
  static constexpr size_t kAllValuesMax = 4 * kValuesMax;  // of all attributes
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
  enum Side : uint8_t { kBaseline, kSelection };
  // Interval and count, ascending but for views that came in another order.
  using Counts = std::vector<std::pair<uint32_t, uint32_t>>;
  struct ValueCounts {
    OwnedDatum value;
    std::array<Counts, 2> counts;  // by Side
    std::array<uint64_t, 2> totals{};
    std::vector<uint32_t> exemplars;  // in chosen_, of both sides
  };
  struct AttributeCounts {
    std::unordered_map<std::string, ValueCounts> values;  // by type and content
    std::array<Counts, 2> counts;
    void AddExemplar(const Datum& value, uint32_t exemplar);
  };
  // Of a part: which of its intervals count, and the numbers here of its chosen spans, kNotChosen
  // where there was no room.
  static constexpr uint32_t kNotChosen = 0xffffffff;
  struct PartMerge {
    StepOverlap overlap;
    std::vector<uint32_t> exemplars;
  };
  std::vector<uint32_t> MergeChosen(const std::vector<ChosenSpan>& chosen,
                                    const StepOverlap& overlap);
  static void MergeAttribute(const AttributeCounts& from, const PartMerge& merge,
                             AttributeCounts& to);
  static void MergeValue(const std::string& key, const ValueCounts& from, const PartMerge& merge,
                         AttributeCounts& to);
  // The counts within the overlap at the end of `to`; their sum.
  static uint64_t MergeCounts(const Counts& from, const StepOverlap& overlap, Counts& to);

  static void Add(AttributeCounts& attribute, const Datum& value, Side side, uint32_t interval,
                  uint32_t count);
  static void AddTotal(AttributeCounts& attribute, Side side, uint32_t interval, uint32_t count);
  // Leaves at most half of `values_max` values.
  static void DropRarest(AttributeCounts& attribute, size_t values_max);
  size_t CountDistinct() const;
  // Spans that lack an attribute with a column of its own count as having the value nil.
  std::map<std::string, AttributeCounts> WithMissing() const;
  void AddValueSeries(const std::string& name, const AttributeCounts& attribute, Side side,
                      size_t series_max, size_t& exemplars_left, std::vector<Series>& series) const;
  void AddExemplars(const ValueCounts& counts, Side side, size_t& exemplars_left,
                    Series& series) const;
  Series MakeSeries(std::string_view meta, const std::string& name, const OwnedDatum& value,
                    const Counts& counts) const;

  const std::shared_ptr<const Query> owner_;
  const Query& query_;
  const PipelineId pipeline_;
  const MetricsStage& stage_;
  const Pruning pruning_;
  ExemplarPicker picker_;
  std::vector<ChosenSpan> chosen_;                     // their group is the side
  std::map<std::string, AttributeCounts> attributes_;  // by printed name
  mutable bool is_truncated_ = false;                  // of the series taken last
  std::array<Counts, 2> spans_;                        // by Side: all of them
  std::set<std::string>
      with_column_;  // printed names of attributes that have a column of their own
};

}  // namespace vivace::traceql
