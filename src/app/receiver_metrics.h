// Metrics of receivers: what they accepted, refused and truncated, and how long pushes took, under
// Tempo's names (spec/api.md 3.6, 5.1). Shared by all receivers, any thread; a request costs one
// lookup of the handles for its tenant and receiver.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "base/metrics.h"
#include "receive/admission/admission.h"
#include "receive/span_push.h"

namespace vivace {

class ReceiverMetrics {
 public:
  // `seed_aliases`: pushes are also shown as requests to the routes that common dashboards and
  // alerts use.
  ReceiverMetrics(Metrics& metrics, bool seed_aliases);

  void OnDecoded(const PushContext& context, uint64_t spans, const RejectedSpans& rejected,
                 uint64_t truncated_attributes);
  // A batch was stored or refused, as a whole or in part, so long after it was decoded.
  void OnPushed(const PushContext& context, uint64_t accepted, uint64_t refused, double seconds);
  // A limit refused spans of a tenant.
  void OnRefused(const PushContext& context, RefusalReason reason, uint64_t spans);
  // A response was delayed on purpose for so long.
  void OnDelayed(const PushContext& context, double seconds);
  // A request over the rate was refused before it was decoded.
  void OnRefusedUndecoded(const PushContext& context);
  // Head sampling dropped spans.
  void OnSampledOut(const PushContext& context, uint64_t spans);

 private:
  struct Handles {
    Counter& accepted;
    Counter& refused;
    Counter& ingress_bytes;
    Counter& truncated;
  };
  // One push, as the requests that Tempo's distributor makes to an ingester.
  struct PushHandles {
    Histogram& duration;
    Histogram& request;
    Histogram* alias;
  };

  Handles HandlesOf(const PushContext& context);
  PushHandles PushHandlesOf(bool accepted) const;
  void CountDiscarded(const std::string& tenant, const char* reason, uint64_t spans);

  Metrics& metrics_;
  const bool seed_aliases_;
  const PushHandles accepted_pushes_;
  const PushHandles refused_pushes_;
  std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, std::string>, Handles>
      handles_;  // by tenant, receiver and transport
};

}  // namespace vivace
