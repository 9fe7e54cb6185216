#include "config/yaml/scalars.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/go_format.h"

namespace vivace {
namespace {

constexpr std::array<std::string_view, 12> kYamlTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                        "True", "TRUE", "on",  "On",  "ON",  ""};
constexpr std::array<std::string_view, 12> kYamlFalse = {
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", ""};

bool Contains(const auto& words, std::string_view text) {
  return !text.empty() && std::ranges::find(words, text) != words.end();
}

// Takes "0x", "0o", "0b" or a leading zero and returns the base that follows.
int TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char mark = digits[1];
  const int base = mark == 'x' || mark == 'X'   ? 16
                   : mark == 'o' || mark == 'O' ? 8
                   : mark == 'b' || mark == 'B' ? 2
                                                : 0;
  digits.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

std::optional<uint64_t> ParseDigits(std::string_view digits) {
  const int base = TakeBase(digits);
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    return std::nullopt;
  return value;
}

std::string WithoutUnderscores(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

std::optional<double> ParsePlainFloat(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !(text.back() == '.' || (text.back() >= '0' && text.back() <= '9')))
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr std::array<std::string_view, 7> kUnitLetters = {"", "K", "M", "G", "T", "P", "E"};

std::optional<int> UnitShift(std::string_view unit) {
  if (unit.ends_with("iB")) {
    unit.remove_suffix(2);
  } else if (unit.ends_with('B') || unit.ends_with('i')) {
    unit.remove_suffix(1);
  }
  const auto found = std::ranges::find(kUnitLetters, unit == "k" ? "K" : unit);
  if (found == kUnitLetters.end()) return std::nullopt;
  return int(found - kUnitLetters.begin()) * 10;
}

}  // namespace

std::optional<bool> ParseYamlBool(std::string_view text) {
  if (Contains(kYamlTrue, text)) return true;
  if (Contains(kYamlFalse, text)) return false;
  return std::nullopt;
}

std::optional<YamlInt> ParseYamlInt(std::string_view text) {
  if (text.empty() || text.front() == '_' || text.back() == '_') return std::nullopt;
  const std::string plain = WithoutUnderscores(text);
  std::string_view digits = plain;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.starts_with('-')) return std::nullopt;
  if (const auto value = ParseDigits(digits)) return YamlInt{*value, negative};
  const auto number = ParsePlainFloat(digits);
  if (!number || *number != std::floor(*number) || *number < 0 || *number >= 18446744073709551616.0)
    return std::nullopt;
  return YamlInt{uint64_t(*number), negative};
}

std::optional<double> ParseYamlFloat(std::string_view text) {
  if (text == ".inf" || text == "+.inf" || text == ".Inf")
    return std::numeric_limits<double>::infinity();
  if (text == "-.inf" || text == "-.Inf") return -std::numeric_limits<double>::infinity();
  if (text == ".nan" || text == ".NaN") return std::numeric_limits<double>::quiet_NaN();
  if (const auto whole = ParseYamlInt(text))
    return whole->negative ? -double(whole->magnitude) : double(whole->magnitude);
  return ParsePlainFloat(WithoutUnderscores(text));
}

std::optional<uint64_t> ParseByteSize(std::string_view text) {
  size_t split = text.find_first_not_of("0123456789._");
  if (split == std::string_view::npos || split == 0) return std::nullopt;
  const auto number = ParsePlainFloat(WithoutUnderscores(text.substr(0, split)));
  split = text.find_first_not_of(' ', split);
  const auto shift = split == std::string_view::npos ? std::nullopt : UnitShift(text.substr(split));
  if (!number || !shift) return std::nullopt;
  const double bytes = std::ldexp(*number, *shift);
  if (bytes >= 18446744073709551616.0) return std::nullopt;
  return uint64_t(bytes);
}

std::string FormatByteSize(uint64_t bytes) {
  if (bytes == 0) return "0B";
  std::string text;
  for (int i = int(kUnitLetters.size()) - 1; i >= 0; --i) {
    const uint64_t count = bytes >> (i * 10);
    if (count == 0) continue;
    text += fmt::format("{}{}{}", count, kUnitLetters[size_t(i)], i == 0 ? "B" : "iB");
    bytes -= count << (i * 10);
  }
  return text;
}

std::string FormatYamlFloat(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  return FormatGoFloat(value);
}

std::string_view ResolveTag(std::string_view text) {
  if (ParseYamlBool(text)) return "!!bool";
  if (const auto whole = ParseYamlInt(text))
    return text.find_first_of(".eE") == std::string_view::npos || text.starts_with("0x")
               ? "!!int"
               : "!!float";
  if (ParseYamlFloat(text)) return "!!float";
  return "!!str";
}

}  // namespace vivace
