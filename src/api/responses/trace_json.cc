#include "api/responses/trace_json.h"

#include <array>
#include <protozero/pbf_reader.hpp>

#include "api/responses/attribute_json.h"
#include "base/json_writer.h"
#include "columns/span_enums.h"
#include "columns/trace_groups.h"

namespace vivace {
namespace {

class TraceWriter {
 public:
  TraceWriter(const SpanBatch& batch, std::string& out) : batch_(batch), json_(out) {}

  JsonWriter& json() { return json_; }

  // The array under `name`, nothing where there are no rows.
  void WriteResourceSpans(std::string_view name, std::span<const uint32_t> rows) {
    if (rows.empty()) return;
    json_.Key(name);
    json_.BeginArray();
    for (const ResourceGroup& group : GroupTrace(batch_, rows)) WriteResourceGroup(group);
    json_.EndArray();
  }

 private:
  void WriteResourceGroup(const ResourceGroup& group) {
    json_.BeginObject();
    json_.Key("resource");
    WriteResource(group.resource);
    json_.Key("scopeSpans");
    json_.BeginArray();
    for (const ScopeGroup& scope : group.scopes) WriteScopeGroup(scope);
    json_.EndArray();
    WriteText("schemaUrl", batch_.resources.schema_url[group.resource]);
    json_.EndObject();
  }

  void WriteResource(uint32_t row) {
    json_.BeginObject();
    WriteAttributes(batch_, batch_.resources.attributes.Row(row), json_);
    WriteCount("droppedAttributesCount", batch_.resources.dropped_attributes[row]);
    const StringCode entity_refs = batch_.resources.entity_refs[row];
    if (entity_refs != 0) WriteEntityRefs(batch_.String(entity_refs));
    json_.EndObject();
  }

  // Receivers validated the encoding; a broken one is left out.
  void WriteEntityRefs(std::string_view encoded) {
    const size_t begin = json_.size();
    try {
      json_.Key("entityRefs");
      json_.BeginArray();
      protozero::pbf_reader fields(encoded.data(), encoded.size());
      while (fields.next(3)) WriteEntityRef(fields.get_message());
      json_.EndArray();
    } catch (const protozero::exception&) {
      json_.Rewind(begin);
    }
  }

  void WriteEntityRef(protozero::pbf_reader ref) {
    json_.BeginObject();
    WriteFields(ref, 1, "schemaUrl");
    WriteFields(ref, 2, "type");
    WriteFields(ref, 3, "idKeys");
    WriteFields(ref, 4, "descriptionKeys");
    json_.EndObject();
  }

  // The strings with that number: fields 1 and 2 are single, 3 and 4 repeated.
  void WriteFields(protozero::pbf_reader message, uint32_t number, std::string_view name) {
    bool open = false;
    while (message.next(number)) {
      if (!open) json_.Key(name);
      if (!open && number > 2) json_.BeginArray();
      open = true;
      const protozero::data_view text = message.get_view();
      json_.String({text.data(), text.size()});
      if (number <= 2) return;
    }
    if (open) json_.EndArray();
  }

  void WriteScopeGroup(const ScopeGroup& group) {
    json_.BeginObject();
    json_.Key("scope");
    WriteScope(group.scope);
    json_.Key("spans");
    json_.BeginArray();
    for (const uint32_t row : group.spans) WriteSpan(row);
    json_.EndArray();
    WriteText("schemaUrl", batch_.scopes.schema_url[group.scope]);
    json_.EndObject();
  }

  void WriteScope(uint32_t row) {
    json_.BeginObject();
    WriteText("name", batch_.scopes.name[row]);
    WriteText("version", batch_.scopes.version[row]);
    WriteAttributes(batch_, batch_.scopes.attributes.Row(row), json_);
    WriteCount("droppedAttributesCount", batch_.scopes.dropped_attributes[row]);
    json_.EndObject();
  }

  void WriteSpan(uint32_t row) {
    const SpanColumns& spans = batch_.spans;
    json_.BeginObject();
    WriteId("traceId", spans.trace_id[row]);
    WriteId("spanId", spans.span_id[row]);
    WriteText("traceState", spans.trace_state[row]);
    WriteId("parentSpanId", spans.parent_span_id[row]);
    WriteCount("flags", spans.flags[row]);
    WriteText("name", spans.name[row]);
    WriteEnum("kind", SpanKindName(spans.kind[row]), spans.kind[row]);
    WriteTime("startTimeUnixNano", spans.start_unix_nanos[row]);
    WriteTime("endTimeUnixNano", spans.end_unix_nanos[row]);
    WriteAttributes(batch_, spans.attributes.Row(row), json_);
    WriteCount("droppedAttributesCount", spans.dropped_attributes[row]);
    WriteEvents(row);
    WriteCount("droppedEventsCount", spans.dropped_events[row]);
    WriteLinks(row);
    WriteCount("droppedLinksCount", spans.dropped_links[row]);
    WriteStatus(row);
    json_.EndObject();
  }

  void WriteStatus(uint32_t row) {
    json_.Key("status");
    json_.BeginObject();
    WriteText("message", batch_.spans.status_message[row]);
    WriteEnum("code", StatusCodeName(batch_.spans.status_code[row]), batch_.spans.status_code[row]);
    json_.EndObject();
  }

  void WriteEvents(uint32_t span) {
    const auto [begin, end] = batch_.EventsOf(span);
    if (begin == end) return;
    json_.Key("events");
    json_.BeginArray();
    for (uint32_t row = begin; row < end; ++row) {
      json_.BeginObject();
      WriteTime("timeUnixNano", batch_.events.time_unix_nanos[row]);
      WriteText("name", batch_.events.name[row]);
      WriteAttributes(batch_, batch_.events.attributes.Row(row), json_);
      WriteCount("droppedAttributesCount", batch_.events.dropped_attributes[row]);
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteLinks(uint32_t span) {
    const auto [begin, end] = batch_.LinksOf(span);
    if (begin == end) return;
    json_.Key("links");
    json_.BeginArray();
    for (uint32_t row = begin; row < end; ++row) WriteLink(row);
    json_.EndArray();
  }

  void WriteLink(uint32_t row) {
    const LinkColumns& links = batch_.links;
    json_.BeginObject();
    WriteId("traceId", links.trace_id[row]);
    WriteId("spanId", links.span_id[row]);
    WriteText("traceState", links.trace_state[row]);
    WriteAttributes(batch_, links.attributes.Row(row), json_);
    WriteCount("droppedAttributesCount", links.dropped_attributes[row]);
    WriteCount("flags", links.flags[row]);
    json_.EndObject();
  }

  void WriteText(std::string_view name, StringCode code) {
    if (code == 0) return;
    json_.Key(name);
    json_.String(batch_.String(code));
  }

  template <typename Id>
  void WriteId(std::string_view name, const Id& id) {
    if (id.IsZero()) return;
    json_.Key(name);
    json_.Base64(id.View());
  }

  void WriteCount(std::string_view name, uint32_t count) {
    if (count == 0) return;
    json_.Key(name);
    json_.Uint(count);
  }

  void WriteTime(std::string_view name, uint64_t nanos) {
    if (nanos == 0) return;
    json_.Key(name);
    json_.QuotedUint(nanos);
  }

  void WriteEnum(std::string_view name, std::string_view value_name, uint8_t value) {
    if (value == 0) return;
    json_.Key(name);
    if (value_name.empty()) return json_.Uint(value);
    json_.String(value_name);
  }

  const SpanBatch& batch_;
  JsonWriter json_;
};

void WriteInfo(const TraceResponseInfo& info, JsonWriter& json) {
  json.Key("metrics");
  json.BeginObject();
  if (info.inspected_bytes > 0) json.Key("inspectedBytes"), json.QuotedUint(info.inspected_bytes);
  json.EndObject();
  if (info.is_partial) json.Key("status"), json.String("PARTIAL");
  if (!info.message.empty()) json.Key("message"), json.String(info.message);
}

}  // namespace

std::string TraceToJsonV1(const SpanBatch& batch, std::span<const uint32_t> rows) {
  std::string out;
  TraceWriter writer(batch, out);
  writer.json().BeginObject();
  writer.WriteResourceSpans("batches", rows);
  writer.json().EndObject();
  return out;
}

std::string TraceToJsonV2(const SpanBatch& batch, std::span<const uint32_t> rows,
                          const TraceResponseInfo& info) {
  std::string out;
  TraceWriter writer(batch, out);
  writer.json().BeginObject();
  writer.json().Key("trace");
  writer.json().BeginObject();
  writer.WriteResourceSpans("resourceSpans", rows);
  writer.json().EndObject();
  WriteInfo(info, writer.json());
  writer.json().EndObject();
  return out;
}

}  // namespace vivace
