// Answers of the OTLP receivers: ExportTraceServiceResponse and google.rpc.Status, in protobuf and
// JSON.
//
// Pure functions, any thread. Byte for byte what the OpenTelemetry collector sends
// (spec/api.md 3.1, 3.2).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "receive/rejected_spans.h"

namespace vivace {

enum class OtlpFormat { kProtobuf, kJson };

// "application/x-protobuf" or "application/json".
std::string_view ContentTypeOf(OtlpFormat format);

// An ExportTraceServiceResponse whose partial_success reports rejected spans; it is present and
// empty when there were none.
std::string EncodeExportResponse(OtlpFormat format, const RejectedSpans& rejected);

// A google.rpc.Status, with a RetryInfo detail where `retry_after_seconds` is not 0.
std::string EncodeRpcStatus(OtlpFormat format, const Error& error,
                            uint32_t retry_after_seconds = 0);

}  // namespace vivace
