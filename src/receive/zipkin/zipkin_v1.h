// Zipkin's older v1 spans, as decoded from JSON and Thrift, and how they become rows
// (spec/api.md 3.3.3).
//
// A v1 span has no kind and no service of its own: both are found among its annotations. Spans are
// views into the request whose memory is used again from span to span; a translator is owned by one
// decoding.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "columns/span_batch_builder.h"
#include "receive/attribute_map.h"

namespace vivace {

struct ZipkinV1Endpoint {
  std::string_view service_name;
  std::string ipv4;
  std::string ipv6;
  uint16_t port = 0;

  bool IsEmpty() const { return service_name.empty() && ipv4.empty() && ipv6.empty() && port == 0; }
};

struct ZipkinV1Annotation {
  uint64_t time_micros = 0;
  std::string_view value;
  ZipkinV1Endpoint endpoint;
};

struct ZipkinV1BinaryAnnotation {
  std::string_view key;
  AttributeValue value;
  ZipkinV1Endpoint endpoint;
};

struct ZipkinV1Span {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;
  std::string_view name;
  uint64_t start_micros = 0;     // 0: not set
  uint64_t duration_micros = 0;  // 0: not set
  std::vector<ZipkinV1Annotation> annotations;
  std::vector<ZipkinV1BinaryAnnotation> binary_annotations;

  void Clear();
};

class ZipkinV1Translator {
 public:
  // `now_unix_nanos`: the start of spans without any time; `marks_absent_start`: such spans get an
  // attribute that says so.
  ZipkinV1Translator(SpanBatchBuilder& builder, uint64_t now_unix_nanos, bool marks_absent_start)
      : builder_(builder),
        now_unix_nanos_(now_unix_nanos),
        marks_absent_start_(marks_absent_start) {}

  void AddSpan(const ZipkinV1Span& span);

 private:
  static ZipkinV1Endpoint EndpointOf(const ZipkinV1Span& span);
  uint32_t ScopeOf(const ZipkinV1Endpoint& endpoint);
  void SetTimes(const ZipkinV1Span& span);
  void TakeStatus();
  bool TakeStatusOf(std::string_view code_key,
                    std::initializer_list<std::string_view> message_keys);
  void ReadHttpStatus();

  SpanBatchBuilder& builder_;
  const uint64_t now_unix_nanos_;
  const bool marks_absent_start_;
  std::map<std::tuple<std::string, std::string, std::string, uint16_t>, uint32_t>
      scopes_;               // by endpoint
  AttributeMap attributes_;  // of the span at hand, as far as they are left
};

}  // namespace vivace
