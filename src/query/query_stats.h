// Statistics of a query, as responses show them. Plain values.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <unordered_set>

#include "base/cancel_token.h"
#include "base/ids.h"
#include "base/result.h"

namespace vivace {

struct QueryStats {
  uint64_t inspected_traces = 0;
  uint64_t inspected_bytes = 0;
  uint32_t total_blocks = 0;
  uint32_t completed_jobs = 0;  // a job is a source: a live segment or a block
  uint32_t total_jobs = 0;
  uint64_t total_block_bytes = 0;
};

struct TraceIdHash {
  size_t operator()(const TraceId& id) const {
    size_t hash = 0;
    std::memcpy(&hash, id.bytes.data() + TraceId::kBytes - sizeof hash, sizeof hash);
    return hash;
  }
};
using TraceIdSet = std::unordered_set<TraceId, TraceIdHash>;

}  // namespace vivace
