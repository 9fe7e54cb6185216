// Decodes Jaeger's protobuf messages (api_v2, spec/api.md 3.4.1) straight into columns.
//
// Pure functions over the message; any thread. Malformed bytes are INVALID_ARGUMENT with their
// place; a span with bad ids is refused alone.
#pragma once

#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"

namespace vivace {

// The message of CollectorService/PostSpans. A span's own process counts more than the batch's.
Result<RejectedSpans> DecodeJaegerPostSpans(std::string_view message, SpanBatchBuilder& builder);

// A single Span with its process, as Kafka records have it.
Result<RejectedSpans> DecodeJaegerSpan(std::string_view message, SpanBatchBuilder& builder);

}  // namespace vivace
