// Receivers: starts the receivers that distributor.receivers configures.
//
// Owned by Application, on its thread; what the listeners call lives as long as this. Must outlive
// the server.
#pragma once

#include <memory>
#include <vector>

#include "access/guard.h"
#include "config/sections/receiver_config.h"
#include "receive/kafka/kafka_receiver.h"
#include "receive/large_requests.h"
#include "receive/span_push.h"
#include "server/server.h"

namespace vivace {

class Receivers {
 public:
  // Both must outlive the receivers and every batch on its way.
  Receivers(ReceiverOptions options, const Guard& guard, SpanSink& sink);

  // UNAVAILABLE where the address is in use; not for a receiver that is only implied by another.
  Status Listen(const Receiver& config, Server& server);
  // Stops the receivers that pull (Kafka). Listeners stop with the server.
  void Stop();

 private:
  Status ListenGrpc(const Receiver& config, const std::string& method, RpcHandler handler,
                    Server& server);
  Status ListenHttp(const Receiver& config, HttpHandler handler, Server& server);
  Status ListenOtlpHttp(const Receiver& config, Server& server);
  Status ListenUdp(const Receiver& config, Server& server);
  Status ReadKafka(const Receiver& config);
  Status Open(const Receiver& config, Server& server);
  // Keeps a component alive as long as the receivers.
  template <typename Part, typename... Arguments>
  Part& Keep(Arguments&&... arguments);

  // What `receiver` does with a request; large ones on threads of their own.
  template <typename Receiver>
  auto HandlerOf(Receiver& receiver);

  const ReceiverOptions options_;
  const Guard& guard_;
  SpanSink& sink_;
  std::vector<std::shared_ptr<void>> parts_;
  std::vector<std::unique_ptr<KafkaReceiver>> kafka_;
  LargeRequests large_requests_;  // last: its threads use the rest
};

}  // namespace vivace
