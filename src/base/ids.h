// Trace and span ids as fixed byte arrays: 16 and 8 bytes, compared as unsigned bytes (the order of
// rows in a block). Plain values, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

template <size_t kSize>
struct FixedId {
  static constexpr size_t kBytes = kSize;
  std::array<uint8_t, kSize> bytes{};

  // `raw` must hold exactly kSize bytes.
  static FixedId FromBytes(const void* raw) {
    FixedId id;
    std::memcpy(id.bytes.data(), raw, kSize);
    return id;
  }
  bool IsZero() const { return *this == FixedId{}; }
  std::string_view View() const { return {reinterpret_cast<const char*>(bytes.data()), kSize}; }

  friend auto operator<=>(const FixedId&, const FixedId&) = default;
  // A memcmp of constant size is a comparison or two of registers; the array's own is a call.
  friend bool operator==(const FixedId& a, const FixedId& b) {
    return std::memcmp(a.bytes.data(), b.bytes.data(), kSize) == 0;
  }
};

using TraceId = FixedId<16>;
using SpanId = FixedId<8>;

// Lower-case hexadecimal digits of `raw`.
std::string ToHex(std::string_view raw);

// A trace id as answers show it: without leading zeros.
std::string FormatTraceId(const TraceId& id);

// Bytes of an even number of hexadecimal digits (either case); INVALID_ARGUMENT otherwise.
Result<std::string> FromHex(std::string_view digits);

// An id of at most its length, filled up from the left, as senders write 64-bit trace ids. False
// for none and for longer ones, which leave it zero.
template <typename Id>
bool ReadPaddedId(std::string_view raw, Id& id) {
  id = {};
  if (raw.empty() || raw.size() > Id::kBytes) return false;
  std::memcpy(id.bytes.data() + Id::kBytes - raw.size(), raw.data(), raw.size());
  return true;
}

// The id that stored bytes give: of longer ones the last, shorter ones filled up from the left.
template <typename Id>
Id StoredId(std::string_view raw) {
  Id id;
  const size_t size = std::min(raw.size(), Id::kBytes);
  if (size == 0) return id;
  std::memcpy(id.bytes.data() + Id::kBytes - size, raw.data() + raw.size() - size, size);
  return id;
}

// The trace id of an API path: 1 to 32 hexadecimal digits, padded with zeros on the left. The error
// texts are Tempo's (spec/api.md 1.2.1).
Result<TraceId> ParseTraceId(std::string_view digits);

}  // namespace vivace
