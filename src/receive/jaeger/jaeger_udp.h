// Jaeger's agent protocols: Thrift batches in UDP datagrams (spec/api.md 3.4).
//
// UDP has no responses: what cannot be stored is counted and logged, at most once a second. There
// is no way to name a tenant either: with multitenancy all datagrams are refused. Handle decodes on
// the calling thread, one call at a time.
#pragma once

#include "base/rate_limited_log.h"
#include "receive/span_push.h"
#include "receive/wire/thrift_reader.h"

namespace vivace {

class JaegerUdpReceiver {
 public:
  // `sink` must outlive the receiver and every batch that is still on its way.
  JaegerUdpReceiver(ReceiverOptions options, ThriftProtocol protocol, SpanSink& sink);

  // `is_truncated`: the datagram was longer than allowed.
  void Handle(std::string_view datagram, bool is_truncated);

 private:
  void Report(const std::string& problem) { log_.Report(endpoint_.transport, problem); }

  const ReceiverOptions options_;
  const ThriftProtocol protocol_;
  const ReceiverEndpoint endpoint_;
  SpanSink& sink_;
  RateLimitedLog log_{"spans from a Jaeger agent were not stored", "datagrams"};
};

}  // namespace vivace
