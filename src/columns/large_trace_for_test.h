// Test support: a trace with as many resources and scopes as one likes.
#pragma once

#include <string>

#include "columns/span_batch_builder.h"

namespace vivace::testing {

inline constexpr TraceId kLargeTrace{{1}};

inline SpanId NumberedSpan(uint32_t number) {
  SpanId id;
  for (size_t i = 0; i < sizeof number; ++i)
    id.bytes[SpanId::kBytes - 1 - i] = static_cast<uint8_t>(number >> 8 * i);
  return id;
}

// One span in each of `scopes` scopes, which lie in `resources` resources by turns, each a service
// of its own.
inline SpanBatch LargeTrace(uint32_t resources, uint32_t scopes) {
  SpanBatchBuilder builder;
  for (uint32_t i = 0; i < resources; ++i) {
    const AttributeCode service =
        builder.AddAttribute("service.name", AttributeValue::String("s" + std::to_string(i)));
    builder.AddResource({&service, 1}, 0, {});
  }
  for (uint32_t i = 0; i < scopes; ++i) {
    const uint32_t scope =
        builder.AddScope(i % resources, "scope" + std::to_string(i), {}, {}, 0, {});
    builder.BeginSpan();
    builder.row().trace_id = kLargeTrace;
    builder.row().span_id = NumberedSpan(i + 1);
    builder.CommitSpan(scope);
  }
  return builder.Take();
}

}  // namespace vivace::testing
