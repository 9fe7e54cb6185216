// OTLP's numbers for kinds and status codes, which columns store, for the translators of other protocols. Pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "columns/span_batch.h"

namespace vivace {

inline constexpr uint8_t kKindUnspecified = 0;
inline constexpr uint8_t kKindInternal = 1;
inline constexpr uint8_t kKindServer = 2;
inline constexpr uint8_t kKindClient = 3;
inline constexpr uint8_t kKindProducer = 4;
inline constexpr uint8_t kKindConsumer = 5;

inline constexpr uint8_t kStatusUnset = 0;
inline constexpr uint8_t kStatusOk = 1;
inline constexpr uint8_t kStatusError = 2;

// Their names, by number.
inline constexpr std::array<std::string_view, 6> kKindNames = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
                                                               "SPAN_KIND_CLIENT",      "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
inline constexpr std::array<std::string_view, 3> kStatusNames = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};

// The whole number that a value is, or that its text reads as: status codes come as either.
inline std::optional<int64_t> WholeNumberOf(const AttributeValue& value) {
  if (value.kind == ValueKind::kInt) return value.AsInt();
  if (value.kind != ValueKind::kString) return std::nullopt;
  int64_t number = 0;
  const char* last = value.text.data() + value.text.size();
  const auto [end, error] = std::from_chars(value.text.data(), last, number);
  return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

// An id of at most its length, filled up from the left. False for none and for longer ones, which leave it zero.
template <typename Id>
bool ReadShortId(std::string_view raw, Id& id) {
  id = {};
  if (raw.empty() || raw.size() > Id::kBytes) return false;
  std::copy(raw.begin(), raw.end(), reinterpret_cast<char*>(id.bytes.data()) + Id::kBytes - raw.size());
  return true;
}

}  // namespace vivace
