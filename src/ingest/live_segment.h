// LiveSegment: a segment on its way to becoming a block: its columns and its part of the WAL.
//
// Shared between the ingester, its flusher and readers. `columns` is appended to by the commit
// thread only (see Segment for reading); the other members are set before the segment is shared, or
// belong to the commit thread until the segment is sealed and to the flusher from then on.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/uuid.h"
#include "columns/segment.h"
#include "ingest/wal_part.h"

namespace vivace {

struct LiveSegment {
  Uuid id;  // also of the block
  std::string tenant;
  Segment columns;
  std::unique_ptr<WalPart> part;  // none for a replayed segment that takes no more spans
  std::string part_path;
  std::chrono::steady_clock::time_point created = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point sealed;  // when it took its last spans
};

}  // namespace vivace
