#include "traceql/metrics/function_query.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "base/unix_time.h"
#include "columns/span_counts_view.h"
#include "traceql/metrics/exemplar_reader.h"
#include "traceql/metrics/units.h"
#include "traceql/pipeline/counted_spans.h"
#include "traceql/pipeline/pipeline_spans.h"

namespace vivace::traceql {

// Reads what the function needs of the spans of one view.
class FunctionQuery::Job final : public ViewJob {
 public:
  Job(FunctionQuery& query, const ViewRows& rows, PipelineSpans spans, GroupReader groups)
      : query_(query),
        rows_(rows),
        spans_(std::move(spans)),
        groups_(std::move(groups)),
        intervals_(query.steps_) {}

  Status Load() {
    ColumnView& view = rows_.view();
    VIVACE_ASSIGN(starts_, view.Load(Field::kSpanStart));
    if (HasArgument(query_.function_)) {
      VIVACE_ASSIGN(AttributeReader argument, AttributeReader::Make(query_.stage_.argument, rows_));
      argument_.emplace(std::move(argument));
    }
    wants_exemplars_ = query_.wants_exemplars();
    if (wants_exemplars_ && view.is_by_trace()) {
      VIVACE_ASSIGN(first_spans_, rows_.FirstSpans(RowKind::kTrace));
    }
    return {};
  }

  Status AddTrace(uint32_t trace) override {
    return std::visit(
        [&](auto& function) {
          return spans_.ForEach(trace, [&](uint32_t span) { Observe(function, span); });
        },
        query_.function_);
  }
  Status AddAllTraces() override {
    return std::visit(
        [&](auto& function) {
          return spans_.ForAll([&](uint32_t span) { Observe(function, span); });
        },
        query_.function_);
  }
  Result<bool> MayContribute(uint32_t trace) override { return spans_.MayYield(trace); }
  // What exemplars show is read of the few spans that were chosen.
  Status Finish() override {
    if (chosen_.empty()) return {};
    std::vector<Condition> conditions = ConditionsOf(query_.query_, query_.pipeline_);
    for (const Attribute& attribute : query_.stage_.by)
      conditions.push_back({.attribute = attribute});
    std::vector<uint32_t> traces;
    for (const Chosen& chosen : chosen_) traces.push_back(TraceOf(chosen.span));
    std::ranges::sort(traces);
    const auto repeated = std::ranges::unique(traces);
    traces.erase(repeated.begin(), repeated.end());
    VIVACE_ASSIGN(const ExemplarReader reader,
                  ExemplarReader::MakeFor(std::move(traces), conditions, rows_));
    for (const Chosen& chosen : chosen_) {
      Exemplar& exemplar = query_.selected_rows_[chosen.exemplar].exemplar;
      const double value = exemplar.value;
      exemplar = reader.Read(chosen.span);
      exemplar.value = value;
    }
    return {};
  }

 private:
  struct Chosen {
    uint32_t span;
    size_t exemplar;  // in selected_rows_
  };

  template <typename F>
  void Observe(F& function, uint32_t span) {
    const uint64_t start = starts_->numbers[span];
    const auto interval = intervals_.IntervalOf(start);
    if (!interval) {
      query_.lacks_data_ |= start != 0;  // one that is not known lies in no interval
      return;
    }
    Datum value;
    if constexpr (F::kHasArgument) {
      value = argument_->Read(argument_->FirstCursorOf(span));
      if (value.form == Datum::Form::kSeveral) value = value.Single();
      if (!function.Accepts(value)) return;
    }
    const uint32_t group = groups_.GroupOf(span);
    if (group == SeriesGroups::kNone) return;
    if (query_.is_counted_) {
      if (group >= query_.group_count_) return;  // of which nothing was counted
    } else {
      if (group >= query_.group_count_) query_.AddGroups(function);
      if constexpr (F::kHasArgument) {
        function.Add(group, *interval, value);
      } else {
        function.Add(group, *interval);
      }
    }
    if (wants_exemplars_) MayChoose(span, group, *interval, value);
  }

  // `value` is the argument's, where the function has one.
  void MayChoose(uint32_t span, uint32_t group, size_t interval, const Datum& value) {
    const uint32_t trace = TraceOf(span);
    if (trace == last_trace_) return;
    last_trace_ = trace;
    const uint64_t start = starts_->numbers[span];
    const bool is_taken = query_.picker_.TryAdd(start);
    query_.search_.Note(start, is_taken);
    wants_exemplars_ = query_.wants_exemplars();
    if (!is_taken) return;
    chosen_.push_back({span, query_.selected_rows_.size()});
    ChosenSpan& added = query_.selected_rows_.emplace_back();
    added.group = group;
    added.interval = interval;
    added.exemplar = {.labels = {}, .value = kNoSample, .unix_nanos = start};
    if (argument_) added.exemplar.value = MeasureOf(query_.stage_.argument, value);
  }

  // Traces come in ascending order, as a rule.
  uint32_t TraceOf(uint32_t span) {
    if (first_spans_.empty()) return rows_.TraceOf(span);
    if (span < first_spans_[trace_]) trace_ = 0;
    while (span >= first_spans_[trace_ + 1]) ++trace_;
    return trace_;
  }

  FunctionQuery& query_;
  const ViewRows& rows_;
  PipelineSpans spans_;
  GroupReader groups_;
  IntervalFinder intervals_;
  const Column* starts_ = nullptr;
  std::optional<AttributeReader> argument_;
  bool wants_exemplars_ = false;
  std::span<const uint32_t> first_spans_;  // of traces, in a view by trace
  uint32_t trace_ = 0;                     // the one found last
  uint32_t last_trace_ = 0xffffffff;       // the one looked at last
  std::vector<Chosen> chosen_;
};

FunctionQuery::FunctionQuery(std::shared_ptr<const Query> query, PipelineId pipeline,
                             const MetricsStage& stage, const MetricsOptions& options)
    : SeriesQuery(options),
      owner_(std::move(query)),
      query_(*owner_),
      pipeline_(pipeline),
      stage_(stage),
      steps_(options.steps),
      needs_whole_traces_(
          NeedsWholeTraces(query_, pipeline) || IsTraceLevel(stage.argument) ||
          std::ranges::any_of(stage.by, [](const Attribute& by) { return IsTraceLevel(by); })),
      pruning_(EntryConditionsOf(query_, pipeline)),
      function_(MakeFunction(stage, options.steps)),
      groups_(stage.by, HasNilLabel(function_),
              std::max<size_t>(1, SeriesMax(options) / SeriesPerGroup(function_))),
      can_count_(CanCount()),
      picker_(options.exemplars, options.steps) {
  if (options.data_range.has_value()) search_ = ExemplarSearch(*options.data_range);
  // Counts without groups are there even where nothing matches.
  if (HasArgument(function_) || !stage.by.empty()) return;
  groups_.FindOrAdd({});
  std::visit([this](auto& function) { AddGroups(function); }, function_);
}

Result<std::unique_ptr<ViewJob>> FunctionQuery::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(PipelineSpans spans, PipelineSpans::Make(query_, pipeline_, rows));
  VIVACE_ASSIGN(GroupReader groups, GroupReader::Make(groups_, rows));
  auto job = std::make_unique<Job>(*this, rows, std::move(spans), std::move(groups));
  VIVACE_TRY(job->Load());
  return job;
}

std::unique_ptr<ViewQuery> FunctionQuery::NewPart(const std::optional<DataRange>& range) const {
  return std::make_unique<FunctionQuery>(owner_, pipeline_, stage_, OptionsOfPart(range));
}

// Minutes must not be cut; of a query at an instant only its ends may cut some.
bool FunctionQuery::CanCount() const {
  constexpr uint64_t kMinute = 60 * uint64_t{kNanosPerSecond};
  const bool is_by_minute = steps_.step_nanos % kMinute == 0 && steps_.phase_nanos() % kMinute == 0;
  const bool is_of_duration =
      !HasArgument(function_) || stage_.argument.intrinsic == Intrinsic::kDuration;
  return (is_by_minute || steps_.count == 1) && CanTakeCounts(function_) && is_of_duration &&
         !stage_.argument.of_parent && IsCounted(query_, pipeline_) &&
         std::ranges::all_of(stage_.by, [](const Attribute& by) { return IsCounted(by); });
}

// Where exemplars are wanted of spans of which some may lie anywhere, all must be looked at.
Result<bool> FunctionQuery::AddSummary(SourceSummary& summary) {
  const bool has_search = options_.exemplars == 0 || options_.data_range.has_value();
  if (!can_count_ || !has_search) return false;
  VIVACE_ASSIGN(const std::shared_ptr<const SpanCounts> counts, summary.Counts());
  if (counts == nullptr) return false;
  SpanCountsView view(*counts);
  const ViewRows rows(view);
  VIVACE_ASSIGN(PipelineSpans spans, PipelineSpans::Make(query_, pipeline_, rows));
  VIVACE_ASSIGN(GroupReader groups, GroupReader::Make(groups_, rows));
  is_counted_ = true;
  const auto add = [&](auto& function) -> Status {
    if constexpr (TakesCounts<std::remove_cvref_t<decltype(function)>>) {
      return spans.ForAll([&](uint32_t counted) {
        is_counted_ = is_counted_ && AddCounts(function, *counts, counted, groups);
      });
    }
    return {};
  };
  VIVACE_TRY(std::visit(add, function_));
  return is_counted_ && !lacks_data() && !groups_.is_truncated();
}

template <typename F>
bool FunctionQuery::AddCounts(F& function, const SpanCounts& counts, uint32_t counted,
                              GroupReader& groups) {
  const SpanCounts::Group& from = counts.groups[counted];
  if (from.kind == UINT32_MAX || from.status == UINT32_MAX) return false;  // any above
  constexpr uint64_t kMinute = 60 * uint64_t{kNanosPerSecond};
  for (uint32_t i = from.cells_begin; i < from.cells_end; ++i) {
    const SpanCounts::Cell& cell = counts.cells[i];
    const std::span<const SpanCounts::Bucket> buckets(counts.buckets.data() + cell.buckets_begin,
                                                      cell.buckets_end - cell.buckets_begin);
    // Minute 0 has the spans whose start is not known; they lie in no interval.
    if (cell.end_unix_minutes == 0 || !F::AcceptsCounted(cell, buckets)) continue;
    const uint64_t end = cell.end_unix_minutes * kMinute;
    const TimeSteps::Place place = steps_.PlaceOf(end - kMinute + 1, end);
    if (!place.is_known) return false;
    lacks_data_ |= !place.interval.has_value();
    if (!place.interval.has_value()) continue;
    const uint32_t group = groups.GroupOf(counted);
    if (group == SeriesGroups::kNone) return false;
    AddGroups(function);
    function.AddCounted(group, *place.interval, cell, buckets);
  }
  return true;
}

// Each row group chooses on its own.
bool FunctionQuery::BeginExamples() {
  if (options_.exemplars == 0 || is_searched()) return false;
  picker_ = ExemplarPicker(options_.exemplars, options_.steps);
  if (options_.data_range.has_value()) search_ = ExemplarSearch(*options_.data_range);
  return true;
}

bool FunctionQuery::HasRoomFor(const ViewQuery& part) const {
  return groups_.HasRoomFor(static_cast<const FunctionQuery&>(part).groups_);
}

void FunctionQuery::Merge(const ViewQuery& part) {
  const auto& from = static_cast<const FunctionQuery&>(part);
  const StepOverlap overlap = StepOverlap::Of(steps_, from.steps_);
  std::vector<uint32_t> groups(from.group_count_, SeriesGroups::kNone);
  const auto merge_groups = [&]<typename F>(F& function) {
    const F& there = std::get<F>(from.function_);
    for (uint32_t group = 0; group < from.group_count_; ++group) {
      if (!there.HasAny(group, overlap)) continue;
      groups[group] = groups_.FindOrAdd(from.groups_, group);
      if (groups[group] == SeriesGroups::kNone) continue;
      AddGroups(function);
      function.MergeGroup(groups[group], there, group, overlap);
    }
  };
  std::visit(merge_groups, function_);
  is_part_truncated_ |= from.is_truncated();
  if (!is_source_searched_) MergeExemplars(from, groups);
  is_source_searched_ |= from.is_searched();
}

// `groups`: of the part's, here.
void FunctionQuery::MergeExemplars(const FunctionQuery& from, std::span<const uint32_t> groups) {
  const StepOverlap overlap = StepOverlap::Of(steps_, from.steps_);
  for (const ChosenSpan& span : from.selected_rows_) {
    const uint32_t group = groups[span.group];
    if (group == SeriesGroups::kNone || !overlap.Has(span.interval) ||
        !picker_.TryAdd(span.exemplar.unix_nanos))
      continue;
    selected_rows_.push_back(
        {.group = group, .interval = overlap.ToQuery(span.interval), .exemplar = span.exemplar});
  }
}

// A sample takes at most what a fold does.
size_t FunctionQuery::MemoryBytes() const {
  constexpr size_t kSampleBytes = 24;
  return groups_.MemoryBytes() +
         group_count_ * SeriesPerGroup(function_) * steps_.count * kSampleBytes;
}

template <typename F>
void FunctionQuery::AddGroups(F& function) {
  for (; group_count_ < groups_.size(); ++group_count_) function.AddGroup();
}

std::vector<Series> FunctionQuery::CurrentSeries() const {
  std::vector<Series> series;
  const auto append_series = [&](const auto& function) {
    for (uint32_t group = 0; group < groups_.size(); ++group) {
      if constexpr (YieldsSamples<std::remove_cvref_t<decltype(function)>>) {
        series.push_back(MakeSeries(group, function.kName, function.Samples(group)));
      } else {
        function.AppendSeries(group, groups_.LabelsOf(group), selected_rows_, series);
      }
    }
  };
  std::visit(append_series, function_);
  return series;
}

Series FunctionQuery::MakeSeries(uint32_t group, std::string_view name,
                                 std::vector<double> samples) const {
  Series series{.labels = groups_.LabelsOf(group), .values = std::move(samples), .exemplars = {}};
  if (stage_.by.empty())
    series.labels.push_back({std::string(kNameLabel), OwnedDatum(Datum::String(name))});
  AddExemplars(group, series);
  return series;
}

void FunctionQuery::AddExemplars(uint32_t group, Series& series) const {
  for (const ChosenSpan& chosen : selected_rows_) {
    if (chosen.group != group) continue;
    const double sample = series.values[chosen.interval];
    if (std::isnan(sample)) continue;
    series.exemplars.push_back(chosen.exemplar);
    if (std::isnan(chosen.exemplar.value)) series.exemplars.back().value = sample;
  }
}

}  // namespace vivace::traceql
