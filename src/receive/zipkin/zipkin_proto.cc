#include "receive/zipkin/zipkin_proto.h"

#include <fmt/format.h>

#include "receive/otlp_numbers.h"
#include "receive/wire/protobuf_reader.h"
#include "receive/zipkin/zipkin_translator.h"

namespace vivace {
namespace {

// OTLP's kinds of Zipkin's: unspecified, client, server, producer, consumer.
constexpr uint8_t kKinds[] = {kKindUnspecified, kKindClient, kKindServer, kKindProducer, kKindConsumer};

void ReadEndpoint(std::string_view message, ZipkinEndpoint& endpoint) {
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        endpoint.service_name = cursor.Bytes();
        break;
      case BytesTag(2):
        if (const std::string ip = ZipkinIpOfBytes(cursor.Bytes()); endpoint.ip.empty()) endpoint.ip = ip;
        break;
      case BytesTag(3):
        if (const std::string ip = ZipkinIpOfBytes(cursor.Bytes()); !ip.empty()) endpoint.ip = ip;
        break;
      case VarintTag(4):
        endpoint.port = static_cast<uint16_t>(cursor.Varint());
        break;
      default:
        cursor.Skip(tag);
    }
  }
}

ZipkinAnnotation ReadAnnotation(std::string_view message) {
  ZipkinAnnotation annotation;
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    if (tag == Fixed64Tag(1)) {
      annotation.time_unix_nanos = cursor.Fixed64() * kZipkinTimeUnitNanos;
    } else if (tag == BytesTag(2)) {
      annotation.value = cursor.Bytes();
    } else {
      cursor.Skip(tag);
    }
  }
  return annotation;
}

ZipkinTag ReadTag(std::string_view message) {
  ZipkinTag out;
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    if (tag == BytesTag(1)) {
      out.key = cursor.Bytes();
    } else if (tag == BytesTag(2)) {
      out.value = cursor.Bytes();
    } else {
      cursor.Skip(tag);
    }
  }
  return out;
}

// Whether the span can be stored.
bool ReadSpan(std::string_view message, ZipkinSpan& span, RejectedSpans& rejected) {
  std::string_view trace_id, span_id, parent_id;
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        trace_id = cursor.Bytes();
        break;
      case BytesTag(2):
        parent_id = cursor.Bytes();
        break;
      case BytesTag(3):
        span_id = cursor.Bytes();
        break;
      case VarintTag(4):
        if (const uint64_t kind = cursor.Varint(); kind < std::size(kKinds)) span.kind = kKinds[kind];
        break;
      case BytesTag(5):
        span.name = cursor.Bytes();
        break;
      case Fixed64Tag(6):
        span.start_unix_nanos = cursor.Fixed64() * kZipkinTimeUnitNanos;
        break;
      case VarintTag(7):
        span.duration_nanos = cursor.Varint() * kZipkinTimeUnitNanos;
        break;
      case BytesTag(8):
        ReadEndpoint(cursor.Bytes(), span.local);
        break;
      case BytesTag(9):
        ReadEndpoint(cursor.Bytes(), span.remote);
        break;
      case BytesTag(10):
        span.annotations.push_back(ReadAnnotation(cursor.Bytes()));
        break;
      case BytesTag(11):
        span.tags.push_back(ReadTag(cursor.Bytes()));
        break;
      default:
        cursor.Skip(tag);
    }
  }
  if (!ReadShortId(trace_id, span.trace_id) || span.trace_id.IsZero()) {
    const std::string reason = fmt::format("invalid TraceID: has length {} yet wanted length 16", trace_id.size());
    rejected.Add(RejectKind::kTraceId, trace_id.size() > TraceId::kBytes ? reason : kZipkinBadTraceId);
    return false;
  }
  if (!ReadShortId(span_id, span.span_id) || span.span_id.IsZero()) return rejected.Add(RejectKind::kSpanId, kZipkinBadSpanId), false;
  if (!parent_id.empty() && !ReadShortId(parent_id, span.parent_span_id))
    return rejected.Add(RejectKind::kOther, kZipkinBadParentId), false;
  return true;
}

}  // namespace

Result<RejectedSpans> DecodeZipkinProto(std::string_view body, bool parse_string_tags, SpanBatchBuilder& builder) {
  thread_local ZipkinTranslator translator;
  translator.Begin(parse_string_tags);
  RejectedSpans rejected;
  size_t count = 0;
  try {
    WireCursor cursor(body);
    for (uint32_t tag = 0; cursor.Next(tag); ++count) {
      if (tag != BytesTag(1)) {
        cursor.Skip(tag);
      } else if (!ReadSpan(cursor.Bytes(), translator.Next(), rejected)) {
        translator.Drop();
      }
    }
  } catch (const protozero::exception& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("proto: cannot parse invalid wire-format data (spans[{}]: {})", count, error.what()));
  }
  translator.Finish(builder);
  return rejected;
}

}  // namespace vivace
