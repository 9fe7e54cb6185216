// Zipkin's v1 spans in Thrift: a list in the binary protocol, decoded straight into columns
// (spec/api.md 3.3.3).
//
// Malformed bytes are INVALID_ARGUMENT with the offset; a span with a bad id is refused alone. Any
// thread.
#pragma once

#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"

namespace vivace {

Result<RejectedSpans> DecodeZipkinThrift(std::string_view body, SpanBatchBuilder& builder);

}  // namespace vivace
