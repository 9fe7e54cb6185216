// LogSpans: one line in the server's log for each span that is received, or refused by a limit
// (distributor.log_received_spans and log_discarded_spans, spec/api.md 4.7). For debugging what
// clients send: it costs more than storing the spans.
//
// Pure but for the log; any thread.
#pragma once

#include <functional>
#include <string>

#include "config/sections/distributor_config.h"
#include "receive/span_sink.h"

namespace vivace {

// Logs spans, those for which `wanted` (null: all) holds. `reason`: why they were refused; empty:
// they were received.
void LogSpans(const LogSpansConfig& config, const PushContext& context, const SpanBatch& batch,
              std::string_view reason, const std::function<bool(uint32_t row)>& wanted = nullptr);

}  // namespace vivace
