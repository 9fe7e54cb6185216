// Metrics of the doors: what receivers accepted, refused and cut, under Tempo's names (spec/api.md 3.6 and 5.1).
// Shared by all receivers, any thread; a request costs a few map look-ups.
#pragma once

#include <string>

#include "base/metrics.h"
#include "receive/decode_result.h"
#include "receive/span_sink.h"

namespace vivace {

class IngestMetrics {
 public:
  explicit IngestMetrics(Metrics& metrics) : metrics_(metrics) {}

  void OnDecoded(const PushContext& context, uint64_t spans, const RejectedSpans& rejected, uint64_t truncated_attributes);

 private:
  void CountDiscarded(const std::string& tenant, const char* reason, uint64_t spans);

  Metrics& metrics_;
};

}  // namespace vivace
