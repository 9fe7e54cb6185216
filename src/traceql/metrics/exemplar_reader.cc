#include "traceql/metrics/exemplar_reader.h"

#include <algorithm>

namespace vivace::traceql {

Result<ExemplarReader> ExemplarReader::Make(std::span<const Condition> conditions,
                                            const ViewRows& rows) {
  VIVACE_ASSIGN(ShownAttributes shown,
                ShownAttributes::Make(conditions, rows, ShownAttributes::Keys::kWithScope));
  ExemplarReader reader(rows, std::move(shown));
  VIVACE_ASSIGN(reader.ids_, rows.view().TraceIds());
  VIVACE_ASSIGN(reader.starts_, rows.view().Load(Field::kSpanStart));
  return reader;
}

Result<ExemplarReader> ExemplarReader::MakeFor(std::vector<uint32_t> traces,
                                               std::span<const Condition> conditions,
                                               const ViewRows& rows) {
  VIVACE_ASSIGN(ShownAttributes shown,
                ShownAttributes::Make(conditions, rows, ShownAttributes::Keys::kWithScope));
  ExemplarReader reader(rows, std::move(shown));
  RowSet rows_of_ids;
  for (const uint32_t trace : traces) rows_of_ids.Add(trace, trace + 1);
  VIVACE_ASSIGN(reader.some_ids_, rows.view().TraceIdsOf(rows_of_ids));
  VIVACE_ASSIGN(reader.starts_, rows.view().Load(Field::kSpanStart));
  reader.traces_ = std::move(traces);
  return reader;
}

const TraceId& ExemplarReader::IdOf(uint32_t trace) const {
  if (traces_.empty()) return ids_[trace];
  const auto at = std::ranges::lower_bound(traces_, trace);
  return some_ids_[static_cast<size_t>(at - traces_.begin())];
}

Exemplar ExemplarReader::Read(uint32_t span) const {
  Exemplar exemplar{.labels = {}, .value = kNoSample, .unix_nanos = starts_->numbers[span]};
  const std::string trace_id = FormatTraceId(IdOf(rows_->TraceOf(span)));
  exemplar.labels.push_back({"trace:id", OwnedDatum(Datum::String(trace_id))});
  std::vector<FoundAttribute> attributes;
  std::string name;
  shown_.Read(span, attributes, name);
  if (!name.empty()) exemplar.labels.push_back({"name", OwnedDatum(Datum::String(name))});
  for (FoundAttribute& attribute : attributes)
    exemplar.labels.push_back({std::move(attribute.key), std::move(attribute.value)});
  return exemplar;
}

}  // namespace vivace::traceql
