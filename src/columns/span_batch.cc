#include "columns/span_batch.h"

#include <bit>

namespace vivace {
namespace {

template <typename T>
size_t Bytes(const std::vector<T>& column) {
  return column.capacity() * sizeof(T);
}

size_t Bytes(const AttributeLists& lists) { return Bytes(lists.ends) + Bytes(lists.codes); }

void Clear(AttributeLists& lists) {
  lists.ends.clear();
  lists.codes.clear();
}

template <typename... Columns>
void ClearAll(Columns&... columns) {
  (columns.clear(), ...);
}

std::pair<uint32_t, uint32_t> RangeOf(const std::vector<uint32_t>& ends, size_t row) {
  return {row == 0 ? 0 : ends[row - 1], ends[row]};
}

}  // namespace

AttributeValue AttributeValue::Double(double value) {
  return {ValueKind::kDouble, {}, std::bit_cast<uint64_t>(value)};
}

double AttributeValue::AsDouble() const { return std::bit_cast<double>(bits); }

std::pair<uint32_t, uint32_t> SpanBatch::EventsOf(size_t row) const {
  return RangeOf(spans.event_ends, row);
}

std::pair<uint32_t, uint32_t> SpanBatch::LinksOf(size_t row) const {
  return RangeOf(spans.link_ends, row);
}

void SpanBatch::Clear() {
  bytes.clear();
  strings.assign(1, StringRef{});
  attributes.clear();
  ClearAll(resources.schema_url, resources.entity_refs, resources.dropped_attributes);
  vivace::Clear(resources.attributes);
  ClearAll(scopes.resource, scopes.name, scopes.version, scopes.schema_url,
           scopes.dropped_attributes);
  vivace::Clear(scopes.attributes);
  ClearAll(spans.scope, spans.trace_id, spans.span_id, spans.parent_span_id, spans.start_unix_nanos,
           spans.end_unix_nanos, spans.name, spans.kind, spans.status_code, spans.status_message,
           spans.trace_state, spans.flags, spans.dropped_attributes, spans.dropped_events,
           spans.dropped_links, spans.event_ends, spans.link_ends);
  vivace::Clear(spans.attributes);
  ClearAll(events.time_unix_nanos, events.name, events.dropped_attributes);
  vivace::Clear(events.attributes);
  ClearAll(links.trace_id, links.span_id, links.trace_state, links.flags, links.dropped_attributes);
  vivace::Clear(links.attributes);
}

size_t SpanBatch::MemoryBytes() const {
  return bytes.capacity() + Bytes(strings) + Bytes(attributes) + Bytes(resources.attributes) +
         Bytes(scopes.attributes) + spans.trace_id.capacity() * kBytesPerSpan +
         Bytes(spans.attributes) + events.name.capacity() * kBytesPerEvent +
         Bytes(events.attributes) + links.flags.capacity() * kBytesPerLink +
         Bytes(links.attributes);
}

}  // namespace vivace
