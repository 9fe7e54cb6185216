#include "traceql/metrics/function_query.h"

#include <algorithm>
#include <cmath>

#include "traceql/pipeline/pipeline_spans.h"
#include "traceql/search/shown_attributes.h"
#include "traceql/syntax/print.h"

namespace vivace::traceql {
namespace {

constexpr double kNanosPerSecond = 1e9;
// A histogram is counted by powers of two, of which so many occur in one group.
constexpr size_t kUsualExponents = 8;

size_t GroupsMax(const MetricsStage& stage, const MetricsOptions& options) {
  size_t series_per_group = 1;
  if (stage.function == MetricsFunction::kHistogramOverTime) series_per_group = kUsualExponents;
  if (stage.function == MetricsFunction::kQuantileOverTime) series_per_group = stage.quantiles.size();
  return std::max<size_t>(1, SeriesMax(options) / series_per_group);
}

}  // namespace

// Reads what the function needs of the spans of one view.
class FunctionQuery::Job final : public ViewJob {
 public:
  Job(FunctionQuery& query, const ViewRows& rows, PipelineSpans spans, GroupReader groups)
      : query_(query), rows_(rows), spans_(std::move(spans)), groups_(std::move(groups)) {}

  Status Load() {
    ColumnView& view = rows_.view();
    VIVACE_ASSIGN(starts_, view.Load(Field::kSpanStart));
    if (!query_.IsCount()) {
      VIVACE_ASSIGN(AttributeReader argument, AttributeReader::Make(query_.stage_.argument, rows_));
      argument_.emplace(std::move(argument));
    }
    if (!query_.picker_.is_full()) {
      std::vector<Condition> conditions = ConditionsOf(query_.query_, query_.pipeline_);
      for (const Attribute& attribute : query_.stage_.by) conditions.push_back({.attribute = attribute});
      VIVACE_ASSIGN(ShownAttributes shown, ShownAttributes::Make(conditions, rows_, ShownAttributes::Keys::kPrinted));
      shown_.emplace(std::move(shown));
      VIVACE_ASSIGN(ids_, view.TraceIds());
    }
    return {};
  }

  Status Take(uint32_t trace) override {
    return spans_.ForEach(trace, [this](uint32_t span) { Observe(span); });
  }
  Status TakeAll() override {
    return spans_.ForAll([this](uint32_t span) { Observe(span); });
  }
  Result<bool> MayTake(uint32_t trace) override { return spans_.MayYield(trace); }
  Status Finish() override { return {}; }

 private:
  void Observe(uint32_t span) {
    const auto interval = query_.steps_.IntervalOf(starts_->numbers[span]);
    if (!interval) return;
    double value = kNoSample;
    Datum datum;
    if (argument_) {
      datum = argument_->Read(argument_->FirstPlaceOf(span));
      if (!Measures(datum)) return;
      value = NumberOf(datum);
    }
    const uint32_t group = query_.GroupOf(groups_, span);
    if (group == SeriesGroups::kNone) return;
    if (query_.IsCount()) {
      query_.values_[group].Count(*interval);
    } else if (query_.IsHistogram()) {
      query_.histograms_[group].Add(*interval, static_cast<uint64_t>(datum.number));
    } else {
      query_.values_[group].Add(*interval, value);
    }
    if (shown_ && !query_.picker_.is_full() && rows_.TraceOf(span) != last_trace_) Choose(span, group, *interval, value);
  }

  // Whether the function takes the value.
  bool Measures(const Datum& value) const {
    if (!value.is_numeric()) return false;
    return !query_.IsHistogram() || (value.type != ValueType::kFloat && value.number >= 2);
  }

  // The duration of a span is measured in seconds, other durations in nanoseconds.
  double NumberOf(const Datum& value) const {
    return query_.stage_.argument.intrinsic == Intrinsic::kDuration ? value.AsDouble() / kNanosPerSecond : value.AsDouble();
  }

  void Choose(uint32_t span, uint32_t group, size_t interval, double value) {
    last_trace_ = rows_.TraceOf(span);
    if (!query_.picker_.Take(starts_->numbers[span])) return;
    Example example{.group = group, .interval = interval, .exemplar = {}};
    example.exemplar.value = value;
    example.exemplar.unix_nanos = starts_->numbers[span];
    example.exemplar.labels.push_back({"trace:id", OwnedDatum(Datum::String(ShortHex(ids_[last_trace_])))});
    std::vector<FoundAttribute> attributes;
    std::string name;
    shown_->Read(span, attributes, name);
    if (!name.empty()) example.exemplar.labels.push_back({"name", OwnedDatum(Datum::String(name))});
    for (FoundAttribute& attribute : attributes) example.exemplar.labels.push_back({std::move(attribute.key), std::move(attribute.value)});
    query_.examples_.push_back(std::move(example));
  }

  FunctionQuery& query_;
  const ViewRows& rows_;
  PipelineSpans spans_;
  GroupReader groups_;
  const Column* starts_ = nullptr;
  std::optional<AttributeReader> argument_;
  std::optional<ShownAttributes> shown_;  // none: no exemplars wanted
  std::span<const TraceId> ids_;
  uint32_t last_trace_ = 0xffffffff;
};

FunctionQuery::FunctionQuery(const Query& query, PipelineId pipeline, const MetricsStage& stage, const MetricsOptions& options)
    : query_(query),
      pipeline_(pipeline),
      stage_(stage),
      steps_(options.steps),
      needs_whole_traces_(NeedsWholeTraces(query, pipeline) || IsAboutTrace(stage.argument) ||
                          std::ranges::any_of(stage.by, [](const Attribute& by) { return IsAboutTrace(by); })),
      pruning_(EntrancesOf(query, pipeline)),
      groups_(stage.by, !IsHistogram(), GroupsMax(stage, options)),
      picker_(options.exemplars, options.steps) {
  // Counts without groups are there even where nothing matches.
  if (IsCount() && stage.by.empty()) values_.emplace_back(stage.function, steps_.count), groups_.Find({});
}

bool FunctionQuery::IsCount() const {
  return stage_.function == MetricsFunction::kRate || stage_.function == MetricsFunction::kCountOverTime;
}

bool FunctionQuery::IsHistogram() const {
  return stage_.function == MetricsFunction::kQuantileOverTime || stage_.function == MetricsFunction::kHistogramOverTime;
}

bool FunctionQuery::IsDuration() const { return TypeOf(stage_.argument) == ValueType::kDuration; }

Result<std::unique_ptr<ViewJob>> FunctionQuery::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(PipelineSpans spans, PipelineSpans::Make(query_, pipeline_, rows));
  VIVACE_ASSIGN(GroupReader groups, GroupReader::Make(groups_, rows));
  auto job = std::make_unique<Job>(*this, rows, std::move(spans), std::move(groups));
  VIVACE_TRY(job->Load());
  return job;
}

uint32_t FunctionQuery::GroupOf(GroupReader& reader, uint32_t span) {
  const uint32_t group = reader.GroupOf(span);
  if (group == SeriesGroups::kNone) return group;
  while (IsHistogram() && histograms_.size() <= group) histograms_.emplace_back(steps_.count);
  while (!IsHistogram() && values_.size() <= group) values_.emplace_back(stage_.function, steps_.count);
  return group;
}

std::vector<Series> FunctionQuery::TakenSeries() const {
  std::vector<Series> series;
  for (uint32_t group = 0; group < groups_.size(); ++group) {
    if (stage_.function == MetricsFunction::kHistogramOverTime) {
      AddHistogramSeries(group, series);
    } else if (stage_.function == MetricsFunction::kQuantileOverTime) {
      AddQuantileSeries(group, series);
    } else {
      AddSeries(group, series);
    }
  }
  return series;
}

void FunctionQuery::AddSeries(uint32_t group, std::vector<Series>& series) const {
  Series& added = series.emplace_back();
  added.labels = groups_.LabelsOf(group);
  if (stage_.by.empty()) added.labels.push_back({std::string(kNameLabel), OwnedDatum(Datum::String(NameOf(stage_.function)))});
  added.values = values_[group].Values(steps_.step_seconds());
  AddExemplars(group, added);
}

void FunctionQuery::AddExemplars(uint32_t group, Series& series) const {
  for (const Example& example : examples_) {
    if (example.group != group) continue;
    const double sample = series.values[example.interval];
    if (std::isnan(sample)) continue;
    series.exemplars.push_back(example.exemplar);
    if (std::isnan(example.exemplar.value)) series.exemplars.back().value = sample;
  }
}

void FunctionQuery::AddHistogramSeries(uint32_t group, std::vector<Series>& series) const {
  const PowerHistogram& histogram = histograms_[group];
  const double unit = IsDuration() ? kNanosPerSecond : 1;
  for (const size_t exponent : histogram.Exponents()) {
    Series& added = series.emplace_back();
    added.labels = groups_.LabelsOf(group);
    const double bound = std::exp2(static_cast<double>(exponent));
    added.labels.push_back({std::string(kBucketLabel), OwnedDatum(Datum::Float(bound / unit))});
    const std::vector<uint32_t>& counts = histogram.CountsOf(exponent);
    added.values.assign(counts.begin(), counts.end());
    for (const Example& example : examples_) {
      const double value = example.exemplar.value * (IsDuration() ? kNanosPerSecond : 1);
      if (example.group != group || !(value <= bound && value > bound / 2)) continue;
      added.exemplars.push_back(example.exemplar);
      added.exemplars.back().value = added.values[example.interval];
    }
  }
}

size_t FunctionQuery::NearestQuantile(uint32_t group, double value) const {
  size_t nearest = 0;
  double distance = INFINITY;
  const double unit = IsDuration() ? kNanosPerSecond : 1;
  for (size_t i = 0; i < stage_.quantiles.size(); ++i) {
    const double apart = std::abs(histograms_[group].Quantile(stage_.quantiles[i]) / unit - value);
    if (apart < distance) distance = apart, nearest = i;
  }
  return nearest;
}

void FunctionQuery::AddQuantileSeries(uint32_t group, std::vector<Series>& series) const {
  const double unit = IsDuration() ? kNanosPerSecond : 1;
  const size_t first = series.size();
  for (const double quantile : stage_.quantiles) {
    Series& added = series.emplace_back();
    added.labels = groups_.LabelsOf(group);
    added.labels.push_back({std::string(kQuantileLabel), OwnedDatum(Datum::Float(quantile))});
    for (size_t i = 0; i < steps_.count; ++i) added.values.push_back(histograms_[group].Quantile(i, quantile) / unit);
  }
  for (const Example& example : examples_) {
    if (example.group == group) series[first + NearestQuantile(group, example.exemplar.value)].exemplars.push_back(example.exemplar);
  }
}

}  // namespace vivace::traceql
