// CRC32C (Castagnoli) of bytes, as in RFC 3720: what guards WAL records. ISA-L picks the fastest
// way that the processor has when the program starts: 8 bytes per cycle and more.
#pragma once

#include <cstdint>
#include <string_view>

namespace vivace {

// Of `bytes`, or of what had the sum `crc` followed by `bytes`.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

}  // namespace vivace
