// Durations as configuration files write them: Go's ("1m30s", "1.5h") and Prometheus' ("2w", "1d12h").
//
// Two dialects because the file format has two: most keys are Go durations, retention-like keys and remote_write are Prometheus ones.
// Both parsers are exact integers of nanoseconds. Pure functions, any thread.
#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace vivace {

using Duration = std::chrono::nanoseconds;

// What the gRPC keys use for "never".
inline constexpr Duration kForever{std::numeric_limits<int64_t>::max()};

// Units ns us µs ms s m h, sums and fractions; beyond Go also d and w. A bare "0" is zero; any other bare number is refused here.
std::optional<Duration> ParseGoDuration(std::string_view text);
// "2m0s", "100ms", "0s": what Go prints.
std::string FormatGoDuration(Duration duration);

// Units ms s m h d w y in falling order, no fractions; a bare "0" is zero.
std::optional<Duration> ParsePromDuration(std::string_view text);
// "2w", "10s", "0s": what Prometheus prints.
std::string FormatPromDuration(Duration duration);

}  // namespace vivace
