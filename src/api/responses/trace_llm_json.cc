#include "api/responses/trace_llm_json.h"

#include <algorithm>
#include <protozero/pbf_reader.hpp>

#include "base/json_writer.h"
#include "base/protobuf.h"
#include "columns/any_value_json.h"
#include "columns/span_enums.h"
#include "columns/trace_groups.h"

namespace vivace {
namespace {

constexpr std::string_view kServiceName = "service.name";

// --- Attribute values as the JSON that a person would write: numbers unquoted, bytes in
// hexadecimal, arrays and objects as such. ---

void WriteAny(protozero::pbf_reader any, int depth, JsonWriter& json);

void WriteArray(protozero::pbf_reader list, int depth, JsonWriter& json) {
  json.BeginArray();
  while (depth < kAnyValueDepthMax && list.next(1)) WriteAny(list.get_message(), depth + 1, json);
  json.EndArray();
}

void WriteList(protozero::pbf_reader list, int depth, JsonWriter& json) {
  json.BeginObject();
  while (depth < kAnyValueDepthMax && list.next(1)) {
    const protozero::pbf_reader pair = list.get_message();
    protozero::pbf_reader key = pair;
    json.EscapedKey(key.next(1) ? View(key.get_view()) : std::string_view());
    protozero::pbf_reader value = pair;
    WriteAny(value.next(2) ? value.get_message() : protozero::pbf_reader(), depth + 1, json);
  }
  json.EndObject();
}

void WriteAny(protozero::pbf_reader any, int depth, JsonWriter& json) {
  if (!any.next()) return json.Null();
  switch (any.tag()) {
    case 1:
      return json.String(View(any.get_view()));
    case 2:
      return json.Bool(any.get_bool());
    case 3:
      return json.Int(any.get_int64());
    case 4:
      return json.Double(any.get_double());
    case 5:
      return WriteArray(any.get_message(), depth, json);
    case 6:
      return WriteList(any.get_message(), depth, json);
    case 7:
      return json.String(ToHex(View(any.get_view())));
    default:
      return json.Null();
  }
}

// A broken encoding of an array or list shows as null.
void WritePlainEncoded(const AttributeValue& value, JsonWriter& json) {
  const size_t begin = json.size();
  try {
    const protozero::pbf_reader list(value.text.data(), value.text.size());
    value.kind == ValueKind::kArray ? WriteArray(list, 0, json) : WriteList(list, 0, json);
  } catch (const protozero::exception&) {
    json.Rewind(begin);
    json.Null();
  }
}

void WritePlainValue(const AttributeValue& value, JsonWriter& json) {
  switch (value.kind) {
    case ValueKind::kEmpty:
      return json.Null();
    case ValueKind::kString:
      return json.String(value.text);
    case ValueKind::kBool:
      return json.Bool(value.bits != 0);
    case ValueKind::kInt:
      return json.Int(value.AsInt());
    case ValueKind::kDouble:
      return json.Double(value.AsDouble());
    case ValueKind::kBytes:
      return json.String(ToHex(value.text));
    case ValueKind::kArray:
    case ValueKind::kKeyValueList:
      return WritePlainEncoded(value, json);
  }
}

// --- The trace around them. ---

class LlmWriter {
 public:
  LlmWriter(const SpanBatch& batch, std::string& out) : batch_(batch), json_(out) {}

  void Write(std::span<const uint32_t> rows, const TraceResponseInfo& info) {
    json_.BeginObject();
    if (!rows.empty()) WriteTrace(rows);
    if (info.inspected_bytes > 0) {
      json_.Key("metrics");
      json_.BeginObject();
      json_.Key("inspectedBytes");
      json_.Uint(info.inspected_bytes);
      json_.EndObject();
    }
    json_.EndObject();
  }

 private:
  void WriteTrace(std::span<const uint32_t> rows) {
    json_.Key("trace");
    json_.BeginObject();
    Text("traceId", ToHex(batch_.spans.trace_id[rows.front()].View()));
    json_.Key("services");
    json_.BeginArray();
    for (const ResourceGroup& group : GroupTrace(batch_, rows)) WriteService(group);
    json_.EndArray();
    json_.EndObject();
  }

  void WriteService(const ResourceGroup& group) {
    std::vector<AttributeCode> others;
    std::string_view service;
    for (const AttributeCode code : batch_.resources.attributes.Row(group.resource)) {
      if (batch_.AttributeKey(code) == kServiceName) {
        service = batch_.Value(code).text;
      } else {
        others.push_back(code);
      }
    }
    json_.BeginObject();
    Text("serviceName", service);
    Attributes("resource", others);
    json_.Key("scopes");
    json_.BeginArray();
    for (const ScopeGroup& scope : group.scopes) WriteScope(scope);
    json_.EndArray();
    json_.EndObject();
  }

  void WriteScope(const ScopeGroup& group) {
    json_.BeginObject();
    Text("name", batch_.String(batch_.scopes.name[group.scope]));
    Text("version", batch_.String(batch_.scopes.version[group.scope]));
    json_.Key("spans");
    json_.BeginArray();
    for (const uint32_t row : group.spans) WriteSpan(row);
    json_.EndArray();
    json_.EndObject();
  }

  void WriteSpan(uint32_t row) {
    const SpanColumns& spans = batch_.spans;
    const uint64_t start = spans.start_unix_nanos[row];
    const uint64_t end = spans.end_unix_nanos[row];
    json_.BeginObject();
    Text("spanId", ToHex(spans.span_id[row].View()));
    Text("name", batch_.String(spans.name[row]));
    if (!spans.parent_span_id[row].IsZero())
      Text("parentSpanId", ToHex(spans.parent_span_id[row].View()));
    Text("kind", SpanKindName(spans.kind[row]));
    json_.Key("startTimeUnixNano"), json_.QuotedUint(start);
    json_.Key("endTimeUnixNano"), json_.QuotedUint(end);
    json_.Key("durationMs"), json_.Double(end > start ? static_cast<double>(end - start) / 1e6 : 0);
    Attributes("attributes", spans.attributes.Row(row));
    WriteEvents(row);
    WriteLinks(row);
    json_.Key("status");
    json_.BeginObject();
    Text("code", StatusCodeName(spans.status_code[row]));
    Text("message", batch_.String(spans.status_message[row]));
    json_.EndObject();
    json_.EndObject();
  }

  void WriteEvents(uint32_t span) {
    const auto [begin, end] = batch_.EventsOf(span);
    if (begin == end) return;
    json_.Key("events");
    json_.BeginArray();
    for (uint32_t row = begin; row < end; ++row) {
      json_.BeginObject();
      Text("name", batch_.String(batch_.events.name[row]));
      json_.Key("timeUnixNano"), json_.QuotedUint(batch_.events.time_unix_nanos[row]);
      Attributes("attributes", batch_.events.attributes.Row(row));
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteLinks(uint32_t span) {
    const auto [begin, end] = batch_.LinksOf(span);
    if (begin == end) return;
    json_.Key("links");
    json_.BeginArray();
    for (uint32_t row = begin; row < end; ++row) {
      json_.BeginObject();
      Text("traceId", ToHex(batch_.links.trace_id[row].View()));
      Text("spanId", ToHex(batch_.links.span_id[row].View()));
      Attributes("attributes", batch_.links.attributes.Row(row));
      json_.EndObject();
    }
    json_.EndArray();
  }

  // An object sorted by key; nothing where there are none. Of a repeated key the first counts.
  void Attributes(std::string_view name, std::span<const AttributeCode> codes) {
    if (codes.empty()) return;
    std::vector<AttributeCode> sorted(codes.begin(), codes.end());
    const auto key = [&](AttributeCode code) { return batch_.AttributeKey(code); };
    std::ranges::stable_sort(sorted, {}, key);
    const auto repeated = std::ranges::unique(sorted, {}, key);
    sorted.erase(repeated.begin(), repeated.end());
    json_.Key(name);
    json_.BeginObject();
    for (const AttributeCode code : sorted) {
      json_.EscapedKey(key(code));
      WritePlainValue(batch_.Value(code), json_);
    }
    json_.EndObject();
  }

  void Text(std::string_view name, std::string_view text) {
    json_.Key(name);
    json_.String(text);
  }

  const SpanBatch& batch_;
  JsonWriter json_;
};

}  // namespace

std::string TraceToLlmJson(const SpanBatch& batch, std::span<const uint32_t> rows,
                           const TraceResponseInfo& info) {
  std::string out;
  LlmWriter(batch, out).Write(rows, info);
  return out;
}

}  // namespace vivace
