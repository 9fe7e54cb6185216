// Durations as configuration files write them: Go's with days and weeks ("1m30s", "1.5h", "2d") and
// Prometheus' ("2w", "1d12h").
//
// Two dialects because the file format has two: most keys are Go durations (printed by
// FormatGoDuration of base/go_format.h), retention-like keys and remote_write are Prometheus ones.
// Both parsers are exact integers of nanoseconds. Pure functions, any thread.
#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/go_format.h"

namespace vivace {

using Duration = std::chrono::nanoseconds;

// What the gRPC keys use for "never".
inline constexpr Duration kForever{std::numeric_limits<int64_t>::max()};

// As ParseGoDuration, and beyond Go also with the units d and w.
std::optional<Duration> ParseConfigDuration(std::string_view text);

// Units ms s m h d w y in falling order, no fractions; a bare "0" is zero.
std::optional<Duration> ParsePromDuration(std::string_view text);
// "2w", "10s", "0s": what Prometheus prints.
std::string FormatPromDuration(Duration duration);

}  // namespace vivace
