// Value types that configuration keys have beyond bool, int64_t, uint64_t, double, std::string,
// Duration, lists and maps.
//
// Each exists because it is written or printed differently from the plain type that it wraps. Plain
// values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/yaml/duration.h"

namespace vivace {

// Printed as ********, never in clear.
struct Secret {
  std::string value;
  bool operator==(const Secret&) const = default;
};

// A duration in Prometheus' dialect.
struct PromDuration {
  Duration value{};
  bool operator==(const PromDuration&) const = default;
};

// Written as one string with commas or as a list; printed as one string.
struct CsvList {
  std::vector<std::string> values;
  bool operator==(const CsvList&) const = default;
};

// A size that must have a unit ("64KiB"), printed with units.
struct ByteSize {
  uint64_t bytes = 0;
  bool operator==(const ByteSize&) const = default;
};

// RFC 3339, to the second. The default is Go's zero time, 0001-01-01T00:00:00Z.
struct Instant {
  static constexpr int64_t kZero = -62135596800;
  int64_t unix_seconds = kZero;
  bool operator==(const Instant&) const = default;
};

}  // namespace vivace
