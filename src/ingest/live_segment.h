// LiveSegment: a segment on its way to becoming a block: its columns, and what the write-ahead log
// must know of it.
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

namespace vivace {

struct LiveSegment {
  Uuid id;  // also of the block
  std::string tenant;
  Segment columns;
  uint64_t next_record = 0;  // number of its next record in the log
  std::string v1_part;       // the file of the log's version 1 that it was read from
  // A crash came when the block may have been complete, and the store could not tell.
  bool may_be_in_block = false;
  std::chrono::steady_clock::time_point created = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point sealed;  // when it took its last spans
};

}  // namespace vivace
