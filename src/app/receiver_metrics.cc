#include "app/receiver_metrics.h"

#include "app/request_metrics.h"

namespace vivace {

ReceiverMetrics::ReceiverMetrics(Metrics& metrics, bool seed_aliases)
    : metrics_(metrics),
      seed_aliases_(seed_aliases),
      accepted_pushes_(PushHandlesOf(true)),
      refused_pushes_(PushHandlesOf(false)) {}

ReceiverMetrics::PushHandles ReceiverMetrics::PushHandlesOf(bool accepted) const {
  const char* status = accepted ? "success" : "error";
  return {metrics_.GetHistogram("tempo_distributor_push_duration_seconds",
                                "Time from decoding a request to its response.",
                                {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}),
          RequestDuration(metrics_, "gRPC", "/tempopb.Pusher/PushBytesV2", status),
          seed_aliases_ ? &AliasRequestDuration(metrics_, "gRPC", "/tempo.Pusher/PushSpans", status)
                        : nullptr};
}

ReceiverMetrics::Handles ReceiverMetrics::HandlesOf(const PushContext& context) {
  const std::lock_guard lock(mutex_);
  const auto found = handles_.find(std::tie(context.tenant, context.receiver, context.transport));
  if (found != handles_.end()) return found->second;
  if (handles_.size() >= Metrics::kSeriesMax) handles_.clear();  // they can be had again
  const MetricLabels receiver{{"receiver", context.receiver + "/" + context.receiver + "_receiver"},
                              {"transport", context.transport}};
  const MetricLabels tenant{{"tenant", context.tenant}};
  const Handles handles{
      metrics_.GetCounter("tempo_receiver_accepted_spans", "Spans accepted by a receiver.",
                          receiver),
      metrics_.GetCounter("tempo_receiver_refused_spans", "Spans refused by a receiver.", receiver),
      metrics_.GetCounter("tempo_distributor_ingress_bytes_total",
                          "Bytes of requests, before limits are applied.", tenant),
      metrics_.GetCounter("tempo_distributor_attributes_truncated_total",
                          "Attributes truncated to max_attribute_bytes.", tenant)};
  return handles_.emplace(std::tuple(context.tenant, context.receiver, context.transport), handles)
      .first->second;
}

void ReceiverMetrics::CountDiscarded(const std::string& tenant, const char* reason,
                                     uint64_t spans) {
  if (spans == 0) return;
  metrics_
      .GetCounter("tempo_discarded_spans_total", "Spans that were discarded, by reason.",
                  {{"reason", reason}, {"tenant", tenant}})
      .Add(static_cast<double>(spans));
}

void ReceiverMetrics::OnDecoded(const PushContext& context, uint64_t /*spans*/,
                                const RejectedSpans& rejected, uint64_t truncated_attributes) {
  const Handles handles = HandlesOf(context);
  handles.refused.Add(static_cast<double>(rejected.total()));
  handles.ingress_bytes.Add(static_cast<double>(context.wire_bytes));
  handles.truncated.Add(static_cast<double>(truncated_attributes));
  CountDiscarded(context.tenant, "invalid_trace_id", rejected.invalid_trace_id);
  CountDiscarded(context.tenant, "invalid_span_id", rejected.invalid_span_id);
  CountDiscarded(context.tenant, "invalid_span", rejected.invalid_other);
}

void ReceiverMetrics::OnRefused(const PushContext& context, RefusalReason reason, uint64_t spans) {
  CountDiscarded(context.tenant, RefusalReasonName(reason), spans);
}

void ReceiverMetrics::OnDelayed(const PushContext& context, double seconds) {
  metrics_
      .GetHistogram(
          "tempo_distributor_added_latency_seconds", "Delay added to responses on purpose.",
          {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, {{"tenant", context.tenant}})
      .Observe(seconds);
}

void ReceiverMetrics::OnRefusedUndecoded(const PushContext& context) {
  metrics_
      .GetCounter("vivace_refused_undecoded_requests_total",
                  "Large requests over the tenant's rate, refused before they were decoded: their "
                  "spans are in no other count.",
                  {{"tenant", context.tenant}})
      .Add(1);
}

void ReceiverMetrics::OnSampledOut(const PushContext& context, uint64_t spans) {
  metrics_
      .GetCounter("vivace_sampled_out_spans_total", "Spans dropped by head sampling.",
                  {{"tenant", context.tenant}})
      .Add(static_cast<double>(spans));
}

void ReceiverMetrics::OnPushed(const PushContext& context, uint64_t accepted, uint64_t refused,
                               double seconds) {
  const Handles receiver = HandlesOf(context);
  receiver.accepted.Add(static_cast<double>(accepted));
  receiver.refused.Add(static_cast<double>(refused));
  const PushHandles& handles = accepted > 0 ? accepted_pushes_ : refused_pushes_;
  handles.duration.Observe(seconds);
  handles.request.Observe(seconds);
  if (handles.alias != nullptr) handles.alias->Observe(seconds);
}

}  // namespace vivace
