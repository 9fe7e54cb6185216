// Zipkin over HTTP (spec/api.md 3.3): v1 spans where the path holds api/v1/spans, v2 spans
// everywhere else.
//
// Answers 202 when the batch is durable. Where Tempo answers 500 whatever went wrong, the status
// says why: 400 for spans that cannot be stored (the others of their request are), 401 for a
// tenant, 429 for limits, 503 for the rest. Handle may be called from any thread and decodes on it;
// the answer may come from the sink's thread.
#pragma once

#include "receive/http_body.h"
#include "receive/span_push.h"

namespace vivace {

struct ZipkinHttpOptions {
  ReceiverOptions receiver;
  Decompressor decompress;
  size_t body_bytes_max = 20 << 20;
  bool parse_string_tags = false;  // tags that read as numbers and booleans become such
};

class ZipkinHttpReceiver {
 public:
  // `sink` must outlive the receiver and every answer that is still due.
  ZipkinHttpReceiver(ZipkinHttpOptions options, SpanSink& sink)
      : options_(std::move(options)), sink_(sink) {}

  void Handle(HttpRequest request, HttpResponder respond) const;

 private:
  const ZipkinHttpOptions options_;
  SpanSink& sink_;
};

}  // namespace vivace
