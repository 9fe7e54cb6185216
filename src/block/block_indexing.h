// Makes the index (vivace-index.bin) of a block that is finished: one of Tempo's, or of ours where
// the index is missing or damaged.
//
// Reads all columns of the block, a row group at a time: as much memory as a row group takes
// uncompressed, and some four seconds of CPU per million spans. Functions; the
// thread of the caller.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "block/block_reader.h"
#include "object/object_store.h"

namespace vivace {

// The content of the index. The reader's errors.
Result<std::string> MakeBlockIndex(const BlockReader& reader, BlockReadStats& stats);

// Makes it and writes it beside the block, in place of one that is there: its size. NOT_FOUND where
// the block has been deleted meanwhile; then nothing of it is left behind.
Result<uint64_t> IndexBlock(ObjectStore& store, const BlockReader& reader, BlockReadStats& stats);

}  // namespace vivace
