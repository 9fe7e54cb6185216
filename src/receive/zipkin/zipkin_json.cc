#include "receive/zipkin/zipkin_json.h"

#include <deque>

#include "base/unix_time.h"
#include "columns/span_enums.h"
#include "receive/wire/json_reader.h"
#include "receive/zipkin/zipkin_tag_value.h"
#include "receive/zipkin/zipkin_translator.h"
#include "receive/zipkin/zipkin_v1.h"

namespace vivace {
namespace {

using Value = JsonReader::Value;

struct KindName {
  std::string_view name;
  uint8_t kind;
};
constexpr KindName kKindNames[] = {{"CLIENT", kKindClient},
                                   {"SERVER", kKindServer},
                                   {"PRODUCER", kKindProducer},
                                   {"CONSUMER", kKindConsumer}};

bool ReadPort(JsonReader& reader, Value value, uint16_t& port) {
  uint32_t number = 0;
  if (!reader.ReadUint32(value, number)) return false;
  if (number > UINT16_MAX) return reader.Fail(kZipkinBadPort);
  port = static_cast<uint16_t>(number);
  return true;
}

// Times are whole microseconds; some clients write them with a fraction.
bool ReadMicros(JsonReader& reader, Value value, uint64_t& micros) {
  double number = 0;
  if (JsonReader::IsString(value)) return reader.ReadUint64(value, micros);
  if (value.get_uint64().get(micros) == simdjson::SUCCESS) return true;
  if (!reader.ReadDouble(value, number)) return false;
  if (number < 0 || number >= 0x1p63) return reader.Fail("timestamp out of range");
  micros = static_cast<uint64_t>(number);
  return true;
}

class V2Reader {
 public:
  V2Reader(JsonReader& reader, ZipkinTranslator& translator, RejectedSpans& rejected)
      : reader_(reader), translator_(translator), rejected_(rejected) {}

  bool ReadSpan(Value json) {
    ZipkinSpan& span = translator_.Next();
    reject_reason_ = nullptr;
    bool has_trace_id = false, has_span_id = false, has_start = false;
    const bool is_read = reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "traceId") return ReadId(value, span.trace_id, has_trace_id);
      if (name == "id") return ReadId(value, span.span_id, has_span_id);
      if (name == "parentId") return ReadParentId(value, span.parent_span_id);
      if (name == "name") return reader_.ReadString(value, span.name);
      if (name == "kind") return ReadKind(value, span.kind);
      if (name == "timestamp")
        return ReadTime(value, span.start_unix_nanos) &&
               (has_start = span.start_unix_nanos != 0, true);
      if (name == "duration") return ReadTime(value, span.duration_nanos);
      if (name == "localEndpoint") return ReadEndpoint(value, span.local);
      if (name == "remoteEndpoint") return ReadEndpoint(value, span.remote);
      if (name == "tags") return ReadTags(value, span);
      if (name == "annotations") return ReadAnnotations(value, span);
      return true;
    });
    if (!is_read) return false;
    span.start_is_missing = !has_start;
    if (!has_trace_id || span.trace_id.IsZero())
      return Reject(RejectKind::kTraceId, kZipkinBadTraceId);
    if (!has_span_id || span.span_id.IsZero()) return Reject(RejectKind::kSpanId, kZipkinBadSpanId);
    return reject_reason_ == nullptr || Reject(RejectKind::kOther, reject_reason_);
  }

 private:
  // The span alone.
  bool Reject(RejectKind kind, const char* reason) {
    rejected_.Add(kind, reason);
    translator_.DropLast();
    return true;
  }

  template <typename Id>
  bool ReadId(Value value, Id& id, bool& is_good) {
    std::string_view digits;
    if (!reader_.ReadString(value, digits)) return false;
    is_good = ParseZipkinId(digits, id);
    return true;
  }

  bool ReadParentId(Value value, SpanId& id) {
    std::string_view digits;
    if (!reader_.ReadString(value, digits)) return false;
    if (!digits.empty() && !ParseZipkinId(digits, id)) reject_reason_ = kZipkinBadParentId;
    return true;
  }

  bool ReadKind(Value value, uint8_t& kind) {
    std::string_view text;
    if (!reader_.ReadString(value, text)) return false;
    for (const KindName& known : kKindNames) {
      if (known.name == text) kind = known.kind;
    }
    return true;
  }

  bool ReadTime(Value value, uint64_t& nanos) {
    if (!ReadMicros(reader_, value, nanos)) return false;
    nanos = NanosOfMicros(nanos);
    return true;
  }

  bool ReadEndpoint(Value json, ZipkinEndpoint& endpoint) {
    std::string_view ipv4, ipv6;
    const bool is_read = reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "serviceName") return reader_.ReadString(value, endpoint.service_name);
      if (name == "ipv4") return reader_.ReadString(value, ipv4);
      if (name == "ipv6") return reader_.ReadString(value, ipv6);
      return name != "port" || ReadPort(reader_, value, endpoint.port);
    });
    if (const std::string_view ip = ipv6.empty() ? ipv4 : ipv6; !ip.empty())
      endpoint.ip = NormalizeZipkinIp(ip);
    return is_read;
  }

  // Tags are texts; what clients write as numbers and booleans is taken as it stands.
  bool ReadTags(Value json, ZipkinSpan& span) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      std::string_view text;
      if (JsonReader::IsString(value)) {
        if (!reader_.ReadString(value, text)) return false;
      } else {
        text = value.raw_json_token();
        while (text.ends_with(' ') || text.ends_with('\n') || text.ends_with('\r') ||
               text.ends_with('\t'))
          text.remove_suffix(1);
      }
      span.tags.push_back({name, text});
      return true;
    });
  }

  bool ReadAnnotations(Value json, ZipkinSpan& span) {
    return reader_.ForEachElement(json, [&](Value element) {
      ZipkinAnnotation annotation;
      const bool is_read = reader_.ForEachField(element, [&](std::string_view name, Value value) {
        if (name == "timestamp") return ReadTime(value, annotation.time_unix_nanos);
        return name != "value" || reader_.ReadString(value, annotation.value);
      });
      if (annotation.time_unix_nanos == 0) reject_reason_ = kZipkinBadAnnotation;
      span.annotations.push_back(annotation);
      return is_read;
    });
  }

  JsonReader& reader_;
  ZipkinTranslator& translator_;
  RejectedSpans& rejected_;
  const char* reject_reason_ = nullptr;  // why the span at hand is refused, apart from its own ids
};

class V1Reader {
 public:
  V1Reader(JsonReader& reader, SpanBatchBuilder& builder, bool parse_string_tags,
           RejectedSpans& rejected)
      : reader_(reader),
        translator_(builder, static_cast<uint64_t>(NowUnixNanos()), true),
        parse_string_tags_(parse_string_tags),
        rejected_(rejected) {}

  bool ReadSpan(Value json) {
    span_.Clear();
    std::string_view trace_id, span_id, parent_id;
    const bool is_read = reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "traceId") return reader_.ReadString(value, trace_id);
      if (name == "id") return reader_.ReadString(value, span_id);
      if (name == "parentId") return reader_.ReadString(value, parent_id);
      if (name == "name") return reader_.ReadString(value, span_.name);
      if (name == "timestamp") return ReadMicros(reader_, value, span_.start_micros);
      if (name == "duration") return ReadMicros(reader_, value, span_.duration_micros);
      if (name == "annotations") return ReadAnnotations(value);
      return name != "binaryAnnotations" || ReadBinaryAnnotations(value);
    });
    if (!is_read) return false;
    if (const char* reason = TraceIdError(trace_id); reason != nullptr) {
      rejected_.Add(RejectKind::kTraceId, reason);
    } else if (!ParseSpanId(span_id, span_.span_id) || span_.span_id.IsZero()) {
      rejected_.Add(RejectKind::kSpanId,
                    span_id.size() == 16
                        ? "zipkinV1 span id: ID is zero"
                        : "zipkinV1 span id: hex Id has wrong length (expected 16)");
    } else if (!parent_id.empty() && !ParseSpanId(parent_id, span_.parent_span_id)) {
      rejected_.Add(RejectKind::kOther,
                    "zipkinV1 span parentId: hex Id has wrong length (expected 16)");
    } else {
      translator_.AddSpan(span_);
    }
    return true;
  }

 private:
  const char* TraceIdError(std::string_view digits) {
    const bool has_valid_size = digits.size() == 16 || digits.size() == 32;
    if (!has_valid_size || !ParseZipkinId(digits, span_.trace_id))
      return "zipkinV1 span traceId: hex traceId span has wrong length (expected 16 or 32)";
    return span_.trace_id.IsZero() ? "zipkinV1 span traceId: traceId is zero" : nullptr;
  }

  static bool ParseSpanId(std::string_view digits, SpanId& id) {
    return digits.size() == 16 && ParseZipkinId(digits, id);
  }

  bool ReadAnnotations(Value json) {
    return reader_.ForEachElement(json, [&](Value element) {
      ZipkinV1Annotation annotation;
      const bool is_read = reader_.ForEachField(element, [&](std::string_view name, Value value) {
        if (name == "timestamp") return ReadMicros(reader_, value, annotation.time_micros);
        if (name == "value") return reader_.ReadString(value, annotation.value);
        return name != "endpoint" || ReadEndpoint(value, annotation.endpoint);
      });
      span_.annotations.push_back(std::move(annotation));
      return is_read;
    });
  }

  bool ReadBinaryAnnotations(Value json) {
    return reader_.ForEachElement(json, [&](Value element) {
      ZipkinV1BinaryAnnotation tag;
      const bool is_read = reader_.ForEachField(element, [&](std::string_view name, Value value) {
        if (name == "key") return reader_.ReadString(value, tag.key);
        if (name == "value") return reader_.ReadScalar(value, tag.value);
        return name != "endpoint" || ReadEndpoint(value, tag.endpoint);
      });
      if (parse_string_tags_ && tag.value.kind == ValueKind::kString)
        tag.value = ParseStringTag(tag.value.text);
      span_.binary_annotations.push_back(std::move(tag));
      return is_read;
    });
  }

  bool ReadEndpoint(Value json, ZipkinV1Endpoint& endpoint) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      std::string_view text;
      if (name == "serviceName") return reader_.ReadString(value, endpoint.service_name);
      if (name == "ipv4")
        return reader_.ReadString(value, text) && (endpoint.ipv4 = NormalizeZipkinIp(text), true);
      if (name == "ipv6")
        return reader_.ReadString(value, text) && (endpoint.ipv6 = NormalizeZipkinIp(text), true);
      return name != "port" || ReadPort(reader_, value, endpoint.port);
    });
  }

  JsonReader& reader_;
  ZipkinV1Translator translator_;
  const bool parse_string_tags_;
  RejectedSpans& rejected_;
  ZipkinV1Span span_;
};

}  // namespace

struct ZipkinJsonDecoder::State {
  // Both list spans at the root.
  template <typename SpanReader>
  bool ReadList(std::string_view body, SpanReader&& spans) {
    JsonReader::Array list;
    return reader.Open(body, list) &&
           reader.ForEachElement(list, [&](Value span) { return spans.ReadSpan(span); }) &&
           reader.Close();
  }

  JsonReader reader;
  ZipkinTranslator translator;
};

ZipkinJsonDecoder::ZipkinJsonDecoder() : state_(std::make_unique<State>()) {}
ZipkinJsonDecoder::~ZipkinJsonDecoder() = default;

Result<RejectedSpans> ZipkinJsonDecoder::DecodeV2(std::string_view body, bool parse_string_tags,
                                                  SpanBatchBuilder& builder) {
  RejectedSpans rejected;
  state_->translator.Begin(parse_string_tags);
  if (!state_->ReadList(body, V2Reader(state_->reader, state_->translator, rejected)))
    return std::unexpected(state_->reader.error());
  state_->translator.Finish(builder);
  return rejected;
}

Result<RejectedSpans> ZipkinJsonDecoder::DecodeV1(std::string_view body, bool parse_string_tags,
                                                  SpanBatchBuilder& builder) {
  RejectedSpans rejected;
  if (!state_->ReadList(body, V1Reader(state_->reader, builder, parse_string_tags, rejected)))
    return std::unexpected(state_->reader.error());
  return rejected;
}

void ZipkinJsonDecoder::ShrinkBuffers(size_t body_bytes_max) {
  state_->reader.ShrinkBuffers(body_bytes_max);
}

}  // namespace vivace
