// Replay: turns the WAL parts that an earlier process left behind into segments again.
//
// A part whose block was finished is removed. Torn tails are cut off with a warning, damaged
// records are quarantined, counted and skipped; nothing in the WAL can keep the server from
// starting. Runs once, before spans are taken.
#pragma once

#include <vector>

#include "base/metrics.h"
#include "ingest/live_segment.h"
#include "ingest/wal_directory.h"
#include "object/object_store.h"

namespace vivace {

// The segments, oldest first. Those with an open `part` can take more spans.
std::vector<std::shared_ptr<LiveSegment>> ReplayWal(const WalDirectory& directory,
                                                    const ObjectStore& store, Metrics& metrics);

}  // namespace vivace
