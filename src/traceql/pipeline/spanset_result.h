// SpansetResult: spans of one trace that a query yields together, and what it computed about them. A plain value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "traceql/pipeline/structural_operators.h"
#include "traceql/value/owned_datum.h"

namespace vivace::traceql {

struct SpansetResult {
  SpanRows spans;
  // What by() and aggregates came to, by printed expression, in the order of the pipeline.
  std::vector<std::pair<std::string, OwnedDatum>> attributes;
};

}  // namespace vivace::traceql
