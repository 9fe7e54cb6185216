// Decodes a Jaeger span in protobuf's JSON mapping, as the Kafka encoding jaeger_json has it,
// straight into columns.
//
// Malformed JSON is INVALID_ARGUMENT with its offset; a span with bad ids is refused alone. Any
// thread.
#pragma once

#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"

namespace vivace {

// A single Span with its process.
Result<RejectedSpans> DecodeJaegerJsonSpan(std::string_view body, SpanBatchBuilder& builder);

}  // namespace vivace
