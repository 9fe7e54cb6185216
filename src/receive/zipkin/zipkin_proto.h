// Zipkin's protobuf: a ListOfSpans of v2 spans, decoded straight into columns (spec/api.md 3.3.1).
//
// Malformed bytes are INVALID_ARGUMENT; a span with a bad id is refused alone. Any thread.
#pragma once

#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"

namespace vivace {

Result<RejectedSpans> DecodeZipkinProto(std::string_view body, bool parse_string_tags,
                                        SpanBatchBuilder& builder);

}  // namespace vivace
