#include "app/ingest_metrics.h"

namespace vivace {

void IngestMetrics::CountDiscarded(const std::string& tenant, const char* reason, uint64_t spans) {
  if (spans == 0) return;
  metrics_.GetCounter("tempo_discarded_spans_total", "Spans that were not stored.", {{"reason", reason}, {"tenant", tenant}})
      .Add(static_cast<double>(spans));
}

void IngestMetrics::OnDecoded(const PushContext& context, uint64_t spans, const RejectedSpans& rejected, uint64_t truncated_attributes) {
  const MetricLabels receiver{{"receiver", context.receiver + "/" + context.receiver + "_receiver"}, {"transport", context.transport}};
  const MetricLabels tenant{{"tenant", context.tenant}};
  metrics_.GetCounter("tempo_receiver_accepted_spans", "Spans taken by a receiver.", receiver).Add(static_cast<double>(spans));
  metrics_.GetCounter("tempo_receiver_refused_spans", "Spans refused by a receiver.", receiver).Add(static_cast<double>(rejected.total()));
  metrics_.GetCounter("tempo_distributor_ingress_bytes_total", "Bytes of requests before limits.", tenant)
      .Add(static_cast<double>(context.wire_bytes));
  CountDiscarded(context.tenant, "invalid_trace_id", rejected.invalid_trace_id);
  CountDiscarded(context.tenant, "invalid_span_id", rejected.invalid_span_id);
  CountDiscarded(context.tenant, "invalid_span", rejected.invalid_other);
  if (truncated_attributes > 0) {
    metrics_.GetCounter("tempo_distributor_attributes_truncated_total", "Attributes cut to max_attribute_bytes.", tenant)
        .Add(static_cast<double>(truncated_attributes));
  }
}

}  // namespace vivace
