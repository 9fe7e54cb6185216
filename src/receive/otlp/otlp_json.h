// OTLP/JSON: decodes the body of an ExportTraceServiceRequest straight into columns
// (spec/api.md 3.2).
//
// camelCase and snake_case names, integers as numbers or strings, enums as numbers or names, ids in
// hexadecimal, unknown fields skipped. Malformed JSON or a value of the wrong type refuses the
// request with its offset; a span with a bad id is refused alone. The decoder keeps its buffers
// (about 7 bytes per byte of the largest body) for the next request; one thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"

namespace vivace {

class JsonReader;

class OtlpJsonDecoder {
 public:
  OtlpJsonDecoder();
  ~OtlpJsonDecoder();

  // Appends the spans of `body` to `builder`. After an error nothing of the builder may be used.
  Result<RejectedSpans> Decode(std::string_view body, SpanBatchBuilder& builder);

  // Gives back buffers of bodies over `body_bytes_max`.
  void ShrinkBuffers(size_t body_bytes_max);

 private:
  std::unique_ptr<JsonReader> reader_;  // hides the JSON library
};

// Decodes with fresh buffers.
Result<RejectedSpans> DecodeOtlpJson(std::string_view body, SpanBatchBuilder& builder);

}  // namespace vivace
