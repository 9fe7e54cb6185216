#include "traceql/metrics/compare.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "traceql/expression/evaluator.h"
#include "traceql/metrics/exemplar_reader.h"
#include "traceql/pipeline/conditions.h"
#include "traceql/pipeline/pipeline_spans.h"

namespace vivace::traceql {
namespace {

// Of a distinct value: its key, its text and its counts; about.
constexpr size_t kValueBytes = 160;

constexpr std::array<std::string_view, 2> kSideNames = {"baseline", "selection"};
constexpr std::array<std::string_view, 2> kTotalNames = {"baseline_total", "selection_total"};

constexpr std::array kComparedIntrinsics = {Intrinsic::kName,
                                            Intrinsic::kStatus,
                                            Intrinsic::kStatusMessage,
                                            Intrinsic::kKind,
                                            Intrinsic::kRootName,
                                            Intrinsic::kRootServiceName,
                                            Intrinsic::kInstrumentationName,
                                            Intrinsic::kInstrumentationVersion};

struct ScopeOwner {
  Scope scope;
  RowKind owner;
};
constexpr std::array<ScopeOwner, 3> kComparedScopes = {
    {{Scope::kSpan, RowKind::kSpan},
     {Scope::kResource, RowKind::kResource},
     {Scope::kInstrumentation, RowKind::kScope}}};

}  // namespace

class CompareQuery::Job final : public ViewJob {
 public:
  Job(CompareQuery& query, const ViewRows& rows, PipelineSpans spans, Evaluator selection)
      : query_(query), rows_(rows), spans_(std::move(spans)), selection_(std::move(selection)) {}

  Status Load() {
    VIVACE_ASSIGN(starts_, rows_.view().Load(Field::kSpanStart));
    buckets_.resize(2 * query_.options_.steps.count);
    if (query_.picker_.is_full()) return {};
    std::vector<Condition> conditions = ConditionsOf(query_.query_, query_.pipeline_);
    std::ranges::move(ConditionsOfExpr(query_.query_, query_.stage_.selection),
                      std::back_inserter(conditions));
    VIVACE_ASSIGN(ExemplarReader exemplars, ExemplarReader::Make(conditions, rows_));
    exemplars_.emplace(std::move(exemplars));
    return {};
  }

  Status AddTrace(uint32_t trace) override {
    VIVACE_TRY(spans_.ForEach(trace, [this](uint32_t span) { AddToBucket(span); }));
    return failure_;
  }
  Status AddAllTraces() override {
    VIVACE_TRY(spans_.ForAll([this](uint32_t span) { AddToBucket(span); }));
    return failure_;
  }
  Result<bool> MayContribute(uint32_t trace) override { return spans_.MayYield(trace); }

  Status Finish() override {
    CountSpans();
    for (const Intrinsic intrinsic : kComparedIntrinsics)
      VIVACE_TRY(CountValues({.intrinsic = intrinsic}));
    for (const auto& [scope, owner] : kComparedScopes) VIVACE_TRY(CountScope(scope, owner));
    for (auto& [name, attribute] : query_.attributes_) {
      if (attribute.values.size() > kViewValuesMax) DropRarest(attribute, kViewValuesMax);
    }
    return {};
  }

 private:
  // Bucket 2i holds the baseline of interval i, 2i + 1 its selection.
  void AddToBucket(uint32_t span) {
    const uint64_t start = starts_->numbers[span];
    const auto interval = query_.options_.steps.IntervalOf(start);
    query_.lacks_data_ |= !interval.has_value();
    if (!interval || !failure_) return;
    const Result<bool> selected = selection_.IsTrue(span);
    if (!selected) {
      failure_ = std::unexpected(selected.error());
      return;
    }
    const MetricsStage& stage = query_.stage_;
    const bool has_window = stage.start_unix_nanos != 0 || stage.end_unix_nanos != 0;
    const auto time = static_cast<int64_t>(start);
    const bool in_window =
        !has_window || (time > stage.start_unix_nanos && time <= stage.end_unix_nanos);
    const Side side = *selected && in_window ? kSelection : kBaseline;
    buckets_[2 * *interval + side].push_back(span);
    if (exemplars_ && !query_.picker_.is_full() && rows_.TraceOf(span) != last_trace_)
      ChooseExemplar(span, side, *interval);
  }

  void ChooseExemplar(uint32_t span, Side side, size_t interval) {
    last_trace_ = rows_.TraceOf(span);
    if (!query_.picker_.TryAdd(starts_->numbers[span])) return;
    chosen_.emplace_back(span, static_cast<uint32_t>(query_.chosen_.size()));
    query_.chosen_.push_back(
        {.group = side, .interval = interval, .exemplar = exemplars_->Read(span)});
  }

  Status CountScope(Scope scope, RowKind owner) {
    std::set<std::string> keys;
    VIVACE_TRY(rows_.view().ListKeys(owner, [&](std::string_view key) { keys.emplace(key); }));
    for (const std::string& key : keys) {
      const Attribute attribute{.scope = scope, .key = key};
      const bool has_column = owner != RowKind::kScope && query_.options_.well_known.contains(key);
      if (has_column) query_.with_column_.insert(Format(attribute));
      const bool was_loaded = rows_.view().IsLoaded(owner, key);
      VIVACE_TRY(CountValues(attribute));
      if (!was_loaded) rows_.view().Release(owner, key);
    }
    return {};
  }

  void CountSpans() {
    for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      const auto count = static_cast<uint32_t>(buckets_[bucket].size());
      if (count > 0) query_.spans_[bucket % 2].emplace_back(bucket / 2, count);
    }
  }

  Status CountValues(const Attribute& attribute) {
    VIVACE_TRY(rows_.CheckCancelled());
    VIVACE_ASSIGN(const AttributeReader reader, AttributeReader::Make(attribute, rows_));
    AttributeCounts& counts = query_.attributes_[Format(attribute)];
    const AttributeReader::CodedColumn coded = reader.SingleColumn();
    by_code_.assign(coded.column == nullptr ? 0 : coded.column->values->size(), 0);
    for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      if (coded.column != nullptr) {
        CountCodes(reader, coded, bucket, counts);
      } else if (attribute.intrinsic != Intrinsic::kNone) {
        CountNumbers(reader, bucket, counts);
      }
    }
    for (const auto& [span, exemplar] : chosen_) {
      const Datum value = reader.Read({.span = span});
      if (!value.is_nil()) counts.AddExemplar(value, exemplar);
    }
    return {};
  }

  void CountCodes(const AttributeReader& reader, const AttributeReader::CodedColumn& coded,
                  uint32_t bucket, AttributeCounts& counts) {
    const auto side = static_cast<Side>(bucket % 2);
    codes_.clear();
    uint32_t missing = 0;
    const std::span<const uint32_t> owners = coded.kind == RowKind::kSpan
                                                 ? std::span<const uint32_t>()
                                                 : rows_.view().Owners(coded.kind);
    for (const uint32_t span : buckets_[bucket]) {
      const uint32_t code = coded.column->codes[owners.empty() ? span : owners[span]];
      if (code == Column::kMissing) {
        ++missing;
      } else if (by_code_[code]++ == 0) {
        codes_.push_back(code);
      }
    }
    size_t singles = 0;
    uint32_t skipped = 0;
    for (const uint32_t code : codes_) {
      const uint32_t count = std::exchange(by_code_[code], 0);
      if (count == 1 && ++singles > kSinglesMax) {
        ++skipped;
      } else {
        Add(counts, reader.ValueOf({coded.column, code, false}), side, bucket / 2, count);
      }
    }
    if (skipped > 0) AddTotal(counts, side, bucket / 2, skipped);
    const Datum if_missing = reader.ValueIfMissing();
    if (missing > 0 && !if_missing.is_nil()) Add(counts, if_missing, side, bucket / 2, missing);
  }

  // Of status and kind, which have few values.
  void CountNumbers(const AttributeReader& reader, uint32_t bucket, AttributeCounts& counts) {
    std::vector<std::pair<Datum, uint32_t>> seen;
    for (const uint32_t span : buckets_[bucket]) {
      const Datum value = reader.Read({.span = span});
      auto known = std::ranges::find(seen, value, &std::pair<Datum, uint32_t>::first);
      if (known == seen.end()) known = seen.emplace(seen.end(), value, 0);
      ++known->second;
    }
    for (const auto& [value, count] : seen) {
      if (!value.is_nil()) Add(counts, value, static_cast<Side>(bucket % 2), bucket / 2, count);
    }
  }

  CompareQuery& query_;
  const ViewRows& rows_;
  PipelineSpans spans_;
  Evaluator selection_;
  const Column* starts_ = nullptr;
  std::optional<ExemplarReader> exemplars_;            // none: none are wanted
  std::vector<std::pair<uint32_t, uint32_t>> chosen_;  // spans, and their numbers in query_.chosen_
  uint32_t last_trace_ = 0xffffffff;
  std::vector<std::vector<uint32_t>> buckets_;
  std::vector<uint32_t> by_code_;  // scratch: counts in one bucket
  std::vector<uint32_t> codes_;    // scratch: those seen in it
  Status failure_;
};

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

Result<std::unique_ptr<ViewJob>> CompareQuery::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(PipelineSpans spans, PipelineSpans::Make(query_, pipeline_, rows));
  VIVACE_ASSIGN(Evaluator selection, Evaluator::Make(query_, stage_.selection, rows));
  auto job = std::make_unique<Job>(*this, rows, std::move(spans), std::move(selection));
  VIVACE_TRY(job->Load());
  return job;
}

std::unique_ptr<ViewQuery> CompareQuery::NewPart(const std::optional<DataRange>& range) const {
  return std::make_unique<CompareQuery>(owner_, pipeline_, stage_, OptionsOfPart(range));
}

void CompareQuery::Merge(const ViewQuery& part) {
  const auto& from = static_cast<const CompareQuery&>(part);
  PartMerge merge{.overlap = StepOverlap::Of(options_.steps, from.options_.steps), .exemplars = {}};
  merge.exemplars = MergeChosen(from.chosen_, merge.overlap);
  for (const auto& [name, counts] : from.attributes_)
    MergeAttribute(counts, merge, attributes_[name]);
  for (const Side side : {kBaseline, kSelection})
    MergeCounts(from.spans_[side], merge.overlap, spans_[side]);
  with_column_.insert(from.with_column_.begin(), from.with_column_.end());
  for (size_t max = kValuesMax; CountDistinct() > kAllValuesMax; max /= 2) {
    for (auto& [name, attribute] : attributes_) DropRarest(attribute, max);
  }
}

size_t CompareQuery::CountDistinct() const {
  size_t count = 0;
  for (const auto& [name, attribute] : attributes_) count += attribute.values.size();
  return count;
}

std::vector<uint32_t> CompareQuery::MergeChosen(const std::vector<ChosenSpan>& chosen,
                                                const StepOverlap& overlap) {
  std::vector<uint32_t> numbers(chosen.size(), kNotChosen);
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

uint64_t CompareQuery::MergeCounts(const Counts& from, const StepOverlap& overlap, Counts& to) {
  uint64_t sum = 0;
  for (const auto& [interval, count] : from) {
    if (!overlap.Has(interval)) continue;
    to.emplace_back(static_cast<uint32_t>(overlap.ToQuery(interval)), count);
    sum += count;
  }
  return sum;
}

void CompareQuery::MergeAttribute(const AttributeCounts& from, const PartMerge& merge,
                                  AttributeCounts& to) {
  for (const Side side : {kBaseline, kSelection})
    MergeCounts(from.counts[side], merge.overlap, to.counts[side]);
  for (const auto& [key, value] : from.values) MergeValue(key, value, merge, to);
  if (to.values.size() > kValuesMax) DropRarest(to, kValuesMax);
}

void CompareQuery::MergeValue(const std::string& key, const ValueCounts& from,
                              const PartMerge& merge, AttributeCounts& to) {
  const auto is_in = [&](const auto& entry) { return merge.overlap.Has(entry.first); };
  if (std::ranges::none_of(from.counts[kBaseline], is_in) &&
      std::ranges::none_of(from.counts[kSelection], is_in))
    return;
  const auto [known, is_new] = to.values.try_emplace(key);
  ValueCounts& counts = known->second;
  if (is_new) counts.value = from.value;
  for (const Side side : {kBaseline, kSelection})
    counts.totals[side] += MergeCounts(from.counts[side], merge.overlap, counts.counts[side]);
  for (const uint32_t exemplar : from.exemplars) {
    if (merge.exemplars[exemplar] != kNotChosen)
      counts.exemplars.push_back(merge.exemplars[exemplar]);
  }
}

size_t CompareQuery::MemoryBytes() const {
  return CountDistinct() * (sizeof(ValueCounts) + kValueBytes);
}

void CompareQuery::Add(AttributeCounts& attribute, const Datum& value, Side side, uint32_t interval,
                       uint32_t count) {
  if (value.form == Datum::Form::kOpaque) return;
  std::string storage;
  const Datum label = LabelValueOf(value, storage);
  std::string key;
  AppendKey(label, key);
  const auto [known, is_new] = attribute.values.try_emplace(std::move(key));
  ValueCounts& counts = known->second;
  if (is_new) counts.value = OwnedDatum(label);
  counts.counts[side].emplace_back(interval, count);
  counts.totals[side] += count;
  AddTotal(attribute, side, interval, count);
  if (attribute.values.size() > kValuesMax) DropRarest(attribute, kValuesMax);
}

// Of a span whose value is one of those that are counted.
void CompareQuery::AttributeCounts::AddExemplar(const Datum& value, uint32_t exemplar) {
  std::string storage, key;
  AppendKey(LabelValueOf(value, storage), key);
  if (const auto known = values.find(key); known != values.end())
    known->second.exemplars.push_back(exemplar);
}

void CompareQuery::AddTotal(AttributeCounts& attribute, Side side, uint32_t interval,
                            uint32_t count) {
  Counts& all = attribute.counts[side];
  if (!all.empty() && all.back().first == interval) {
    all.back().second += count;
  } else {
    all.emplace_back(interval, count);
  }
}

// Values that hardly repeat will not be among the most frequent ones.
void CompareQuery::DropRarest(AttributeCounts& attribute, size_t values_max) {
  for (uint64_t rare = 1; attribute.values.size() > values_max / 2; rare *= 2) {
    std::erase_if(attribute.values, [&](const auto& entry) {
      return entry.second.totals[kBaseline] + entry.second.totals[kSelection] <= rare;
    });
  }
}

Series CompareQuery::MakeSeries(std::string_view meta, const std::string& name,
                                const OwnedDatum& value, const Counts& counts) const {
  Series series{
      .labels = {{std::string(kMetaTypeLabel), OwnedDatum(Datum::String(meta))}, {name, value}},
      .values = std::vector<double>(options_.steps.count, 0.0),
      .exemplars = {}};
  for (const auto& [interval, count] : counts) series.values[interval] += count;
  return series;
}

void CompareQuery::AddValueSeries(const std::string& name, const AttributeCounts& attribute,
                                  Side side, size_t series_max, size_t& exemplars_left,
                                  std::vector<Series>& series) const {
  std::vector<const ValueCounts*> values;
  for (const auto& [key, counts] : attribute.values) {
    if (counts.totals[side] > 0) values.push_back(&counts);
  }
  const auto is_more = [&](const ValueCounts* a, const ValueCounts* b) {
    if (a->totals[side] != b->totals[side]) return a->totals[side] > b->totals[side];
    return ComesBefore({{"", a->value}}, {{"", b->value}});
  };
  const size_t shown = std::min({values.size(), static_cast<size_t>(stage_.top_n), series_max});
  std::partial_sort(values.begin(), values.begin() + static_cast<ptrdiff_t>(shown), values.end(),
                    is_more);
  for (size_t i = 0; i < shown; ++i) {
    series.push_back(MakeSeries(kSideNames[side], name, values[i]->value, values[i]->counts[side]));
    AddExemplars(*values[i], side, exemplars_left, series.back());
  }
}

// Spans that have the value, each with what the series counts in its interval.
void CompareQuery::AddExemplars(const ValueCounts& counts, Side side, size_t& exemplars_left,
                                Series& series) const {
  for (const uint32_t exemplar : counts.exemplars) {
    const ChosenSpan& chosen = chosen_[exemplar];
    if (chosen.group != side || exemplars_left == 0) continue;
    --exemplars_left;
    series.exemplars.push_back(chosen.exemplar);
    series.exemplars.back().value = series.values[chosen.interval];
  }
}

std::map<std::string, CompareQuery::AttributeCounts> CompareQuery::WithMissing() const {
  std::map<std::string, AttributeCounts> attributes = attributes_;
  std::set<std::string> names = with_column_;
  for (const auto& [scope, key] : options_.static_columns)
    names.insert(Format(Attribute{.scope = scope, .key = key}));
  for (const std::string& name : names) {
    AttributeCounts& attribute = attributes[name];
    for (const Side side : {kBaseline, kSelection}) {
      std::vector<int64_t> missing(options_.steps.count);
      for (const auto& [interval, count] : spans_[side]) missing[interval] += count;
      for (const auto& [interval, count] : attribute.counts[side]) missing[interval] -= count;
      for (uint32_t interval = 0; interval < missing.size(); ++interval) {
        if (missing[interval] > 0)
          Add(attribute, Datum::String(kNilText), side, interval,
              static_cast<uint32_t>(missing[interval]));
      }
    }
  }
  return attributes;
}

std::vector<Series> CompareQuery::CurrentSeries() const {
  const size_t series_max = SeriesMax(options_);
  size_t exemplars_left = kExemplarsMax;
  std::vector<Series> series;
  is_truncated_ = false;
  for (const auto& [name, attribute] : WithMissing()) {
    for (const Side side : {kBaseline, kSelection}) {
      if (attribute.counts[side].empty()) continue;
      series.push_back(MakeSeries(kTotalNames[side], name, OwnedDatum(Datum::String(kNilText)),
                                  attribute.counts[side]));
      AddValueSeries(name, attribute, side, series_max - std::min(series_max, series.size()),
                     exemplars_left, series);
      if (series.size() < series_max) continue;
      is_truncated_ = true;
      return series;
    }
  }
  return series;
}

}  // namespace vivace::traceql
