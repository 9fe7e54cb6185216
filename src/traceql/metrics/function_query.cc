#include "traceql/metrics/function_query.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "traceql/metrics/exemplar_reader.h"
#include "traceql/metrics/units.h"
#include "traceql/pipeline/pipeline_spans.h"

namespace vivace::traceql {

// Reads what the function needs of the spans of one view.
class FunctionQuery::Job final : public ViewJob {
 public:
  Job(FunctionQuery& query, const ViewRows& rows, PipelineSpans spans, GroupReader groups)
      : query_(query), rows_(rows), spans_(std::move(spans)), groups_(std::move(groups)) {}

  Status Load() {
    ColumnView& view = rows_.view();
    VIVACE_ASSIGN(starts_, view.Load(Field::kSpanStart));
    if (HasArgument(query_.function_)) {
      VIVACE_ASSIGN(AttributeReader argument, AttributeReader::Make(query_.stage_.argument, rows_));
      argument_.emplace(std::move(argument));
    }
    if (!query_.picker_.is_full()) {
      std::vector<Condition> conditions = ConditionsOf(query_.query_, query_.pipeline_);
      for (const Attribute& attribute : query_.stage_.by)
        conditions.push_back({.attribute = attribute});
      VIVACE_ASSIGN(ExemplarReader exemplars, ExemplarReader::Make(conditions, rows_));
      exemplars_.emplace(std::move(exemplars));
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
  Status Finish() override { return {}; }

 private:
  template <typename F>
  void Observe(F& function, uint32_t span) {
    const auto interval = query_.steps_.IntervalOf(starts_->numbers[span]);
    if (!interval) {
      query_.lacks_data_ = true;
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
    query_.AddGroups(function);
    if constexpr (F::kHasArgument) {
      function.Add(group, *interval, value);
    } else {
      function.Add(group, *interval);
    }
    if (exemplars_ && !query_.picker_.is_full() && rows_.TraceOf(span) != last_trace_)
      ChooseExemplar(span, group, *interval, value);
  }

  // `value` is the argument's, where the function has one.
  void ChooseExemplar(uint32_t span, uint32_t group, size_t interval, const Datum& value) {
    last_trace_ = rows_.TraceOf(span);
    if (!query_.picker_.TryAdd(starts_->numbers[span])) return;
    ChosenSpan chosen{.group = group, .interval = interval, .exemplar = exemplars_->Read(span)};
    if (argument_) chosen.exemplar.value = MeasureOf(query_.stage_.argument, value);
    query_.selected_rows_.push_back(std::move(chosen));
  }

  FunctionQuery& query_;
  const ViewRows& rows_;
  PipelineSpans spans_;
  GroupReader groups_;
  const Column* starts_ = nullptr;
  std::optional<AttributeReader> argument_;
  std::optional<ExemplarReader> exemplars_;  // none: none are wanted
  uint32_t last_trace_ = 0xffffffff;
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
      picker_(options.exemplars, options.steps) {
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
