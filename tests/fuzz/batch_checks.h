// What must hold for every batch that a decoder made, whatever it was given.
#pragma once

#include <set>

#include "columns/random_batch_for_test.h"
#include "columns/segment.h"
#include "columns/span_batch_codec.h"
#include "fuzz_target.h"

namespace vivace::fuzz {

inline std::set<TraceId> TracesOf(const SpanBatch& batch) {
  return {batch.spans.trace_id.begin(), batch.spans.trace_id.end()};
}

// Everything that a segment with `batch` in it gives back.
inline SpanBatch ThroughSegment(const SpanBatch& batch) {
  Segment segment;
  segment.Append(batch);
  Require(segment.span_count() == batch.spans.size(),
          "a segment holds as many spans as were appended");
  SpanBatchBuilder out;
  for (const TraceId& id : TracesOf(batch))
    Require(segment.FindTrace(id, out), "a segment finds each trace appended to it");
  return out.Take();
}

// The WAL's bytes and the segment give the batch back as it was.
inline void CheckBatch(const SpanBatch& batch) {
  const std::vector<std::string> spans = testing::CanonicalSpans(batch);
  std::string encoded;
  EncodeSpanBatch(batch, encoded);
  const Result<SpanBatch> decoded = DecodeSpanBatch(encoded);
  Require(decoded.has_value(), "a decoded batch is a valid batch");
  Require(testing::CanonicalSpans(*decoded) == spans, "the WAL's encoding keeps every field");
  Require(testing::CanonicalSpans(ThroughSegment(batch)) == spans, "a segment keeps every field");
}

}  // namespace vivace::fuzz
