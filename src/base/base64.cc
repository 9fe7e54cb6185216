#include "base/base64.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace vivace {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> MakeValues() {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 64; ++i) values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  values['-'] = 62;
  values['_'] = 63;
  return values;
}

constexpr std::array<int8_t, 256> kValues = MakeValues();

std::string_view WithoutPadding(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

}  // namespace

void AppendBase64(std::string_view raw, std::string& out) {
  const auto byte = [&](size_t i) { return uint32_t{static_cast<uint8_t>(raw[i])}; };
  size_t i = 0;
  for (; i + 3 <= raw.size(); i += 3) {
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const char quad[] = {kAlphabet[bits >> 18], kAlphabet[bits >> 12 & 63],
                         kAlphabet[bits >> 6 & 63], kAlphabet[bits & 63]};
    out.append(quad, 4);
  }
  if (i + 1 == raw.size()) {
    const char quad[] = {kAlphabet[byte(i) >> 2], kAlphabet[byte(i) << 4 & 63], '=', '='};
    out.append(quad, 4);
  } else if (i + 2 == raw.size()) {
    const uint32_t bits = byte(i) << 8 | byte(i + 1);
    const char quad[] = {kAlphabet[bits >> 10], kAlphabet[bits >> 4 & 63],
                         kAlphabet[bits << 2 & 63], '='};
    out.append(quad, 4);
  }
}

Result<std::string> FromBase64(std::string_view text) {
  text = WithoutPadding(text);
  if (text.size() % 4 == 1)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("base64 text cannot have {} digits", text.size()));
  std::string raw;
  raw.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const int value = kValues[static_cast<uint8_t>(text[i])];
    if (value < 0)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("illegal base64 data at input byte {}", i));
    bits = bits << 6 | static_cast<uint32_t>(value);
    if ((count += 6) >= 8) raw += static_cast<char>(bits >> (count -= 8));
  }
  return raw;
}

std::string ToBase64(std::string_view raw) {
  std::string text;
  AppendBase64(raw, text);
  return text;
}

}  // namespace vivace
