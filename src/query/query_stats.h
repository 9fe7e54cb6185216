// Statistics of a query, as responses show them. Plain values.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
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
  uint32_t damaged_blocks = 0;       // what is in them is missing from the answer
  uint32_t damaged_extra_files = 0;  // traces that lack what only these had
  uint32_t set_aside_segments = 0;   // what is in them is missing from the answer

  bool is_partial() const {
    return damaged_blocks > 0 || damaged_extra_files > 0 || set_aside_segments > 0;
  }
};

// Why an answer is partial, for whoever reads it; empty where it is whole.
std::string PartialMessage(const QueryStats& stats);

struct TraceIdHash {
  size_t operator()(const TraceId& id) const {
    size_t hash = 0;
    std::memcpy(&hash, id.bytes.data() + TraceId::kBytes - sizeof hash, sizeof hash);
    return hash;
  }
};
using TraceIdSet = std::unordered_set<TraceId, TraceIdHash>;
inline constexpr size_t kTraceIdSetBytes = 64;  // per id; about

}  // namespace vivace
