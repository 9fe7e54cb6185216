// Segment's way out: the spans of one trace as a batch.
#include "base/hash/fast_hash.h"
#include "columns/segment.h"

namespace vivace {

AttributeCode Segment::CopyAttribute(AttributeCode code, SpanBatchBuilder& out) const {
  const Attribute& attribute = attributes_[code];
  return out.AddAttribute(Key(attribute), Value(attribute));
}

SegmentSnapshot Segment::TakeSnapshot() const {
  SegmentSnapshot snapshot;
  const std::lock_guard lock(trace_mutex_);
  snapshot.last_spans.resize(traces_.size());
  for (size_t trace = 0; trace < snapshot.last_spans.size(); ++trace)
    snapshot.last_spans[trace] = traces_[trace].last_span;
  snapshot.span_count = static_cast<uint32_t>(span_count());
  snapshot.string_count = published_.strings;
  snapshot.key_count = published_.keys;
  snapshot.attribute_count = published_.attributes;
  return snapshot;
}

std::optional<uint32_t> Segment::FindKey(const SegmentSnapshot& snapshot,
                                         std::string_view key) const {
  const std::lock_guard lock(key_mutex_);
  const uint32_t code = key_codes_.Find(
      FastHash(key), [&](uint32_t candidate) { return keys_[candidate].view() == key; });
  if (code >= snapshot.key_count) return std::nullopt;  // kNone too
  return code;
}

void Segment::CopySharedCodes(uint32_t begin, uint32_t end, SpanBatchBuilder& out,
                              std::vector<AttributeCode>& codes) const {
  for (uint32_t i = begin; i < end; ++i) codes.push_back(CopyAttribute(shared_codes_[i], out));
}

uint32_t Segment::CopyResource(uint32_t row, SpanBatchBuilder& out) const {
  const Resource& resource = resources_[row];
  std::vector<AttributeCode> codes;
  CopySharedCodes(resource.attributes_begin, resource.attributes_end, out, codes);
  return out.AddResource(codes, resource.dropped_attributes, String(resource.schema_url),
                         String(resource.entity_refs));
}

uint32_t Segment::CopyScope(uint32_t row, NumberMap& resources, SpanBatchBuilder& out) const {
  const Scope& scope = scopes_[row];
  const uint32_t resource =
      resources.FindOrAdd(scope.resource, [&] { return CopyResource(scope.resource, out); });
  std::vector<AttributeCode> codes;
  CopySharedCodes(scope.attributes_begin, scope.attributes_end, out, codes);
  return out.AddScope(resource, String(scope.name), String(scope.version), codes,
                      scope.dropped_attributes, String(scope.schema_url));
}

void Segment::CopySpan(uint32_t row, uint32_t scope, SpanBatchBuilder& out) const {
  out.BeginSpan();
  out.row() = SpanRow{.trace_id = traces_[spans_.trace[row]].id,
                      .span_id = spans_.span_id[row],
                      .parent_span_id = spans_.parent_span_id[row],
                      .start_unix_nanos = spans_.start_unix_nanos[row],
                      .end_unix_nanos = spans_.end_unix_nanos[row],
                      .name = out.AddString(String(spans_.name[row])),
                      .status_message = out.AddString(String(spans_.status_message[row])),
                      .trace_state = out.AddString(String(spans_.trace_state[row])),
                      .flags = spans_.flags[row],
                      .dropped_attributes = spans_.dropped_attributes[row],
                      .dropped_events = spans_.dropped_events[row],
                      .dropped_links = spans_.dropped_links[row],
                      .kind = spans_.kind[row],
                      .status_code = spans_.status_code[row]};
  const auto [begin, end] = RangeOf(spans_.attribute_ends, row);
  for (uint32_t i = begin; i < end; ++i)
    out.SpanAttribute(CopyAttribute(spans_.attribute_codes[i], out));
  const auto [events_begin, events_end] = RangeOf(spans_.event_ends, row);
  for (uint32_t event = events_begin; event < events_end; ++event) {
    out.BeginEvent();
    out.event() =
        EventRow{events_.time_unix_nanos[event], out.AddString(String(events_.name[event])),
                 events_.dropped_attributes[event]};
    const auto [from, to] = RangeOf(events_.attribute_ends, event);
    for (uint32_t i = from; i < to; ++i)
      out.EventAttribute(CopyAttribute(events_.attribute_codes[i], out));
    out.EndEvent();
  }
  const auto [links_begin, links_end] = RangeOf(spans_.link_ends, row);
  for (uint32_t link = links_begin; link < links_end; ++link) {
    out.BeginLink();
    out.link() = LinkRow{links_.trace_id[link], links_.span_id[link],
                         out.AddString(String(links_.trace_state[link])), links_.flags[link],
                         links_.dropped_attributes[link]};
    const auto [from, to] = RangeOf(links_.attribute_ends, link);
    for (uint32_t i = from; i < to; ++i)
      out.LinkAttribute(CopyAttribute(links_.attribute_codes[i], out));
    out.EndLink();
  }
  out.CommitSpan(scope);
}

}  // namespace vivace
