// Replay: turns what an earlier process left in the WAL into segments again.
//
// Segments that are finished, or whose block is there, are skipped. Torn tails are cut off with a
// warning, damaged records are quarantined, counted and skipped; a file that cannot be read now, or
// that a later release wrote, stays where it is; nothing in the WAL can keep the server from
// starting. Runs once, before spans are taken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "ingest/live_segment.h"
#include "ingest/set_aside_segments.h"
#include "ingest/wal/wal.h"
#include "object/object_store.h"

namespace vivace {

struct ReplayedSegment {
  std::shared_ptr<LiveSegment> segment;
  bool takes_more = false;
};

// Whether the store has the complete block of a segment; an error where it can't tell.
Result<bool> IsInBlock(const LiveSegment& segment, const ObjectStore& store);

// What could not be replayed is counted here; there from the first call on.
Counter& ReplayErrors(Metrics& metrics, const std::string& tenant);

// Notes the segments whose records lie in the quarantine; files that can't be read are left out.
void FindSetAside(const WalDirectory& directory, SetAsideSegments& segments);

// The segments, oldest first. Their files are handed to `wal`. An error where the directory itself
// cannot be read.
Result<std::vector<ReplayedSegment>> ReplayWal(const WalDirectory& directory,
                                               const ObjectStore& store, Wal& wal,
                                               Metrics& metrics);

}  // namespace vivace
