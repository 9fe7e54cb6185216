// Decodes Jaeger's Thrift batches (jaeger.thrift, spec/api.md 3.4.1) straight into columns.
//
// Pure functions over the message; any thread. Malformed bytes are INVALID_ARGUMENT with the
// offset; a span with bad ids is refused alone.
#pragma once

#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"
#include "receive/wire/thrift_reader.h"

namespace vivace {

// A Batch in the binary protocol, as it is posted to /api/traces.
Result<RejectedSpans> DecodeJaegerBatch(std::string_view message, SpanBatchBuilder& builder);

// A datagram: the agent's call emitBatch. Other calls are UNIMPLEMENTED.
Result<RejectedSpans> DecodeJaegerDatagram(ThriftProtocol protocol, std::string_view datagram,
                                           SpanBatchBuilder& builder);

}  // namespace vivace
