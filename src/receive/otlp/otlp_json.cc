#include "receive/otlp/otlp_json.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <vector>

#include "columns/span_enums.h"
#include "receive/otlp/otlp_json_value.h"
#include "receive/wire/json_reader.h"

namespace vivace {
namespace {

using Value = JsonReader::Value;
using Object = JsonReader::Object;

bool Is(std::string_view name, std::string_view camel, std::string_view snake) {
  return name == camel || name == snake;
}

constexpr std::array<int8_t, 256> MakeHexDigits() {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 10; ++i) digits['0' + i] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = static_cast<int8_t>(10 + i);
  return digits;
}

constexpr std::array<int8_t, 256> kHexDigits = MakeHexDigits();

// How the text of an id reads: its bits, and what is wrong with it.
struct IdCheck {
  size_t bits = 0;
  bool is_hex = true;
  bool has_valid_size = false;
};

template <typename Id>
IdCheck ParseId(std::string_view text, Id& id) {
  IdCheck result{.bits = text.size() * 4, .has_valid_size = text.size() == 2 * Id::kBytes};
  int all = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const int digit = kHexDigits[static_cast<uint8_t>(text[i])];
    all |= digit;
    if (result.has_valid_size)
      id.bytes[i / 2] = static_cast<uint8_t>(id.bytes[i / 2] << 4 | (digit & 15));
  }
  result.is_hex = all >= 0;
  return result;
}

// Walks one request. Rows of resources and scopes are added before their spans, so their members
// are looked up first.
class RequestReader {
 public:
  RequestReader(JsonReader& reader, SpanBatchBuilder& builder, RejectedSpans& rejected)
      : reader_(reader), builder_(builder), rejected_(rejected) {}

  bool ReadRequest(Object request) {
    return reader_.ForEachField(request, [&](std::string_view name, Value value) {
      if (!Is(name, "resourceSpans", "resource_spans")) return true;
      return reader_.ForEachElement(value,
                                    [&](Value element) { return ReadResourceSpans(element); });
    });
  }

 private:
  bool ReadResourceSpans(Value json) {
    Object object;
    if (!reader_.GetObject(json, object)) return false;
    codes_.clear();
    entity_refs_.clear();
    uint32_t dropped = 0;
    if (!reader_.WithMember(object, "resource",
                            [&](Value resource) { return ReadResource(resource, dropped); }))
      return false;
    const uint32_t row = builder_.AddResource(codes_, dropped, {}, entity_refs_);
    return reader_.ForEachField(object, [&](std::string_view name, Value value) {
      if (Is(name, "scopeSpans", "scope_spans")) {
        return reader_.ForEachElement(value,
                                      [&](Value element) { return ReadScopeSpans(element, row); });
      }
      return !Is(name, "schemaUrl", "schema_url") ||
             ReadCode(value, builder_.batch().resources.schema_url[row]);
    });
  }

  bool ReadResource(Value json, uint32_t& dropped) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "attributes") return ReadCodes(value);
      if (Is(name, "droppedAttributesCount", "dropped_attributes_count"))
        return reader_.ReadUint32(value, dropped);
      if (!Is(name, "entityRefs", "entity_refs")) return true;
      return reader_.ForEachElement(
          value, [&](Value element) { return AppendEntityRef(reader_, element, entity_refs_); });
    });
  }

  bool ReadScopeSpans(Value json, uint32_t resource) {
    Object object;
    if (!reader_.GetObject(json, object)) return false;
    codes_.clear();
    std::string_view scope_name, version;
    uint32_t dropped = 0;
    const auto read_scope = [&](Value scope) {
      return ReadScope(scope, scope_name, version, dropped);
    };
    if (!reader_.WithMember(object, "scope", read_scope)) return false;
    const uint32_t row = builder_.AddScope(resource, scope_name, version, codes_, dropped, {});
    return reader_.ForEachField(object, [&](std::string_view name, Value value) {
      if (name == "spans") {
        return reader_.ForEachElement(value, [&](Value element) { return ReadSpan(element, row); });
      }
      return !Is(name, "schemaUrl", "schema_url") ||
             ReadCode(value, builder_.batch().scopes.schema_url[row]);
    });
  }

  bool ReadScope(Value json, std::string_view& scope_name, std::string_view& version,
                 uint32_t& dropped) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "name") return reader_.ReadString(value, scope_name);
      if (name == "version") return reader_.ReadString(value, version);
      if (name == "attributes") return ReadCodes(value);
      return !Is(name, "droppedAttributesCount", "dropped_attributes_count") ||
             reader_.ReadUint32(value, dropped);
    });
  }

  bool ReadSpan(Value json, uint32_t scope) {
    builder_.BeginSpan();
    trace_id_ = span_id_ = IdCheck{};
    reject_reason_.clear();
    const auto on_field = [&](std::string_view name, Value value) {
      return ReadSpanField(name, value);
    };
    if (!reader_.ForEachField(json, on_field)) return false;
    if (AcceptSpan()) {
      builder_.CommitSpan(scope);
    } else {
      builder_.RollBackSpan();
    }
    return true;
  }

  // Counts the span as rejected and returns false where its ids or enums are unusable.
  bool AcceptSpan() {
    const SpanRow& row = builder_.row();
    if (!trace_id_.is_hex)
      return Reject(RejectKind::kTraceId, "trace ids must be hexadecimal digits");
    if (!trace_id_.has_valid_size || row.trace_id.IsZero())
      return rejected_.AddInvalidTraceId(trace_id_.has_valid_size ? 0 : trace_id_.bits), false;
    if (!span_id_.is_hex) return Reject(RejectKind::kSpanId, "span ids must be hexadecimal digits");
    if (!span_id_.has_valid_size || row.span_id.IsZero())
      return rejected_.AddInvalidSpanId(span_id_.has_valid_size ? 0 : span_id_.bits), false;
    return reject_reason_.empty() || Reject(RejectKind::kOther, std::move(reject_reason_));
  }

  bool Reject(RejectKind kind, std::string reason) {
    return rejected_.Add(kind, std::move(reason)), false;
  }

  // In the order in which senders write them.
  bool ReadSpanField(std::string_view name, Value value) {
    SpanRow& row = builder_.row();
    if (Is(name, "traceId", "trace_id")) return ReadId(value, row.trace_id, trace_id_);
    if (Is(name, "spanId", "span_id")) return ReadId(value, row.span_id, span_id_);
    if (Is(name, "parentSpanId", "parent_span_id"))
      return ReadOptionalId(value, "parent span", row.parent_span_id);
    if (name == "name") return ReadCode(value, row.name);
    if (name == "kind") return ReadEnum(value, "span kind", kKindNames, row.kind);
    if (Is(name, "startTimeUnixNano", "start_time_unix_nano"))
      return reader_.ReadUint64(value, row.start_unix_nanos);
    if (Is(name, "endTimeUnixNano", "end_time_unix_nano"))
      return reader_.ReadUint64(value, row.end_unix_nanos);
    if (name == "attributes")
      return ReadAttributes(value, [&](AttributeCode code) { builder_.SpanAttribute(code); });
    if (name == "status") return ReadStatus(value);
    if (name == "events")
      return reader_.ForEachElement(value, [&](Value element) { return ReadEvent(element); });
    if (name == "links")
      return reader_.ForEachElement(value, [&](Value element) { return ReadLink(element); });
    if (name == "flags") return reader_.ReadUint32(value, row.flags);
    if (Is(name, "traceState", "trace_state")) return ReadCode(value, row.trace_state);
    if (Is(name, "droppedAttributesCount", "dropped_attributes_count"))
      return reader_.ReadUint32(value, row.dropped_attributes);
    if (Is(name, "droppedEventsCount", "dropped_events_count"))
      return reader_.ReadUint32(value, row.dropped_events);
    if (Is(name, "droppedLinksCount", "dropped_links_count"))
      return reader_.ReadUint32(value, row.dropped_links);
    return true;
  }

  bool ReadStatus(Value json) {
    SpanRow& row = builder_.row();
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "message") return ReadCode(value, row.status_message);
      return name != "code" || ReadEnum(value, "status code", kStatusNames, row.status_code);
    });
  }

  bool ReadEvent(Value json) {
    builder_.BeginEvent();
    EventRow& event = builder_.event();
    const auto on_field = [&](std::string_view name, Value value) {
      if (Is(name, "timeUnixNano", "time_unix_nano"))
        return reader_.ReadUint64(value, event.time_unix_nanos);
      if (name == "name") return ReadCode(value, event.name);
      if (name == "attributes")
        return ReadAttributes(value, [&](AttributeCode code) { builder_.EventAttribute(code); });
      return !Is(name, "droppedAttributesCount", "dropped_attributes_count") ||
             reader_.ReadUint32(value, event.dropped_attributes);
    };
    return reader_.ForEachField(json, on_field) && (builder_.EndEvent(), true);
  }

  bool ReadLink(Value json) {
    builder_.BeginLink();
    LinkRow& link = builder_.link();
    const auto on_field = [&](std::string_view name, Value value) {
      if (Is(name, "traceId", "trace_id"))
        return ReadOptionalId(value, "link trace", link.trace_id);
      if (Is(name, "spanId", "span_id")) return ReadOptionalId(value, "link span", link.span_id);
      if (Is(name, "traceState", "trace_state")) return ReadCode(value, link.trace_state);
      if (name == "attributes")
        return ReadAttributes(value, [&](AttributeCode code) { builder_.LinkAttribute(code); });
      if (name == "flags") return reader_.ReadUint32(value, link.flags);
      return !Is(name, "droppedAttributesCount", "dropped_attributes_count") ||
             reader_.ReadUint32(value, link.dropped_attributes);
    };
    return reader_.ForEachField(json, on_field) && (builder_.EndLink(), true);
  }

  bool ReadCodes(Value json) {
    return ReadAttributes(json, [&](AttributeCode code) { codes_.push_back(code); });
  }

  template <typename OnCode>
  bool ReadAttributes(Value json, OnCode&& on_code) {
    return reader_.ForEachElement(json, [&](Value element) {
      std::string_view key;
      AttributeValue attribute;
      const auto on_field = [&](std::string_view name, Value value) {
        if (name == "key") return reader_.ReadString(value, key);
        return name != "value" || ReadAnyValue(reader_, value, scratch_, attribute);
      };
      return reader_.ForEachField(element, on_field) &&
             (on_code(builder_.AddAttribute(key, attribute)), true);
    });
  }

  bool ReadCode(Value value, StringCode& code) {
    std::string_view text;
    return reader_.ReadString(value, text) && (code = builder_.AddString(text), true);
  }

  template <typename Id>
  bool ReadId(Value value, Id& id, IdCheck& result) {
    std::string_view text;
    return reader_.ReadString(value, text) && (result = ParseId(text, id), true);
  }

  // Empty or all zero: none. A bad one refuses the span, not the request.
  template <typename Id>
  bool ReadOptionalId(Value value, std::string_view what, Id& id) {
    IdCheck result;
    if (!ReadId(value, id, result)) return false;
    if (!result.is_hex) reject_reason_ = fmt::format("{} ids must be hexadecimal digits", what);
    if (!result.has_valid_size && result.bits > 0) {
      reject_reason_ =
          fmt::format("{} ids must be {} bit, received {} bits", what, Id::kBytes * 8, result.bits);
    }
    return true;
  }

  // A number out of 0..255 refuses the span, an unknown name the request.
  bool ReadEnum(Value value, std::string_view what, std::span<const std::string_view> names,
                uint8_t& out) {
    if (JsonReader::IsString(value)) return ReadEnumName(value, names, out);
    int64_t number = 0;
    if (!reader_.ReadInt64(value, number)) return false;
    if (number < 0 || number > 255)
      reject_reason_ = fmt::format("{} must be in 0..255, received {}", what, number);
    out = static_cast<uint8_t>(number);
    return true;
  }

  bool ReadEnumName(Value value, std::span<const std::string_view> names, uint8_t& out) {
    std::string_view text;
    if (!reader_.ReadString(value, text)) return false;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == text) return out = static_cast<uint8_t>(i), true;
    }
    return reader_.Fail(fmt::format("unknown string value \"{}\"", text.substr(0, 64)));
  }

  JsonReader& reader_;
  SpanBatchBuilder& builder_;
  RejectedSpans& rejected_;
  std::vector<AttributeCode> codes_;
  std::string entity_refs_;
  std::string scratch_;
  IdCheck trace_id_, span_id_;
  std::string reject_reason_;  // why the current span is refused, apart from its own ids
};

}  // namespace

OtlpJsonDecoder::OtlpJsonDecoder() : reader_(std::make_unique<JsonReader>()) {}
OtlpJsonDecoder::~OtlpJsonDecoder() = default;

void OtlpJsonDecoder::ShrinkBuffers(size_t body_bytes_max) {
  reader_->ShrinkBuffers(body_bytes_max);
}

Result<RejectedSpans> OtlpJsonDecoder::Decode(std::string_view body, SpanBatchBuilder& builder) {
  RejectedSpans rejected;
  Object request;
  if (reader_->Open(body, request) &&
      RequestReader(*reader_, builder, rejected).ReadRequest(request) && reader_->Close())
    return rejected;
  return std::unexpected(reader_->error());
}

Result<RejectedSpans> DecodeOtlpJson(std::string_view body, SpanBatchBuilder& builder) {
  return OtlpJsonDecoder().Decode(body, builder);
}

}  // namespace vivace
