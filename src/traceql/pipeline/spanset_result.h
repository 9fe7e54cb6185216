// SpansetResult: spans of one trace that a query yields together, and what it computed about them.
//
// Passed from stage to stage of a pipeline, and out of it. A plain value with its own memory, 4
// bytes per span.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "traceql/value/owned_datum.h"

namespace vivace::traceql {

// Ascending row numbers of spans of one trace.
using SpanRows = std::vector<uint32_t>;

struct SpansetResult {
  SpanRows spans;
  // What by() and aggregates came to, by printed expression, in the order of the pipeline.
  std::vector<std::pair<std::string, OwnedDatum>> attributes;
};

// Both, each once.
SpanRows Union(const SpanRows& a, const SpanRows& b);
// The spans of all sets, each once.
SpanRows Flattened(const std::vector<SpansetResult>& sets);

}  // namespace vivace::traceql
