#include "object/object_store.h"

#include <algorithm>
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

Result<ObjectPart> ObjectStore::ReadEnd(const std::string& key, ObjectEnd end,
                                        uint64_t size_max) const {
  VIVACE_ASSIGN(const uint64_t size, Size(key));
  const uint64_t length = std::min(size, size_max);
  VIVACE_ASSIGN(std::string bytes,
                ReadRange(key, end == ObjectEnd::kFront ? 0 : size - length, length));
  return ObjectPart{.bytes = std::move(bytes), .object_size = size};
}

}  // namespace vivace
