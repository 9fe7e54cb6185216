#include "traceql/metrics/exemplar_reader.h"

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

Exemplar ExemplarReader::Read(uint32_t span) const {
  Exemplar exemplar{.labels = {}, .value = kNoSample, .unix_nanos = starts_->numbers[span]};
  const std::string trace_id = FormatTraceId(ids_[rows_->TraceOf(span)]);
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
