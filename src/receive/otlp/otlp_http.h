// OTLP over HTTP: the receiver behind `POST /v1/traces` (spec/api.md 3.2).
//
// Checks path, method, media type and encoding in that order, decodes protobuf or JSON, pushes to
// the sink and answers in the request's format when the batch is durable. Handle may be called from
// any thread and does the decoding on it; the answer may come from the sink's thread. Memory per
// request: the body, its decompressed form and the columns.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "receive/http_body.h"
#include "receive/otlp/otlp_cors.h"
#include "receive/otlp/otlp_json.h"
#include "receive/otlp/otlp_response.h"
#include "receive/span_push.h"

namespace vivace {

struct OtlpHttpOptions {
  ReceiverOptions receiver;
  SpanDecoder decode_protobuf;
  Decompressor decompress;
  std::string path = "/v1/traces";
  size_t body_bytes_max = 20 << 20;  // of the body as sent and of its decompressed form
  CorsOptions cors;
};

class OtlpHttpReceiver {
 public:
  // `sink` must outlive the receiver and every answer that is still due.
  OtlpHttpReceiver(OtlpHttpOptions options, SpanSink& sink);

  void Handle(HttpRequest request, HttpResponder respond);

 private:
  void HandleTraces(OtlpFormat format, HttpRequest request, HttpResponder respond);
  Result<RejectedSpans> DecodeJson(std::string_view body, SpanBatchBuilder& builder);

  const OtlpHttpOptions options_;
  const CorsRules cors_;
  SpanSink& sink_;
  const SpanDecoder decode_json_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<OtlpJsonDecoder>>
      idle_;  // guarded by mutex_: as many as ever ran at once
};

}  // namespace vivace
