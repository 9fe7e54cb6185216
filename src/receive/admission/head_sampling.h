// Head sampling: which traces are kept, by their ids alone: all spans of a trace get the same
// decision, whoever sends them and whenever.
//
// As OpenTelemetry's consistent probability sampling has it, the last seven bytes of a trace id are
// its randomness. Pure, any thread.
#pragma once

#include <cstdint>

#include "base/ids.h"

namespace vivace {

// `percentage` of 100 or more takes every trace, 0 or less none.
inline bool IsSampled(const TraceId& id, double percentage) {
  constexpr int kRandomBytes = 7;
  constexpr double kRange = 72057594037927936.0;  // 2 to the power of 56
  uint64_t randomness = 0;
  for (size_t i = TraceId::kBytes - kRandomBytes; i < TraceId::kBytes; ++i)
    randomness = randomness << 8 | id.bytes[i];
  return static_cast<double>(randomness) >= (1 - percentage / 100) * kRange;
}

}  // namespace vivace
