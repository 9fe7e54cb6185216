// Numbers, booleans, times and durations as Go's strconv, time and encoding/json read and print
// them, with their error texts.
//
// Tempo is written in Go and its clients see these forms, so Vivace reads and prints the same ones
// in one place. Errors are INVALID_ARGUMENT with Go's text; WithContext (base/error_context.h) puts
// in front what was read. Pure functions, any thread; they cost their bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

struct DurationUnit;  // base/duration_text.h

// strconv.ParseInt in base 10: a number of `bits` bits with an optional sign. `function` is the one
// that errors name: strconv.`function`: parsing "x": invalid syntax, or "value out of range".
Result<int64_t> ParseGoInt(std::string_view text, std::string_view function = "ParseInt",
                           int bits = 64);
// strconv.ParseUint in base 10, though a plus sign is let through and the range ends with that of
// int64.
Result<uint64_t> ParseGoUint(std::string_view text);
// strconv.ParseFloat of digits, decimal or hexadecimal; not of "inf" and "nan".
Result<double> ParseGoFloat(std::string_view text);
// strconv.ParseBool: 1, t, T, true, True, TRUE, and the same for false.
std::optional<bool> ParseGoBool(std::string_view text);

// time.Parse(time.RFC3339): unix nanoseconds of "2026-11-21T00:05:12.5Z" or with an offset
// "+01:00".
Result<int64_t> ParseGoTime(std::string_view text);

// time.ParseDuration: units ns us µs ms s m h, sums and fractions; a bare "0" is zero, any other
// bare number is refused. Some callers take `more` units.
std::optional<std::chrono::nanoseconds> ParseGoDuration(std::string_view text,
                                                        std::span<const DurationUnit> more = {});
// time.Duration.String: "2m0s", "100ms", "0s".
std::string FormatGoDuration(std::chrono::nanoseconds duration);

// strconv.FormatFloat(value, 'g', -1, 64), the shortest text that reads back the same:
// 0.1, 16.384, 1.073741824e+09, NaN, +Inf.
std::string FormatGoFloat(double value);
// A finite `value` as encoding/json prints it: shortest digits, an exponent below 1e-6 and from
// 1e21 on.
void AppendGoJsonFloat(double value, std::string& out);

}  // namespace vivace
