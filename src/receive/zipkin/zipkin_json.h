// Zipkin's JSON: lists of v2 spans and of the older v1 spans, decoded straight into columns
// (spec/api.md 3.3).
//
// Malformed JSON refuses the request with its offset; a span with a bad id is refused alone.
// Decoders keep their buffers for the next request; one thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "columns/span_batch_builder.h"
#include "receive/rejected_spans.h"

namespace vivace {

class ZipkinJsonDecoder {
 public:
  ZipkinJsonDecoder();
  ~ZipkinJsonDecoder();

  Result<RejectedSpans> DecodeV2(std::string_view body, bool parse_string_tags,
                                 SpanBatchBuilder& builder);
  Result<RejectedSpans> DecodeV1(std::string_view body, bool parse_string_tags,
                                 SpanBatchBuilder& builder);
  // Gives back buffers of bodies over `body_bytes_max`.
  void ShrinkBuffers(size_t body_bytes_max);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vivace
