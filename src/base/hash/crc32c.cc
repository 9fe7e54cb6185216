#include "base/hash/crc32c.h"

#include <isa-l/crc.h>

#include <climits>

namespace vivace {

uint32_t Crc32c(std::string_view bytes, uint32_t crc) {
  // The library's function takes an int for the length and leaves the inversions to its caller.
  uint32_t state = ~crc;
  while (!bytes.empty()) {
    const std::string_view step = bytes.substr(0, INT_MAX);
    auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(step.data()));  // only read
    state = crc32_iscsi(data, static_cast<int>(step.size()), state);
    bytes.remove_prefix(step.size());
  }
  return ~state;
}

}  // namespace vivace
