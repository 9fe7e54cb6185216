#include "receive/zipkin/zipkin_proto.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "base/unix_time.h"
#include "columns/span_enums.h"
#include "receive/wire/protobuf_reader.h"
#include "receive/zipkin/zipkin_translator.h"

namespace vivace {
namespace {

// OTLP's kinds of Zipkin's: unspecified, client, server, producer, consumer.
constexpr uint8_t kKindsByNumber[] = {kKindUnspecified, kKindClient, kKindServer, kKindProducer,
                                      kKindConsumer};

// False where its port is none.
bool ReadEndpoint(std::string_view message, ZipkinEndpoint& endpoint) {
  bool has_good_port = true;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        endpoint.service_name = reader.Bytes();
        break;
      case BytesTag(2):
        if (const std::string ip = ZipkinIpOfBytes(reader.Bytes()); endpoint.ip.empty())
          endpoint.ip = ip;
        break;
      case BytesTag(3):
        if (const std::string ip = ZipkinIpOfBytes(reader.Bytes()); !ip.empty()) endpoint.ip = ip;
        break;
      case VarintTag(4):
        if (const uint64_t port = reader.Varint(); port <= UINT16_MAX) {
          endpoint.port = static_cast<uint16_t>(port);
        } else {
          has_good_port = false;
        }
        break;
      default:
        reader.Skip(tag);
    }
  }
  return has_good_port;
}

ZipkinAnnotation ReadAnnotation(std::string_view message) {
  ZipkinAnnotation annotation;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    if (tag == Fixed64Tag(1)) {
      annotation.time_unix_nanos = NanosOfMicros(reader.Fixed64());
    } else if (tag == BytesTag(2)) {
      annotation.value = reader.Bytes();
    } else {
      reader.Skip(tag);
    }
  }
  return annotation;
}

ZipkinTag ReadTag(std::string_view message) {
  ZipkinTag out;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    if (tag == BytesTag(1)) {
      out.key = reader.Bytes();
    } else if (tag == BytesTag(2)) {
      out.value = reader.Bytes();
    } else {
      reader.Skip(tag);
    }
  }
  return out;
}

// Whether the span can be stored.
bool ReadSpan(std::string_view message, ZipkinSpan& span, ElementLimit& elements,
              RejectedSpans& rejected) {
  CountElement(elements);
  std::string_view trace_id, span_id, parent_id;
  bool has_good_ports = true;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        trace_id = reader.Bytes();
        break;
      case BytesTag(2):
        parent_id = reader.Bytes();
        break;
      case BytesTag(3):
        span_id = reader.Bytes();
        break;
      case VarintTag(4):
        if (const uint64_t kind = reader.Varint(); kind < std::size(kKindsByNumber))
          span.kind = kKindsByNumber[kind];
        break;
      case BytesTag(5):
        span.name = reader.Bytes();
        break;
      case Fixed64Tag(6):
        span.start_unix_nanos = NanosOfMicros(reader.Fixed64());
        break;
      case VarintTag(7):
        span.duration_nanos = NanosOfMicros(reader.Varint());
        break;
      case BytesTag(8):
        has_good_ports &= ReadEndpoint(reader.Bytes(), span.local);
        break;
      case BytesTag(9):
        has_good_ports &= ReadEndpoint(reader.Bytes(), span.remote);
        break;
      case BytesTag(10):
        CountElement(elements);
        span.annotations.push_back(ReadAnnotation(reader.Bytes()));
        break;
      case BytesTag(11):
        CountElement(elements);
        span.tags.push_back(ReadTag(reader.Bytes()));
        break;
      default:
        reader.Skip(tag);
    }
  }
  if (!ReadPaddedId(trace_id, span.trace_id) || span.trace_id.IsZero()) {
    const std::string reason =
        fmt::format("invalid TraceID: has length {} yet wanted length 16", trace_id.size());
    rejected.Add(RejectKind::kTraceId,
                 trace_id.size() > TraceId::kBytes ? reason : kZipkinBadTraceId);
    return false;
  }
  if (!ReadPaddedId(span_id, span.span_id) || span.span_id.IsZero())
    return rejected.Add(RejectKind::kSpanId, kZipkinBadSpanId), false;
  if (!parent_id.empty() && !ReadPaddedId(parent_id, span.parent_span_id))
    return rejected.Add(RejectKind::kOther, kZipkinBadParentId), false;
  if (!has_good_ports) return rejected.Add(RejectKind::kOther, kZipkinBadPort), false;
  return true;
}

}  // namespace

Result<RejectedSpans> DecodeZipkinProto(std::string_view body, bool parse_string_tags,
                                        SpanBatchBuilder& builder) {
  thread_local ZipkinTranslator translator;
  translator.Begin(parse_string_tags);
  RejectedSpans rejected;
  ElementLimit elements(body.size());
  size_t count = 0;
  try {
    ProtobufReader reader(body);
    for (uint32_t tag = 0; reader.Next(tag); ++count) {
      if (tag != BytesTag(1)) {
        reader.Skip(tag);
      } else if (!ReadSpan(reader.Bytes(), translator.Next(), elements, rejected)) {
        translator.DropLast();
      }
    }
  } catch (const protozero::exception& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("proto: cannot parse invalid wire-format data (spans[{}]: {})", count,
                            error.what()));
  }
  translator.Finish(builder);
  return rejected;
}

}  // namespace vivace
