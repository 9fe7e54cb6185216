#include "traceql/metrics/compare.h"

#include <algorithm>
#include <optional>

namespace vivace::traceql {
namespace {

constexpr BySide<std::string_view> kSideNames = {{"baseline", "selection"}};
constexpr BySide<std::string_view> kTotalNames = {{"baseline_total", "selection_total"}};

}  // namespace

CompareQuery::CompareQuery(std::shared_ptr<const Query> query, PipelineId pipeline,
                           const MetricsStage& stage, const MetricsOptions& options)
    : SeriesQuery(options),
      owner_(std::move(query)),
      query_(*owner_),
      pipeline_(pipeline),
      stage_(stage),
      pruning_(EntryConditionsOf(query_, pipeline)),
      picker_(options.exemplars, options.steps) {}

CompareQuery::~CompareQuery() = default;

std::unique_ptr<ViewQuery> CompareQuery::NewPart(const std::optional<DataRange>& range) const {
  return std::make_unique<CompareQuery>(owner_, pipeline_, stage_, OptionsOfPart(range));
}

void CompareQuery::Merge(const ViewQuery& part) {
  const auto& from = static_cast<const CompareQuery&>(part);
  CompareMerge merge{.overlap = StepOverlap::Of(options_.steps, from.options_.steps),
                     .exemplars = {}};
  merge.exemplars = MergeChosen(from.chosen_, merge.overlap);
  for (const auto& [name, counts] : from.attributes_) attributes_[name].Merge(counts, merge);
  for (const CompareSide side : kCompareSides) spans_[side].Merge(from.spans_[side], merge.overlap);
  with_column_.insert(from.with_column_.begin(), from.with_column_.end());
  for (size_t max = CompareCounts::kValuesMax; CountDistinct() > kAllValuesMax; max /= 2) {
    for (auto& [name, counts] : attributes_) counts.DropRarest(max);
  }
}

size_t CompareQuery::CountDistinct() const {
  size_t count = 0;
  for (const auto& [name, counts] : attributes_) count += counts.value_count();
  return count;
}

std::vector<uint32_t> CompareQuery::MergeChosen(const std::vector<ChosenSpan>& chosen,
                                                const StepOverlap& overlap) {
  std::vector<uint32_t> numbers(chosen.size(), CompareMerge::kNotChosen);
  for (size_t i = 0; i < chosen.size(); ++i) {
    const ChosenSpan& span = chosen[i];
    if (!overlap.Has(span.interval) || !picker_.TryAdd(span.exemplar.unix_nanos)) continue;
    numbers[i] = static_cast<uint32_t>(chosen_.size());
    chosen_.push_back({.group = span.group,
                       .interval = overlap.ToQuery(span.interval),
                       .exemplar = span.exemplar});
  }
  return numbers;
}

size_t CompareQuery::MemoryBytes() const { return CountDistinct() * CompareCounts::kBytesPerValue; }

Series CompareQuery::MakeSeries(std::string_view meta, const std::string& name,
                                const OwnedDatum& value, const IntervalCounts& counts) const {
  Series series{
      .labels = {{std::string(kMetaTypeLabel), OwnedDatum(Datum::String(meta))}, {name, value}},
      .values = std::vector<double>(options_.steps.count, 0.0),
      .exemplars = {}};
  for (const auto& [interval, count] : counts) series.values[interval] += count;
  return series;
}

void CompareQuery::AddValueSeries(const std::string& name, const CompareCounts& counts,
                                  CompareSide side, size_t series_max, size_t& exemplars_left,
                                  std::vector<Series>& series) const {
  const size_t values_max = std::min(static_cast<size_t>(stage_.top_n), series_max);
  for (const auto& [value, known] : counts.MostFrequent(side, values_max)) {
    series.push_back(MakeSeries(kSideNames[side], name, *value, known->counts[side]));
    AddExemplars(*known, side, exemplars_left, series.back());
  }
}

// Spans that have the value, each with what the series counts in its interval.
void CompareQuery::AddExemplars(const CompareCounts::Value& counts, CompareSide side,
                                size_t& exemplars_left, Series& series) const {
  for (const uint32_t exemplar : counts.exemplars) {
    const ChosenSpan& chosen = chosen_[exemplar];
    if (static_cast<CompareSide>(chosen.group) != side || exemplars_left == 0) continue;
    --exemplars_left;
    series.exemplars.push_back(chosen.exemplar);
    series.exemplars.back().value = series.values[chosen.interval];
  }
}

CompareQuery::AttributeCounts CompareQuery::WithMissing() const {
  std::set<std::string> names = with_column_;
  for (const auto& [scope, key] : options_.static_columns)
    names.insert(Format(Attribute{.scope = scope, .key = key}));
  AttributeCounts all;
  for (const std::string& name : names) {
    const auto known = attributes_.find(name);
    CompareCounts& counts = all[name];
    if (known != attributes_.end()) counts = known->second;
    AddMissing(counts);
  }
  return all;
}

void CompareQuery::AddMissing(CompareCounts& counts) const {
  for (const CompareSide side : kCompareSides) {
    std::vector<int64_t> missing(options_.steps.count);
    for (const auto& [interval, count] : spans_[side]) missing[interval] += count;
    for (const auto& [interval, count] : counts.totals(side)) missing[interval] -= count;
    for (uint32_t interval = 0; interval < missing.size(); ++interval) {
      if (missing[interval] > 0)
        counts.Add(Datum::String(kNilText), side, interval,
                   static_cast<uint32_t>(missing[interval]));
    }
  }
}

bool CompareQuery::AddSeries(const std::string& name, const CompareCounts& counts,
                             size_t& exemplars_left, std::vector<Series>& series) const {
  const size_t series_max = SeriesMax(options_);
  for (const CompareSide side : kCompareSides) {
    if (counts.totals(side).empty()) continue;
    series.push_back(MakeSeries(kTotalNames[side], name, OwnedDatum(Datum::String(kNilText)),
                                counts.totals(side)));
    AddValueSeries(name, counts, side, series_max - std::min(series_max, series.size()),
                   exemplars_left, series);
    if (series.size() >= series_max) return false;
  }
  return true;
}

std::vector<Series> CompareQuery::CurrentSeries() const {
  size_t exemplars_left = kExemplarsMax;
  std::vector<Series> series;
  const AttributeCounts with_missing = WithMissing();
  std::map<std::string_view, const CompareCounts*> all;
  for (const auto& [name, counts] : with_missing) all.emplace(name, &counts);
  for (const auto& [name, counts] : attributes_) all.emplace(name, &counts);
  is_truncated_ = false;
  for (const auto& [name, counts] : all) {
    is_truncated_ = !AddSeries(std::string(name), *counts, exemplars_left, series);
    if (is_truncated_) break;
  }
  return series;
}

}  // namespace vivace::traceql
