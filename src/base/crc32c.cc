#include "base/crc32c.h"

#include <nmmintrin.h>

#include <cstring>

namespace vivace {

uint32_t Crc32c(std::string_view bytes, uint32_t crc) {
  uint64_t state = ~crc;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    state = _mm_crc32_u64(state, word);
  }
  for (; left > 0; ++at, --left) state = _mm_crc32_u8(static_cast<uint32_t>(state), static_cast<uint8_t>(*at));
  return ~static_cast<uint32_t>(state);
}

}  // namespace vivace
