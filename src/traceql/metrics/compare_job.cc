#include "traceql/metrics/compare_job.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "traceql/pipeline/conditions.h"

namespace vivace::traceql {
namespace {

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

Result<std::unique_ptr<ViewJob>> CompareQuery::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(PipelineSpans spans, PipelineSpans::Make(query_, pipeline_, rows));
  VIVACE_ASSIGN(Evaluator selection, Evaluator::Make(query_, stage_.selection, rows));
  auto job = std::make_unique<Job>(*this, rows, std::move(spans), std::move(selection));
  VIVACE_TRY(job->Load());
  return job;
}

Status CompareQuery::Job::Load() {
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

Status CompareQuery::Job::AddTrace(uint32_t trace) {
  VIVACE_TRY(spans_.ForEach(trace, [this](uint32_t span) { AddToBucket(span); }));
  return failure_;
}

Status CompareQuery::Job::AddAllTraces() {
  VIVACE_TRY(spans_.ForAll([this](uint32_t span) { AddToBucket(span); }));
  return failure_;
}

Status CompareQuery::Job::Finish() {
  CountSpans();
  for (const Intrinsic intrinsic : kComparedIntrinsics)
    VIVACE_TRY(CountValues({.intrinsic = intrinsic}));
  for (const auto& [scope, owner] : kComparedScopes) VIVACE_TRY(CountScope(scope, owner));
  for (auto& [name, counts] : query_.attributes_) {
    if (counts.value_count() > kViewValuesMax) counts.DropRarest(kViewValuesMax);
  }
  return {};
}

void CompareQuery::Job::AddToBucket(uint32_t span) {
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
  const size_t bucket = 2 * *interval + (*selected && in_window ? 1 : 0);
  buckets_[bucket].push_back(span);
  if (exemplars_ && !query_.picker_.is_full() && rows_.TraceOf(span) != last_trace_)
    ChooseExemplar(span, SideOf(bucket), *interval);
}

void CompareQuery::Job::ChooseExemplar(uint32_t span, CompareSide side, size_t interval) {
  last_trace_ = rows_.TraceOf(span);
  if (!query_.picker_.TryAdd(starts_->numbers[span])) return;
  chosen_.emplace_back(span, static_cast<uint32_t>(query_.chosen_.size()));
  query_.chosen_.push_back({.group = static_cast<uint32_t>(side),
                            .interval = interval,
                            .exemplar = exemplars_->Read(span)});
}

void CompareQuery::Job::CountSpans() {
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    const auto count = static_cast<uint32_t>(buckets_[bucket].size());
    if (count > 0) query_.spans_[SideOf(bucket)].Add(IntervalOf(bucket), count);
  }
}

template <typename Visit>
void CompareQuery::Job::ForEachRow(RowKind kind, size_t bucket, const Visit& visit) const {
  const std::vector<uint32_t>& spans = buckets_[bucket];
  if (kind == RowKind::kSpan) {
    for (const uint32_t span : spans) visit(span, 1u);
    return;
  }
  if (spans.empty()) return;
  const std::span<const uint32_t> owners = rows_.view().Owners(kind);
  for (size_t begin = 0, end = 0; begin < spans.size(); begin = end) {
    const uint32_t row = owners[spans[begin]];
    while (end < spans.size() && owners[spans[end]] == row) ++end;
    visit(row, static_cast<uint32_t>(end - begin));
  }
}

// What stands in lists, then keys that the lists do not tell all of.
Status CompareQuery::Job::CountScope(Scope scope, RowKind owner) {
  ColumnView& view = rows_.view();
  std::unique_ptr<AttributePairs> pairs;
  if (query_.options_.pairs_at_once) {
    VIVACE_ASSIGN(pairs, view.LoadPairs(owner));
  }
  if (pairs != nullptr) VIVACE_TRY(CountPairs(scope, owner, *pairs));
  std::set<std::string, std::less<>> keys;
  VIVACE_TRY(view.ListKeys(owner, [&](std::string_view key) { keys.emplace(key); }));
  for (const std::string& key : keys) {
    const bool has_column = owner != RowKind::kScope && query_.options_.well_known.contains(key);
    if (has_column) query_.with_column_.insert(Format(Attribute{.scope = scope, .key = key}));
  }
  if (pairs != nullptr) {
    for (const std::string_view key : pairs->keys) keys.erase(keys.find(key));
  }
  for (const std::string& key : keys) {
    const bool was_loaded = view.IsLoaded(owner, key);
    VIVACE_TRY(CountValues({.scope = scope, .key = key}));
    if (!was_loaded) view.Release(owner, key);
  }
  return {};
}

Status CompareQuery::Job::CountPairs(Scope scope, RowKind owner, const AttributePairs& pairs) {
  std::vector<CompareCounts*> counts;
  counts.reserve(pairs.keys.size());
  for (const std::string_view key : pairs.keys)
    counts.push_back(
        &query_.attributes_[Format(Attribute{.scope = scope, .key = std::string(key)})]);
  by_code_.assign(pairs.pairs.size(), 0);
  singles_.assign(pairs.keys.size(), {});
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    VIVACE_TRY(rows_.CheckCancelled());
    ForEachRow(owner, bucket, [&](uint32_t row, uint32_t spans) {
      for (const uint32_t pair : pairs.Of(row)) {
        if (pair == AttributePairs::kNone) continue;
        if (by_code_[pair] == 0) codes_.push_back(pair);
        by_code_[pair] += spans;
      }
    });
    CountBucket(pairs, bucket, counts);
  }
  AddPairExemplars(owner, pairs, counts);
  return {};
}

void CompareQuery::Job::CountBucket(const AttributePairs& pairs, size_t bucket,
                                    std::span<CompareCounts* const> counts) {
  for (const uint32_t code : codes_) {
    const AttributePairs::Pair& pair = pairs.pairs[code];
    const uint32_t count = std::exchange(by_code_[code], 0);
    Singles& singles = singles_[pair.key];
    if (count == 1 && singles.seen++ == 0) keys_.push_back(pair.key);
    if (count == 1 && singles.seen > kSinglesMax) {
      ++singles.skipped;
    } else {
      counts[pair.key]->Add(Datum::Of(pair.value), SideOf(bucket), IntervalOf(bucket), count);
    }
  }
  codes_.clear();
  for (const uint32_t key : keys_) {
    const uint32_t skipped = std::exchange(singles_[key], {}).skipped;
    if (skipped > 0) counts[key]->AddTotal(SideOf(bucket), IntervalOf(bucket), skipped);
  }
  keys_.clear();
}

void CompareQuery::Job::AddPairExemplars(RowKind owner, const AttributePairs& pairs,
                                         std::span<CompareCounts* const> counts) {
  for (const auto& [span, exemplar] : chosen_) {
    const uint32_t row = owner == RowKind::kSpan ? span : rows_.view().Owners(owner)[span];
    for (const uint32_t pair : pairs.Of(row)) {
      if (pair == AttributePairs::kNone) continue;
      const auto& [key, value] = pairs.pairs[pair];
      counts[key]->AddExemplar(Datum::Of(value), exemplar);
    }
  }
}

Status CompareQuery::Job::CountValues(const Attribute& attribute) {
  VIVACE_TRY(rows_.CheckCancelled());
  VIVACE_ASSIGN(const AttributeReader reader, AttributeReader::Make(attribute, rows_));
  CompareCounts& counts = query_.attributes_[Format(attribute)];
  const AttributeReader::CodedColumn coded = reader.SingleColumn();
  by_code_.assign(coded.column == nullptr ? 0 : coded.column->values->size(), 0);
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
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

void CompareQuery::Job::CountCodes(const AttributeReader& reader,
                                   const AttributeReader::CodedColumn& coded, size_t bucket,
                                   CompareCounts& counts) {
  uint32_t missing = 0;
  ForEachRow(coded.kind, bucket, [&](uint32_t row, uint32_t spans) {
    const uint32_t code = coded.column->codes[row];
    if (code == Column::kMissing) {
      missing += spans;
      return;
    }
    if (by_code_[code] == 0) codes_.push_back(code);
    by_code_[code] += spans;
  });
  Singles singles;
  for (const uint32_t code : codes_) {
    const uint32_t count = std::exchange(by_code_[code], 0);
    if (count == 1 && ++singles.seen > kSinglesMax) {
      ++singles.skipped;
    } else {
      counts.Add(reader.ValueOf({coded.column, code, false}), SideOf(bucket), IntervalOf(bucket),
                 count);
    }
  }
  codes_.clear();
  if (singles.skipped > 0) counts.AddTotal(SideOf(bucket), IntervalOf(bucket), singles.skipped);
  const Datum if_missing = reader.ValueIfMissing();
  if (missing > 0 && !if_missing.is_nil())
    counts.Add(if_missing, SideOf(bucket), IntervalOf(bucket), missing);
}

// Of status and kind, which have few values.
void CompareQuery::Job::CountNumbers(const AttributeReader& reader, size_t bucket,
                                     CompareCounts& counts) {
  std::vector<std::pair<uint64_t, uint32_t>> seen;
  const Column* numbers = reader.Numbers();
  if (numbers == nullptr) return;
  for (const uint32_t span : buckets_[bucket]) {
    const uint64_t number = numbers->numbers[span];
    auto known = std::ranges::find(seen, number, &std::pair<uint64_t, uint32_t>::first);
    if (known == seen.end()) known = seen.emplace(seen.end(), number, 0);
    ++known->second;
  }
  const bool is_status = reader.attribute().intrinsic == Intrinsic::kStatus;
  for (const auto& [number, count] : seen) {
    const auto signed_number = static_cast<int64_t>(number);
    counts.Add(is_status ? Datum::Status(signed_number) : Datum::Kind(signed_number),
               SideOf(bucket), IntervalOf(bucket), count);
  }
}

}  // namespace vivace::traceql
