// MurmurHash3_x64_128 with seed 0: the hash of Tempo's bloom filters. A pure function, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vivace {

std::array<uint64_t, 2> Murmur3(std::string_view bytes);

}  // namespace vivace
