#include "base/ids.h"

#include <fmt/format.h>

namespace vivace {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string ToHex(std::string_view raw) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(raw.size() * 2, '0');
  for (size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<uint8_t>(raw[i]);
    text[2 * i] = kDigits[byte >> 4];
    text[2 * i + 1] = kDigits[byte & 15];
  }
  return text;
}

std::string FormatTraceId(const TraceId& id) {
  std::string digits = ToHex(id.View());
  digits.erase(0, digits.find_first_not_of('0'));
  return digits;
}

Result<std::string> FromHex(std::string_view digits) {
  if (digits.size() % 2 != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("odd number of hexadecimal digits: {}", digits.size()));
  }
  std::string raw(digits.size() / 2, '\0');
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = HexDigit(digits[i]);
    if (digit < 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("invalid hexadecimal digit '{}' at position {}", digits[i], i + 1));
    }
    raw[i / 2] = static_cast<char>((static_cast<uint8_t>(raw[i / 2]) << 4) | digit);
  }
  return raw;
}

Result<TraceId> ParseTraceId(std::string_view digits) {
  for (size_t i = 0; i < digits.size(); ++i) {
    if (HexDigit(digits[i]) < 0) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "trace IDs can only contain hex characters: invalid character '{}' at position {}",
              digits[i], i + 1));
    }
  }
  if (digits.size() > 2 * TraceId::kBytes) {
    return Fail(ErrorCode::kInvalidArgument, "trace IDs can't be larger than 128 bits");
  }
  TraceId id;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t nibble = 2 * TraceId::kBytes - digits.size() + i;
    id.bytes[nibble / 2] = static_cast<uint8_t>((id.bytes[nibble / 2] << 4) | HexDigit(digits[i]));
  }
  return id;
}

}  // namespace vivace
