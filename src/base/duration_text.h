// What durations in text are made of, whatever the dialect: digits, and names of units.
//
// For base/go_format.cc and config/yaml/duration.cc, whose dialects differ in the units and their
// order. Pure functions, any thread; they cost their bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/unix_time.h"

namespace vivace {

struct DurationUnit {
  static constexpr uint64_t kSecond = kNanosPerSecond;
  static constexpr uint64_t kMinute = 60 * kSecond;
  static constexpr uint64_t kHour = 60 * kMinute;
  static constexpr uint64_t kDay = 24 * kHour;

  std::string_view name;
  uint64_t nanos;
};

constexpr bool IsDurationDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front of `text`.
inline std::string_view TakeDurationDigits(std::string_view& text) {
  size_t length = 0;
  while (length < text.size() && IsDurationDigit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// Takes the name of a unit, which runs up to the next digit or point.
inline std::string_view TakeDurationUnit(std::string_view& text) {
  size_t length = 0;
  while (length < text.size() && !IsDurationDigit(text[length]) && text[length] != '.') ++length;
  const std::string_view unit = text.substr(0, length);
  text.remove_prefix(length);
  return unit;
}

// total += digits * scale, or false on overflow.
inline bool AddDuration(uint64_t& total, std::string_view digits, uint64_t scale) {
  uint64_t value = 0;
  for (const char digit : digits) {
    if (__builtin_mul_overflow(value, uint64_t{10}, &value) ||
        __builtin_add_overflow(value, uint64_t(digit - '0'), &value))
      return false;
  }
  return !__builtin_mul_overflow(value, scale, &value) &&
         !__builtin_add_overflow(total, value, &total);
}

}  // namespace vivace
