#include "ingest/tenant_metrics.h"

namespace vivace {

TenantMetrics::TenantMetrics(Metrics& metrics, const std::string& tenant)
    : spans_(metrics.GetCounter("tempo_distributor_spans_received_total", "Spans accepted.",
                                {{"tenant", tenant}})),
      bytes_(metrics.GetCounter("tempo_distributor_bytes_received_total",
                                "Bytes of accepted requests.", {{"tenant", tenant}})),
      ingester_bytes_(metrics.GetCounter("tempo_ingester_bytes_received_total",
                                         "Bytes of accepted requests.",
                                         {{"tenant", tenant}, {"data_type", "trace"}})),
      traces_(metrics.GetCounter("tempo_ingester_traces_created_total",
                                 "Traces created in live segments.", {{"tenant", tenant}})),
      live_traces_(metrics.GetGauge("tempo_ingester_live_traces", "Traces in the live segment.",
                                    {{"tenant", tenant}})),
      live_bytes_(metrics.GetGauge("tempo_ingester_live_trace_bytes", "Bytes of the live segment.",
                                   {{"tenant", tenant}})) {}

void TenantMetrics::OnBatch(const PushContext& context, size_t spans, size_t new_traces,
                            const Segment& segment) {
  spans_.Add(static_cast<double>(spans));
  bytes_.Add(static_cast<double>(context.wire_bytes));
  ingester_bytes_.Add(static_cast<double>(context.wire_bytes));
  traces_.Add(static_cast<double>(new_traces));
  live_traces_.Set(static_cast<double>(segment.trace_count()));
  live_bytes_.Set(static_cast<double>(segment.memory_bytes()));
}

void TenantMetrics::OnCut() {
  live_traces_.Set(0);
  live_bytes_.Set(0);
}

}  // namespace vivace
