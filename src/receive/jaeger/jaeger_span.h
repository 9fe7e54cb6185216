// A span as Jaeger's protocols encode it, and the process it comes from: views into the request,
// read by jaeger_thrift.cc and jaeger_proto.cc, made into rows by JaegerTranslator. Plain values
// whose memory is used again from span to span.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "columns/span_batch.h"

namespace vivace {

// The type of a reference that is not "child of" (0).
inline constexpr unsigned kReferenceFollowsFrom = 1;

// Reads an id of at most its length, padded with zeros on the left, and returns how many bits were
// sent: 0 for an all-zero one.
template <typename Id>
size_t ReadJaegerId(std::string_view raw, Id& id) {
  ReadPaddedId(raw, id);
  return raw.find_first_not_of('\0') == std::string_view::npos ? 0 : raw.size() * 8;
}

struct JaegerTag {
  std::string_view key;
  AttributeValue value;
};

struct JaegerReference {
  TraceId trace_id;
  SpanId span_id;
  bool follows_from = false;  // else child of
};

struct JaegerLog {
  uint64_t time_unix_nanos = 0;
  uint32_t fields_end = 0;  // in log_fields; they begin where those of the log before end
};

struct JaegerSpan {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;                       // zero where only references name it
  size_t trace_id_bits = 0, span_id_bits = 0;  // as sent
  std::string_view name;
  uint64_t start_unix_nanos = 0;
  uint64_t duration_nanos = 0;
  std::vector<JaegerReference> references;
  std::vector<JaegerTag> tags;
  std::vector<JaegerLog> logs;
  std::vector<JaegerTag> log_fields;

  void Clear();
};

struct JaegerProcess {
  std::string_view service_name;
  std::vector<JaegerTag> tags;
};

}  // namespace vivace
