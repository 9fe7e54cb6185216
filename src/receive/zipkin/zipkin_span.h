// A span as Zipkin's v2 model has it: views into the request, read by zipkin_json.cc and
// zipkin_proto.cc, made into rows by ZipkinTranslator. Plain values whose memory is used again from
// span to span.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "columns/span_batch.h"
#include "receive/rejected_spans.h"

namespace vivace {

struct ZipkinTag {
  std::string_view key;
  std::string_view value;
};

struct ZipkinAnnotation {
  uint64_t time_unix_nanos = 0;
  std::string_view value;
};

struct ZipkinEndpoint {
  std::string_view service_name;
  std::string ip;  // as it prints; IPv6 before IPv4
  uint16_t port = 0;

  void Clear() { service_name = {}, ip.clear(), port = 0; }
};

struct ZipkinSpan {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;
  std::string_view name;
  uint8_t kind = 0;  // OTLP's
  bool start_is_missing = false;
  uint64_t start_unix_nanos = 0;
  uint64_t duration_nanos = 0;
  ZipkinEndpoint local;
  ZipkinEndpoint remote;
  std::vector<ZipkinTag> tags;
  std::vector<ZipkinAnnotation> annotations;

  void Clear();
};

// Reads up to 32 (16) hexadecimal digits as a number. False for anything else.
bool ParseZipkinId(std::string_view digits, TraceId& id);
bool ParseZipkinId(std::string_view digits, SpanId& id);

// Why spans are refused, as Tempo says it.
inline constexpr const char* kZipkinBadTraceId = "valid traceId required";
inline constexpr const char* kZipkinBadSpanId = "valid span id required";
inline constexpr const char* kZipkinBadParentId = "valid parentId required";
inline constexpr const char* kZipkinBadPort = "port out of range";
inline constexpr const char* kZipkinBadAnnotation = "valid annotation timestamp required";

// An address as Go prints it, from its text or its 4 or 16 bytes; the text as it came where it is
// no address.
std::string NormalizeZipkinIp(std::string_view text);
std::string ZipkinIpOfBytes(std::string_view raw);

}  // namespace vivace
