// StringRef: where a piece of text lies in an array of bytes that its owner names. A value, any
// thread.
#pragma once

#include <cstdint>

namespace vivace {

struct StringRef {
  uint32_t offset = 0;
  uint32_t size = 0;
};

}  // namespace vivace
