// The tokens of an OTTL condition. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

struct OttlToken {
  enum class Kind : uint8_t { kName, kString, kInt, kDouble, kBytes, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // of a text without quotes and escapes, of bytes raw
  int64_t integer = 0;
  double real = 0;
  size_t offset = 0;
};

// Ends with a kEnd token. INVALID_ARGUMENT names the offset of what is no token.
Result<std::vector<OttlToken>> TokenizeOttl(std::string_view condition);

}  // namespace vivace
