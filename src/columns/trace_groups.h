// GroupTrace: the rows of a trace as an answer shows them: resources, in each its scopes, in each
// its spans.
//
// Equal resources and equal scopes (same content, whatever their rows) are shown once, in the order
// of their first span. All encoders of traces walk it. A value; costs a hash for each row of
// resources and scopes, and is linear in spans.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "columns/span_batch.h"

namespace vivace {

struct ScopeGroup {
  uint32_t scope = 0;  // row of ScopeColumns
  std::vector<uint32_t> spans;
};

struct ResourceGroup {
  uint32_t resource = 0;  // row of ResourceColumns
  std::vector<ScopeGroup> scopes;
};

// Groups `rows` of the batch's spans, which keep their order within a scope.
std::vector<ResourceGroup> GroupTrace(const SpanBatch& batch, std::span<const uint32_t> rows);

}  // namespace vivace
