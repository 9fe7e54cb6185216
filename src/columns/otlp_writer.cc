#include "columns/otlp_writer.h"

#include "base/protobuf.h"
#include "columns/any_value_proto.h"
#include "columns/trace_groups.h"

namespace vivace {
namespace {

using protozero::pbf_writer;

class ResourceSpansWriter {
 public:
  ResourceSpansWriter(const SpanBatch& batch, std::string& data) : batch_(batch), data_(data) {}

  void Write(std::span<const uint32_t> rows, pbf_writer& trace) {
    for (const ResourceGroup& group : GroupTrace(batch_, rows)) {
      Message(trace, 1, [&](pbf_writer& out) { AddGroup(group, out); });
    }
  }

 private:
  template <typename Fill>
  void Message(pbf_writer& out, uint32_t number, Fill&& fill) {
    AppendMessage(data_, out, number, [&](pbf_writer& message) { return fill(message), true; });
  }

  void AddGroup(const ResourceGroup& group, pbf_writer& out) {
    Message(out, 1, [&](pbf_writer& resource) { AddResource(group.resource, resource); });
    for (const ScopeGroup& scope : group.scopes) {
      Message(out, 2, [&](pbf_writer& scope_spans) { AddScopeSpans(scope, scope_spans); });
    }
    AddText(out, 3, batch_.resources.schema_url[group.resource]);
  }

  void AddResource(uint32_t row, pbf_writer& out) {
    AddAttributes(out, 1, batch_.resources.attributes.Row(row));
    AddCount(out, 2, batch_.resources.dropped_attributes[row]);
    data_ += batch_.String(batch_.resources.entity_refs[row]);  // whole fields already
  }

  void AddScopeSpans(const ScopeGroup& group, pbf_writer& out) {
    Message(out, 1, [&](pbf_writer& scope) { AddScope(group.scope, scope); });
    for (const uint32_t row : group.spans) {
      Message(out, 2, [&](pbf_writer& span) { AddSpan(row, span); });
    }
    AddText(out, 3, batch_.scopes.schema_url[group.scope]);
  }

  void AddScope(uint32_t row, pbf_writer& out) {
    AddText(out, 1, batch_.scopes.name[row]);
    AddText(out, 2, batch_.scopes.version[row]);
    AddAttributes(out, 3, batch_.scopes.attributes.Row(row));
    AddCount(out, 4, batch_.scopes.dropped_attributes[row]);
  }

  void AddSpan(uint32_t row, pbf_writer& out) {
    const SpanColumns& spans = batch_.spans;
    AddId(out, 1, spans.trace_id[row]);
    AddId(out, 2, spans.span_id[row]);
    AddText(out, 3, spans.trace_state[row]);
    AddId(out, 4, spans.parent_span_id[row]);
    AddText(out, 5, spans.name[row]);
    if (spans.kind[row] != 0) out.add_enum(6, spans.kind[row]);
    out.add_fixed64(7, spans.start_unix_nanos[row]);
    out.add_fixed64(8, spans.end_unix_nanos[row]);
    AddAttributes(out, 9, spans.attributes.Row(row));
    AddCount(out, 10, spans.dropped_attributes[row]);
    AddEvents(row, out);
    AddCount(out, 12, spans.dropped_events[row]);
    AddLinks(row, out);
    AddCount(out, 14, spans.dropped_links[row]);
    Message(out, 15, [&](pbf_writer& status) { AddStatus(row, status); });
    if (spans.flags[row] != 0) out.add_fixed32(16, spans.flags[row]);
  }

  void AddStatus(uint32_t row, pbf_writer& out) {
    AddText(out, 2, batch_.spans.status_message[row]);
    if (batch_.spans.status_code[row] != 0) out.add_enum(3, batch_.spans.status_code[row]);
  }

  void AddEvents(uint32_t span, pbf_writer& out) {
    const auto [begin, end] = batch_.EventsOf(span);
    for (uint32_t row = begin; row < end; ++row) {
      Message(out, 11, [&](pbf_writer& event) {
        event.add_fixed64(1, batch_.events.time_unix_nanos[row]);
        AddText(event, 2, batch_.events.name[row]);
        AddAttributes(event, 3, batch_.events.attributes.Row(row));
        AddCount(event, 4, batch_.events.dropped_attributes[row]);
      });
    }
  }

  void AddLinks(uint32_t span, pbf_writer& out) {
    const auto [begin, end] = batch_.LinksOf(span);
    for (uint32_t row = begin; row < end; ++row) {
      Message(out, 13, [&](pbf_writer& link) { AddLink(row, link); });
    }
  }

  void AddLink(uint32_t row, pbf_writer& out) {
    const LinkColumns& links = batch_.links;
    AddId(out, 1, links.trace_id[row]);
    AddId(out, 2, links.span_id[row]);
    AddText(out, 3, links.trace_state[row]);
    AddAttributes(out, 4, links.attributes.Row(row));
    AddCount(out, 5, links.dropped_attributes[row]);
    if (links.flags[row] != 0) out.add_fixed32(6, links.flags[row]);
  }

  void AddAttributes(pbf_writer& out, uint32_t number, std::span<const AttributeCode> codes) {
    for (const AttributeCode code : codes) {
      Message(out, number, [&](pbf_writer& pair) {
        const std::string_view key = batch_.AttributeKey(code);
        pair.add_string(1, key.data(), key.size());
        Message(pair, 2, [&](pbf_writer& value) { AppendAnyValue(batch_.Value(code), value); });
      });
    }
  }

  void AddText(pbf_writer& out, uint32_t number, StringCode code) {
    if (code == 0) return;
    const std::string_view text = batch_.String(code);
    out.add_string(number, text.data(), text.size());
  }

  template <typename Id>
  static void AddId(pbf_writer& out, uint32_t number, const Id& id) {
    if (!id.IsZero()) out.add_bytes(number, id.View().data(), Id::kBytes);
  }

  static void AddCount(pbf_writer& out, uint32_t number, uint32_t count) {
    if (count != 0) out.add_uint32(number, count);
  }

  const SpanBatch& batch_;
  std::string& data_;
};

}  // namespace

void WriteResourceSpans(const SpanBatch& batch, std::span<const uint32_t> rows, std::string& data,
                        pbf_writer& out) {
  ResourceSpansWriter(batch, data).Write(rows, out);
}

std::string ToTracesData(const SpanBatch& batch, std::span<const uint32_t> rows) {
  std::string data;
  pbf_writer out(data);
  WriteResourceSpans(batch, rows, data, out);
  return data;
}

}  // namespace vivace
