// TraceLookup: finds the spans of one trace wherever they are: live segments, blocks, other
// machines.
//
// The trace-by-id routes call it; the query layer implements it. Find may be called from any thread
// and blocks until it is done.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/cancel_token.h"
#include "base/ids.h"
#include "base/result.h"
#include "columns/span_batch.h"

namespace vivace {

enum class LookupMode { kAll, kIngesters, kBlocks };

using BlockId = std::array<uint8_t, 16>;

struct TraceRequest {
  std::string tenant;
  TraceId trace_id;
  LookupMode mode = LookupMode::kAll;
  BlockId block_start{};  // blocks in [block_start, block_end]
  BlockId block_end = BlockId{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff}};
  int64_t start_unix_seconds =
      0;  // 0: unbounded. Restrict which blocks are read, not which spans are shown
  int64_t end_unix_seconds = 0;
  std::optional<int64_t> rf1_after_unix_nanos;
  bool allow_partial = false;  // a trace over max_bytes_per_trace: a part of it (true) or an error
  std::shared_ptr<const CancelToken> cancel_token;
};

struct TraceResult {
  SpanBatch spans;  // as found: in any order, a span may be there several times
  uint64_t inspected_bytes = 0;
  bool is_partial = false;  // there may be more spans, even where there are none here
  std::string message;      // why it is partial
};

class TraceLookup {
 public:
  virtual ~TraceLookup() = default;
  // NOT_FOUND where certainly no span has that id; FAILED_PRECONDITION "trace exceeds max size (max
  // bytes: N)" where it is too large; UNAVAILABLE where something that may have it cannot be read
  // now; RESOURCE_EXHAUSTED where it takes more memory than there is for a query.
  virtual Result<TraceResult> Find(const TraceRequest& request) = 0;
};

}  // namespace vivace
