// OTLP's numbers for span kinds and status codes, which columns and blocks store, and their names.
//
// One vocabulary for receivers, OTTL, blocks and the API. Constants and pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

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
inline constexpr std::array<std::string_view, 6> kKindNames = {
    "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",      "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
inline constexpr std::array<std::string_view, 3> kStatusNames = {
    "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};

// Empty for a number without a name.
constexpr std::string_view SpanKindName(uint8_t kind) {
  return kind < kKindNames.size() ? kKindNames[kind] : std::string_view();
}
constexpr std::string_view StatusCodeName(uint8_t code) {
  return code < kStatusNames.size() ? kStatusNames[code] : std::string_view();
}

}  // namespace vivace
