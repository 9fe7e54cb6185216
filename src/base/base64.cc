#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vivace {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int8_t kNone = -1;

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(kNone);
  for (size_t at = 0; at < kAlphabet.size(); ++at) values[static_cast<uint8_t>(kAlphabet[at])] = static_cast<int8_t>(at);
  values['-'] = 62;
  values['_'] = 63;
  return values;
}();

}  // namespace

std::string ToBase64(std::string_view raw) {
  std::string text;
  text.reserve((raw.size() + 2) / 3 * 4);
  for (size_t at = 0; at < raw.size(); at += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, raw.size() - at);
    for (size_t i = 0; i < 3; ++i) group = (group << 8) | (i < count ? static_cast<uint8_t>(raw[at + i]) : 0);
    for (size_t i = 0; i < 4; ++i) text.push_back(i <= count ? kAlphabet[(group >> (18 - 6 * i)) & 63] : '=');
  }
  return text;
}

Result<std::string> FromBase64(std::string_view text) {
  for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding) text.remove_suffix(1);
  if (text.size() % 4 == 1) return Fail(ErrorCode::kInvalidArgument, "base64 text is cut short");
  std::string raw;
  raw.reserve(text.size() * 3 / 4);
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const int8_t value = kValues[static_cast<uint8_t>(c)];
    if (value == kNone) return Fail(ErrorCode::kInvalidArgument, "not a base64 digit: '" + std::string(1, c) + "'");
    group = (group << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    raw.push_back(static_cast<char>(group >> bits));
  }
  return raw;
}

}  // namespace vivace
