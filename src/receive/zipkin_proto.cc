#include "receive/zipkin_proto.h"

#include <fmt/format.h>

#include "receive/otlp_numbers.h"
#include "receive/wire_cursor.h"
#include "receive/zipkin_translator.h"

namespace vivace {
namespace {

using protozero::pbf_wire_type;

constexpr auto kBytes = pbf_wire_type::length_delimited;
constexpr auto kVarint = pbf_wire_type::varint;
constexpr auto kFixed64 = pbf_wire_type::fixed64;
// OTLP's kinds of Zipkin's: unspecified, client, server, producer, consumer.
constexpr uint8_t kKinds[] = {kKindUnspecified, kKindClient, kKindServer, kKindProducer, kKindConsumer};

void ReadEndpoint(std::string_view message, ZipkinEndpoint& endpoint) {
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    switch (tag) {
      case WireTag(1, kBytes):
        endpoint.service_name = cursor.Bytes();
        break;
      case WireTag(2, kBytes):
        if (const std::string ip = ZipkinIpOfBytes(cursor.Bytes()); endpoint.ip.empty()) endpoint.ip = ip;
        break;
      case WireTag(3, kBytes):
        if (const std::string ip = ZipkinIpOfBytes(cursor.Bytes()); !ip.empty()) endpoint.ip = ip;
        break;
      case WireTag(4, kVarint):
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
    if (tag == WireTag(1, kFixed64)) {
      annotation.time_unix_nanos = cursor.Fixed64() * kZipkinTimeUnitNanos;
    } else if (tag == WireTag(2, kBytes)) {
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
    if (tag == WireTag(1, kBytes)) {
      out.key = cursor.Bytes();
    } else if (tag == WireTag(2, kBytes)) {
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
      case WireTag(1, kBytes):
        trace_id = cursor.Bytes();
        break;
      case WireTag(2, kBytes):
        parent_id = cursor.Bytes();
        break;
      case WireTag(3, kBytes):
        span_id = cursor.Bytes();
        break;
      case WireTag(4, kVarint):
        if (const uint64_t kind = cursor.Varint(); kind < std::size(kKinds)) span.kind = kKinds[kind];
        break;
      case WireTag(5, kBytes):
        span.name = cursor.Bytes();
        break;
      case WireTag(6, kFixed64):
        span.start_unix_nanos = cursor.Fixed64() * kZipkinTimeUnitNanos;
        break;
      case WireTag(7, kVarint):
        span.duration_nanos = cursor.Varint() * kZipkinTimeUnitNanos;
        break;
      case WireTag(8, kBytes):
        ReadEndpoint(cursor.Bytes(), span.local);
        break;
      case WireTag(9, kBytes):
        ReadEndpoint(cursor.Bytes(), span.remote);
        break;
      case WireTag(10, kBytes):
        span.annotations.push_back(ReadAnnotation(cursor.Bytes()));
        break;
      case WireTag(11, kBytes):
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
      if (tag != WireTag(1, kBytes)) {
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
