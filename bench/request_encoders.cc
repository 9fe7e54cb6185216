#include "request_encoders.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "columns/plain_text.h"
#include "receive/wire/thrift_writer_for_test.h"

namespace vivace::bench {
namespace {

using Json = nlohmann::json;

Json OtlpValue(const AttributeValue& value) {
  switch (value.kind) {
    case ValueKind::kBool:
      return {{"boolValue", value.bits != 0}};
    case ValueKind::kInt:
      return {{"intValue", fmt::to_string(value.AsInt())}};
    case ValueKind::kDouble:
      return {{"doubleValue", value.AsDouble()}};
    default:
      return {{"stringValue", PlainTextOf(value)}};
  }
}

Json OtlpAttributes(const SpanBatch& batch, const AttributeLists& lists, size_t row) {
  Json list = Json::array();
  for (const AttributeCode code : lists.Row(row)) {
    list.push_back(
        {{"key", std::string(batch.AttributeKey(code))}, {"value", OtlpValue(batch.Value(code))}});
  }
  return list;
}

struct Range {
  uint32_t begin, end;
};
Range OwnedBy(const std::vector<uint32_t>& ends, size_t row) {
  return {row == 0 ? 0 : ends[row - 1], ends[row]};
}

Json OtlpSpan(const SpanBatch& batch, size_t row) {
  const SpanColumns& spans = batch.spans;
  Json span = {{"traceId", ToHex(spans.trace_id[row].View())},
               {"spanId", ToHex(spans.span_id[row].View())},
               {"name", std::string(batch.String(spans.name[row]))},
               {"kind", spans.kind[row]},
               {"startTimeUnixNano", fmt::to_string(spans.start_unix_nanos[row])},
               {"endTimeUnixNano", fmt::to_string(spans.end_unix_nanos[row])},
               {"attributes", OtlpAttributes(batch, spans.attributes, row)}};
  if (!spans.parent_span_id[row].IsZero())
    span["parentSpanId"] = ToHex(spans.parent_span_id[row].View());
  if (spans.status_code[row] != 0) span["status"] = {{"code", spans.status_code[row]}};
  const auto [begin, end] = OwnedBy(spans.event_ends, row);
  for (uint32_t event = begin; event < end; ++event) {
    span["events"].push_back(
        {{"timeUnixNano", fmt::to_string(batch.events.time_unix_nanos[event])},
         {"name", std::string(batch.String(batch.events.name[event]))},
         {"attributes", OtlpAttributes(batch, batch.events.attributes, event)}});
  }
  return span;
}

std::string ServiceOf(const SpanBatch& batch, uint32_t resource) {
  for (const AttributeCode code : batch.resources.attributes.Row(resource)) {
    if (batch.AttributeKey(code) == "service.name") return PlainTextOf(batch.Value(code));
  }
  return {};
}

int64_t NumberOf(std::string_view id) {
  uint64_t number = 0;
  for (const char c : id.substr(id.size() - 8)) number = number << 8 | static_cast<uint8_t>(c);
  return static_cast<int64_t>(number);
}

class JaegerEncoder {
 public:
  explicit JaegerEncoder(const SpanBatch& batch) : batch_(batch) {}

  std::string Datagram(uint32_t resource, const std::vector<uint32_t>& spans) {
    out_.Message("emitBatch");
    out_.BeginStruct();
    out_.Field(1, ThriftType::kStruct);
    out_.BeginStruct();
    out_.Field(1, ThriftType::kStruct);
    out_.BeginStruct();
    out_.Text(1, ServiceOf(batch_, resource));
    Tags(2, batch_.resources.attributes, resource);
    out_.EndStruct();
    out_.Field(2, ThriftType::kList);
    out_.List(ThriftType::kStruct, spans.size());
    for (const uint32_t span : spans) Span(span);
    out_.EndStruct();
    out_.EndStruct();
    return std::move(out_.bytes);
  }

 private:
  void Span(uint32_t row) {
    const SpanColumns& spans = batch_.spans;
    out_.BeginStruct();
    const std::string_view trace_id = spans.trace_id[row].View();
    out_.Int(1, ThriftType::kI64, NumberOf(trace_id));
    out_.Int(2, ThriftType::kI64, NumberOf(trace_id.substr(0, 8)));
    out_.Int(3, ThriftType::kI64, NumberOf(spans.span_id[row].View()));
    out_.Int(4, ThriftType::kI64, NumberOf(spans.parent_span_id[row].View()));
    out_.Text(5, batch_.String(spans.name[row]));
    out_.Int(7, ThriftType::kI32, 1);
    out_.Int(8, ThriftType::kI64, static_cast<int64_t>(spans.start_unix_nanos[row] / 1000));
    out_.Int(
        9, ThriftType::kI64,
        static_cast<int64_t>((spans.end_unix_nanos[row] - spans.start_unix_nanos[row]) / 1000));
    Tags(10, spans.attributes, row);
    const auto [begin, end] = OwnedBy(spans.event_ends, row);
    out_.Field(11, ThriftType::kList);
    out_.List(ThriftType::kStruct, end - begin);
    for (uint32_t event = begin; event < end; ++event) {
      out_.BeginStruct();
      out_.Int(1, ThriftType::kI64,
               static_cast<int64_t>(batch_.events.time_unix_nanos[event] / 1000));
      Tags(2, batch_.events.attributes, event);
      out_.EndStruct();
    }
    out_.EndStruct();
  }

  void Tags(int16_t id, const AttributeLists& lists, size_t row) {
    const auto codes = lists.Row(row);
    out_.Field(id, ThriftType::kList);
    out_.List(ThriftType::kStruct, codes.size());
    for (const AttributeCode code : codes) {
      const AttributeValue value = batch_.Value(code);
      out_.BeginStruct();
      out_.Text(1, batch_.AttributeKey(code));
      const int type = value.kind == ValueKind::kDouble ? 1
                       : value.kind == ValueKind::kBool ? 2
                       : value.kind == ValueKind::kInt  ? 3
                                                        : 0;
      out_.Int(2, ThriftType::kI32, type);
      if (type == 0) out_.Text(3, PlainTextOf(value));
      if (type == 1) out_.Double(4, value.AsDouble());
      if (type == 2) out_.Bool(5, value.bits != 0);
      if (type == 3) out_.Int(6, ThriftType::kI64, value.AsInt());
      out_.EndStruct();
    }
  }

  const SpanBatch& batch_;
  testing::ThriftWriter out_{ThriftProtocol::kCompact};
};

}  // namespace

std::string ToOtlpJson(const SpanBatch& batch) {
  std::vector<Json> scopes(batch.scopes.size());
  for (uint32_t row = 0; row < batch.spans.size(); ++row)
    scopes[batch.spans.scope[row]]["spans"].push_back(OtlpSpan(batch, row));
  Json request;
  for (uint32_t scope = 0; scope < scopes.size(); ++scope) {
    scopes[scope]["scope"]["name"] = std::string(batch.String(batch.scopes.name[scope]));
    const Json resource = {{"attributes", OtlpAttributes(batch, batch.resources.attributes,
                                                         batch.scopes.resource[scope])}};
    request["resourceSpans"].push_back({{"resource", resource}, {"scopeSpans", {scopes[scope]}}});
  }
  return request.dump();
}

std::string ToZipkinJson(const SpanBatch& batch) {
  static constexpr const char* kKinds[] = {"", "", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"};
  const SpanColumns& spans = batch.spans;
  Json list = Json::array();
  for (uint32_t row = 0; row < spans.size(); ++row) {
    Json span = {{"traceId", ToHex(spans.trace_id[row].View())},
                 {"id", ToHex(spans.span_id[row].View())},
                 {"name", std::string(batch.String(spans.name[row]))},
                 {"timestamp", spans.start_unix_nanos[row] / 1000},
                 {"duration", (spans.end_unix_nanos[row] - spans.start_unix_nanos[row]) / 1000},
                 {"localEndpoint",
                  {{"serviceName", ServiceOf(batch, batch.scopes.resource[spans.scope[row]])}}}};
    if (!spans.parent_span_id[row].IsZero())
      span["parentId"] = ToHex(spans.parent_span_id[row].View());
    if (spans.kind[row] >= 2 && spans.kind[row] <= 5) span["kind"] = kKinds[spans.kind[row]];
    for (const AttributeCode code : spans.attributes.Row(row))
      span["tags"][std::string(batch.AttributeKey(code))] = PlainTextOf(batch.Value(code));
    const auto [begin, end] = OwnedBy(spans.event_ends, row);
    for (uint32_t event = begin; event < end; ++event) {
      span["annotations"].push_back(
          {{"timestamp", batch.events.time_unix_nanos[event] / 1000},
           {"value", std::string(batch.String(batch.events.name[event]))}});
    }
    list.push_back(std::move(span));
  }
  return list.dump();
}

std::vector<std::string> ToJaegerCompact(const SpanBatch& batch) {
  std::vector<std::vector<uint32_t>> by_resource(batch.resources.size());
  for (uint32_t row = 0; row < batch.spans.size(); ++row)
    by_resource[batch.scopes.resource[batch.spans.scope[row]]].push_back(row);
  std::vector<std::string> datagrams;
  for (uint32_t resource = 0; resource < by_resource.size(); ++resource) {
    if (!by_resource[resource].empty())
      datagrams.push_back(JaegerEncoder(batch).Datagram(resource, by_resource[resource]));
  }
  return datagrams;
}

}  // namespace vivace::bench
