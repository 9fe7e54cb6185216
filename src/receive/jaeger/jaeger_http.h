// Jaeger's Thrift over HTTP: `POST /api/traces` (spec/api.md 3.4).
//
// Answers 202 when the batch is durable. Where Tempo answers 500 whatever went wrong, which makes
// clients drop spans or retry in vain, the status says why: 400 for spans that cannot be stored
// (the others of their batch are), 401 for a tenant, 429 for limits, 503 for the rest. Handle may
// be called from any thread and decodes on it; the answer may come from the sink's thread.
#pragma once

#include "receive/http_body.h"
#include "receive/span_push.h"

namespace vivace {

struct JaegerHttpOptions {
  ReceiverOptions receiver;
  Decompressor decompress;
  size_t body_bytes_max = 20 << 20;
};

class JaegerHttpReceiver {
 public:
  // `sink` must outlive the receiver and every answer that is still due.
  JaegerHttpReceiver(JaegerHttpOptions options, SpanSink& sink)
      : options_(std::move(options)), sink_(sink) {}

  void Handle(HttpRequest request, HttpResponder respond) const;

 private:
  const JaegerHttpOptions options_;
  SpanSink& sink_;
};

}  // namespace vivace
