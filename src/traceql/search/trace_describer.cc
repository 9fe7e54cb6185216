#include "traceql/search/trace_describer.h"

#include <algorithm>

#include "columns/span_times.h"

namespace vivace::traceql {
namespace {

std::string TextAt(const Column& column, uint32_t row) {
  const uint32_t code = column.codes[row];
  return code == Column::kMissing ? std::string() : std::string(column.values->Value(code).text);
}

}  // namespace

Result<TraceDescriber> TraceDescriber::Make(std::span<const Condition> conditions,
                                            const ViewRows& rows) {
  VIVACE_ASSIGN(ShownAttributes shown, ShownAttributes::Make(conditions, rows));
  VIVACE_ASSIGN(
      AttributeReader service_name,
      AttributeReader::Make(Attribute{.scope = Scope::kResource, .key = "service.name"}, rows));
  TraceDescriber describer(rows, std::move(shown), std::move(service_name));
  VIVACE_TRY(describer.Load());
  return describer;
}

Status TraceDescriber::Load() {
  VIVACE_TRY(rows_->Load(RowKind::kTrace));
  ColumnView& view = rows_->view();
  VIVACE_ASSIGN(ids_, view.TraceIds());
  const std::pair<Field, const Column**> fields[] = {
      {Field::kTraceStart, &trace_start_},  {Field::kTraceEnd, &trace_end_},
      {Field::kTraceRootName, &root_name_}, {Field::kTraceRootService, &root_service_},
      {Field::kSpanId, &span_id_},          {Field::kSpanStart, &span_start_},
      {Field::kSpanEnd, &span_end_},        {Field::kSpanStatus, &span_status_}};
  for (const auto& [field, column] : fields) {
    VIVACE_ASSIGN(*column, view.Load(field));
  }
  return {};
}

FoundTrace TraceDescriber::Describe(uint32_t trace, const std::vector<SpansetResult>& sets,
                                    uint32_t spans_max) const {
  FoundTrace found{.id = ids_[trace],
                   .root_service = TextAt(*root_service_, trace),
                   .root_name = TextAt(*root_name_, trace),
                   .start_unix_nanos = trace_start_->numbers[trace],
                   .end_unix_nanos = trace_end_->numbers[trace]};
  CountServices(trace, found);
  found.sets.reserve(sets.size());
  for (const SpansetResult& set : sets) found.sets.push_back(DescribeSet(set, spans_max));
  return found;
}

void TraceDescriber::CountServices(uint32_t trace, FoundTrace& found) const {
  const auto [begin, end] = rows_->SpansOf(trace);
  ServiceStats* stats = nullptr;
  uint32_t resource = Column::kMissing;
  for (uint32_t span = begin; span < end; ++span) {
    if (rows_->ResourceOf(span) != resource) {
      resource = rows_->ResourceOf(span);
      stats = &found.services[std::string(service_name_.Read({.span = span}).Single().text)];
    }
    ++stats->span_count;
    if (span_status_->numbers[span] == kStatusError) ++stats->error_count;
  }
}

FoundSet TraceDescriber::DescribeSet(const SpansetResult& set, uint32_t spans_max) const {
  FoundSet found{.spans = {}, .matched = static_cast<uint32_t>(set.spans.size()), .attributes = {}};
  for (const uint32_t span :
       std::span(set.spans).first(std::min<size_t>(spans_max, set.spans.size()))) {
    found.spans.push_back(DescribeSpan(span));
  }
  for (const auto& [key, value] : set.attributes) found.attributes.push_back({key, value});
  return found;
}

FoundSpan TraceDescriber::DescribeSpan(uint32_t span) const {
  FoundSpan found{
      .span_id = span_id_->numbers[span],
      .name = {},
      .start_unix_nanos = span_start_->numbers[span],
      .duration_nanos = DurationBetween(span_start_->numbers[span], span_end_->numbers[span]),
      .attributes = {}};
  shown_.Read(span, found.attributes, found.name);
  return found;
}

}  // namespace vivace::traceql
