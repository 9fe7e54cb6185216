#include "traceql/metrics/compare_job.h"

#include <algorithm>
#include <iterator>
#include <numeric>
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
        if (pair != AttributePairs::kNone) CountCode(pair, spans);
      }
    });
    EndBucket(bucket, [&](uint32_t pair) { return pairs.pairs[pair].key; });
  }
  SortCountedByKey(pairs.keys.size());
  const auto value_of = [&](uint32_t pair) { return Datum::Of(pairs.pairs[pair].value); };
  for (size_t begin = 0, end = 0; begin < counted_.size(); begin = end) {
    const uint32_t key = counted_[begin].key;
    while (end < counted_.size() && counted_[end].key == key) ++end;
    AddCounted(begin, end, value_of, *counts[key]);
  }
  counted_.clear();
  AddPairExemplars(owner, pairs, counts);
  return {};
}

template <typename KeyOf>
void CompareQuery::Job::EndBucket(size_t bucket, const KeyOf& key_of) {
  const auto number = static_cast<uint32_t>(bucket);
  for (const uint32_t code : codes_) {
    const uint32_t key = key_of(code);
    const uint32_t spans = std::exchange(by_code_[code], 0);
    Singles& singles = singles_[key];
    if (spans == 1 && singles.seen++ == 0) keys_.push_back(key);
    if (spans == 1 && singles.seen > kSinglesMax) {
      ++singles.skipped;
    } else {
      counted_.push_back({key, code, number, spans});
    }
  }
  codes_.clear();
  for (const uint32_t key : keys_) {
    const uint32_t skipped = std::exchange(singles_[key], {}).skipped;
    if (skipped > 0) counted_.push_back({key, Counted::kSkipped, number, skipped});
  }
  keys_.clear();
}

void CompareQuery::Job::SortCountedByKey(size_t keys) {
  std::vector<uint32_t> next(keys + 1);
  for (const Counted& counted : counted_) ++next[counted.key + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<Counted> sorted(counted_.size());
  for (const Counted& counted : counted_) sorted[next[counted.key]++] = counted;
  counted_ = std::move(sorted);
}

template <typename ValueOf>
void CompareQuery::Job::AddCounted(size_t begin, size_t end, const ValueOf& value_of,
                                   CompareCounts& counts) {
  entries_.clear();
  for (const Counted& counted : std::span(counted_).subspan(begin, end - begin)) {
    const bool is_skipped = counted.code == Counted::kSkipped;
    entries_.push_back({.value = is_skipped ? Datum() : value_of(counted.code),
                        .is_looked_at = !is_skipped,
                        .side = SideOf(counted.bucket),
                        .interval = IntervalOf(counted.bucket),
                        .spans = counted.spans});
  }
  counts.AddAll(entries_, kViewValuesMax);
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
  if (coded.column != nullptr) {
    CountCodes(reader, coded, counts);
  } else if (const Column* numbers = reader.Numbers()) {
    CountNumbers(reader, *numbers, counts);
  }
  for (const auto& [span, exemplar] : chosen_) {
    const Datum value = reader.Read({.span = span});
    if (!value.is_nil()) counts.AddExemplar(value, exemplar);
  }
  return {};
}

void CompareQuery::Job::CountCodes(const AttributeReader& reader,
                                   const AttributeReader::CodedColumn& coded,
                                   CompareCounts& counts) {
  // Missing values have a code of their own, if they count as anything.
  const uint32_t missing = coded.column->values->size();
  const Datum if_missing = reader.ValueIfMissing();
  by_code_.assign(missing + 1, 0);
  singles_.assign(1, {});
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    ForEachRow(coded.kind, bucket, [&](uint32_t row, uint32_t spans) {
      const uint32_t code = coded.column->codes[row];
      if (code != Column::kMissing) {
        CountCode(code, spans);
      } else {
        by_code_[missing] += spans;
      }
    });
    EndBucket(bucket, [](uint32_t /*code*/) { return 0u; });
    const uint32_t without = std::exchange(by_code_[missing], 0);
    if (without > 0 && !if_missing.is_nil())
      counted_.push_back({0, missing, static_cast<uint32_t>(bucket), without});
  }
  const auto value_of = [&](uint32_t code) {
    return code == missing ? if_missing : reader.ValueOf({coded.column, code, false});
  };
  AddCounted(0, counted_.size(), value_of, counts);
  counted_.clear();
}

// Of status and kind, which have few values.
void CompareQuery::Job::CountNumbers(const AttributeReader& reader, const Column& numbers,
                                     CompareCounts& counts) {
  const bool is_status = reader.attribute().intrinsic == Intrinsic::kStatus;
  std::vector<std::pair<uint64_t, uint32_t>> seen;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen.clear();
    for (const uint32_t span : buckets_[bucket]) {
      const uint64_t number = numbers.numbers[span];
      auto known = std::ranges::find(seen, number, &std::pair<uint64_t, uint32_t>::first);
      if (known == seen.end()) known = seen.emplace(seen.end(), number, 0);
      ++known->second;
    }
    for (const auto& [bits, spans] : seen) {
      const auto number = static_cast<int64_t>(bits);
      counts.Add(is_status ? Datum::Status(number) : Datum::Kind(number), SideOf(bucket),
                 IntervalOf(bucket), spans);
    }
  }
}

}  // namespace vivace::traceql
