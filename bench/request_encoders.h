// Encodes a batch as the clients of other protocols send it: the same spans for every receiver.
// Attributes that a protocol has no type for become text.
#pragma once

#include <string>

#include "columns/span_batch.h"

namespace vivace::bench {

std::string ToOtlpJson(const SpanBatch& batch);
std::string ToZipkinJson(const SpanBatch& batch);
// Datagrams of one process each, as many as there are resources.
std::vector<std::string> ToJaegerCompact(const SpanBatch& batch);

}  // namespace vivace::bench
