#include "object/object_store.h"

#include <utility>

namespace vivace {

Result<std::vector<std::string>> ObjectStore::ReadRanges(const std::string& key,
                                                         std::span<const ByteRange> ranges) const {
  std::vector<std::string> pieces;
  for (const ByteRange& range : ranges) {
    VIVACE_ASSIGN(std::string piece, ReadRange(key, range.offset, range.size));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace vivace
