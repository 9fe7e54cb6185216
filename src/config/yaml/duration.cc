#include "config/yaml/duration.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace vivace {
namespace {

struct Unit {
  std::string_view name;
  uint64_t nanos;
};

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kMinute = 60 * kSecond;
constexpr uint64_t kHour = 60 * kMinute;
constexpr uint64_t kDay = 24 * kHour;

// Longer names first where one is the beginning of another.
constexpr std::array kGoUnits = {Unit{"ns", 1},      Unit{"us", 1000}, Unit{"µs", 1000}, Unit{"ms", 1'000'000}, Unit{"s", kSecond},
                                 Unit{"m", kMinute}, Unit{"h", kHour}, Unit{"d", kDay},  Unit{"w", 7 * kDay}};
// In the order in which a Prometheus duration must name them.
constexpr std::array kPromUnits = {Unit{"y", 365 * kDay}, Unit{"w", 7 * kDay}, Unit{"d", kDay},      Unit{"h", kHour},
                                   Unit{"m", kMinute},    Unit{"s", kSecond},  Unit{"ms", 1'000'000}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& text) {
  size_t length = 0;
  while (length < text.size() && IsDigit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// A unit name runs up to the next digit or point.
std::string_view TakeUnit(std::string_view& text) {
  size_t length = 0;
  while (length < text.size() && !IsDigit(text[length]) && text[length] != '.') ++length;
  const std::string_view unit = text.substr(0, length);
  text.remove_prefix(length);
  return unit;
}

// total += digits * scale, or false on overflow.
bool Add(uint64_t& total, std::string_view digits, uint64_t scale) {
  uint64_t value = 0;
  for (const char digit : digits) {
    if (__builtin_mul_overflow(value, uint64_t{10}, &value) || __builtin_add_overflow(value, uint64_t(digit - '0'), &value)) return false;
  }
  return !__builtin_mul_overflow(value, scale, &value) && !__builtin_add_overflow(total, value, &total);
}

void AddFraction(uint64_t& total, std::string_view digits, uint64_t scale) {
  double place = double(scale);
  double value = 0;
  for (const char digit : digits) {
    place /= 10;
    value += (digit - '0') * place;
  }
  total += uint64_t(value + 1e-6);
}

const Unit* FindUnit(std::string_view name) {
  for (const Unit& unit : kGoUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

bool AddGoTerm(std::string_view& text, uint64_t& total) {
  const std::string_view whole = TakeDigits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = TakeDigits(text);
  }
  const Unit* unit = FindUnit(TakeUnit(text));
  if (unit == nullptr || (whole.empty() && fraction.empty()) || !Add(total, whole, unit->nanos)) return false;
  AddFraction(total, fraction, unit->nanos);
  return true;
}

// "1.5" for 1500 thousandths: the fraction without trailing zeros.
std::string WithFraction(uint64_t value, uint64_t unit) {
  std::string text = fmt::format("{}", value / unit);
  uint64_t rest = value % unit;
  if (rest == 0) return text;
  text += '.';
  for (uint64_t place = unit / 10; rest != 0; place /= 10) {
    text += char('0' + rest / place);
    rest %= place;
  }
  return text;
}

std::string FormatUnsigned(uint64_t nanos) {
  if (nanos == 0) return "0s";
  if (nanos < 1000) return fmt::format("{}ns", nanos);
  if (nanos < 1'000'000) return WithFraction(nanos, 1000) + "µs";
  if (nanos < kSecond) return WithFraction(nanos, 1'000'000) + "ms";
  std::string text;
  if (nanos >= kHour) text += fmt::format("{}h", nanos / kHour);
  if (nanos >= kMinute) text += fmt::format("{}m", nanos % kHour / kMinute);
  return text + WithFraction(nanos % kMinute, kSecond) + "s";
}

}  // namespace

std::optional<Duration> ParseGoDuration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  uint64_t total = 0;
  while (!text.empty()) {
    if (!AddGoTerm(text, total)) return std::nullopt;
  }
  if (total > uint64_t(kForever.count())) return std::nullopt;
  return Duration{negative ? -int64_t(total) : int64_t(total)};
}

std::string FormatGoDuration(Duration duration) {
  if (duration.count() >= 0) return FormatUnsigned(uint64_t(duration.count()));
  return "-" + FormatUnsigned(~uint64_t(duration.count()) + 1);
}

std::optional<Duration> ParsePromDuration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  uint64_t total = 0;
  auto next = kPromUnits.begin();
  while (!text.empty()) {
    const std::string_view digits = TakeDigits(text);
    const std::string_view name = TakeUnit(text);
    while (next != kPromUnits.end() && next->name != name) ++next;
    if (digits.empty() || next == kPromUnits.end() || !Add(total, digits, next->nanos)) return std::nullopt;
    ++next;
  }
  if (total > uint64_t(kForever.count())) return std::nullopt;
  return Duration{int64_t(total)};
}

std::string FormatPromDuration(Duration duration) {
  uint64_t rest = uint64_t(duration.count()) / 1'000'000 * 1'000'000;
  if (rest == 0) return "0s";
  std::string text;
  for (const Unit& unit : kPromUnits) {
    // Years and weeks only where nothing remains, so that 8d stays 8d.
    const bool exact_only = unit.name == "y" || unit.name == "w";
    if (rest < unit.nanos || (exact_only && rest % unit.nanos != 0)) continue;
    text += fmt::format("{}{}", rest / unit.nanos, unit.name);
    rest %= unit.nanos;
  }
  return text;
}

}  // namespace vivace
