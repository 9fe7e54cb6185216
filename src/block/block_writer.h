// WriteBlock: turns a sealed segment into a vParquet4 block in an object store.
//
// Objects are written in this order: data.parquet, vivace-extra.parquet (only where there is
// something that vParquet4 has no column for), bloom filters, index, vivace-index.bin, meta.json.
// Each appears complete or not at all, and the block is visible only with the last one, so a crash
// leaves either a whole block or garbage without a meta.json. Runs on the caller's thread: about 4
// microseconds of CPU per span, 100 bytes of memory per span of a row group beside the segment.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/uuid.h"
#include "block/format/meta.h"
#include "columns/segment.h"
#include "object/object_store.h"

namespace vivace {

struct BlockOptions {
  DedicatedColumns dedicated_columns;  // already filtered: FilterForV4
  bool use_free_slots =
      true;  // give high-cardinality span attributes the slots that dedicated_columns leaves free
  double bloom_false_positives = 0.01;
  uint64_t bloom_shard_bytes = 102'400;
  size_t row_group_spans = 200'000;  // a row group ends with the trace that reaches this
  uint64_t row_group_bytes =
      100'000'000;  // nor should it take more of the file, estimated from the row groups before it
  size_t page_spans = 6144;  // a page ends with the trace that reaches this
  uint64_t end_unix_seconds_max =
      ~uint64_t{0} >>
      1;  // the meta's end is cut to this: a span from the far future must not keep a block alive
};

// FAILED_PRECONDITION for an empty segment; else the store's errors. On error the block's objects
// may partly exist, without meta.json.
Result<BlockMeta> WriteBlock(const Segment& segment, ObjectStore& store, const std::string& tenant,
                             const Uuid& block, const BlockOptions& options);

}  // namespace vivace
