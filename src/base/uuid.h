// Uuid: the id of a block, 16 bytes, written as lower-case 8-4-4-4-12 hexadecimal digits.
//
// A plain value, any thread. Random() asks the operating system: a system call, not for hot paths.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  // A random one (version 4, RFC 9562).
  static Uuid Random();
  // 8-4-4-4-12 digits of either case; INVALID_ARGUMENT otherwise.
  static Result<Uuid> Parse(std::string_view text);

  std::string ToString() const;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace vivace
