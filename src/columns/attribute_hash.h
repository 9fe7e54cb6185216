// The hash by which a batch and a segment find an attribute that they have already. Pure function,
// any thread; the cost of one pass over the value.
#pragma once

#include <cstdint>

#include "base/hash/fast_hash.h"
#include "columns/span_batch.h"

namespace vivace {

// `key`: its code in the dictionary of that batch or segment.
inline uint64_t HashAttribute(uint32_t key, const AttributeValue& value) {
  const uint64_t seed = (uint64_t{key} << 8) | static_cast<uint8_t>(value.kind);
  return value.HasText() ? FastHash(value.text, seed) : FastHash(value.bits, seed);
}

}  // namespace vivace
