// WithFreshBlocks: runs a query, and once more where a block that it was to read is gone.
//
// Blocks are deleted and compacted while queries run, by this process or another one that shares
// the store. A query that finds an object of a listed block missing ends with ABORTED; the list of
// blocks is then read anew and the query done over from the start. What is missing even then is
// damage: the block is listed and not whole. Any thread; blocks the caller.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "block/read_failure.h"
#include "query/block_catalog.h"

namespace vivace {

// What a query does about a listed block that lacks an object.
enum class GoneBlocks : uint8_t {
  kListAgain,  // ends with ABORTED
  kSkip        // as with damage
};

// An error of reading a listed block: none where the query goes on without the block, which is
// reported as damage then; else what the query ends with.
inline Status CheckMayLeaveOut(const BlockCatalog& catalog, const BlockMeta& meta,
                               const Error& error, GoneBlocks gone) {
  const ReadFailure failure = ReadFailureOf(error);
  if (failure == ReadFailure::kUnavailable) return std::unexpected(error);
  if (failure == ReadFailure::kGone && gone == GoneBlocks::kListAgain &&
      !catalog.IsIncomplete(meta))
    return Fail(ErrorCode::kAborted, error.message);
  return {};
}

// `run` takes a GoneBlocks and returns a Result or Status; it is called once or twice.
template <typename Run>
auto WithFreshBlocks(BlockCatalog& catalog, const std::vector<std::string>& tenants, const Run& run)
    -> decltype(run(GoneBlocks::kSkip)) {
  auto result = run(GoneBlocks::kListAgain);
  if (result.has_value() || result.error().code != ErrorCode::kAborted) return result;
  VIVACE_TRY(catalog.Refresh(tenants));
  return run(GoneBlocks::kSkip);
}

}  // namespace vivace
