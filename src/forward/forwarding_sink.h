// ForwardingSink: sends copies of what is stored to other backends: between Admission and the
// ingester (spec/api.md 4.8).
//
// A tenant's limits name its forwarders. What a forwarder cannot take never hinders storing; it is
// counted. Any thread. A batch of a tenant without forwarders costs a look at its limits, of one
// with them its encoding as OTLP.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/delay_queue.h"
#include "config/sections/distributor_config.h"
#include "forward/forward_queue.h"
#include "forward/otlp_grpc_client.h"
#include "forward/span_filter.h"
#include "receive/span_sink.h"

namespace vivace {

// The key of a forwarder, for messages.
std::string ForwarderKey(const ForwarderConfig& config);

class ForwardingSink final : public SpanSink {
 public:
  using ForwarderNames = std::function<std::vector<std::string>(const std::string& tenant)>;

  // INVALID_ARGUMENT for forwarders that cannot work. `metrics` and `next` must outlive the sink.
  static Result<std::unique_ptr<ForwardingSink>> Make(
      const std::vector<ForwarderConfig>& forwarders, ForwarderNames forwarder_names,
      Metrics& metrics, SpanSink& next);

  // What Make refuses, without connecting to anything.
  static Status Check(const std::vector<ForwarderConfig>& forwarders);

  ~ForwardingSink() override { Stop(std::chrono::milliseconds(0)); }

  void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) override;
  void Announce(std::shared_ptr<PushSource> source) override { next_.Announce(std::move(source)); }
  SpanBatch TakeRecycledBatch() override { return next_.TakeRecycledBatch(); }

  // Waits up to `timeout` for what is queued, then drops it. No Push may follow.
  void Stop(std::chrono::milliseconds timeout);

 private:
  struct Forwarder {
    std::vector<std::unique_ptr<OtlpGrpcClient>> clients;
    SpanFilter filter;
  };
  struct Copy {
    std::shared_ptr<ForwardQueue> queue;
    ForwardQueue::Request request;
  };

  ForwardingSink(ForwarderNames forwarder_names, Metrics& metrics, SpanSink& next)
      : forwarder_names_(std::move(forwarder_names)), metrics_(metrics), next_(next) {}
  Status Add(const ForwarderConfig& config);
  std::vector<Copy> CopiesOf(const std::string& tenant, const std::vector<std::string>& names,
                             const SpanBatch& batch);
  std::shared_ptr<ForwardQueue> QueueOf(const std::string& tenant, const std::string& name,
                                        const Forwarder& forwarder);

  const ForwarderNames forwarder_names_;
  Metrics& metrics_;
  SpanSink& next_;
  std::map<std::string, Forwarder> forwarders_;
  DelayQueue delays_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<ForwardQueue>>
      queues_;  // guarded by mutex_: by tenant and forwarder
};

}  // namespace vivace
