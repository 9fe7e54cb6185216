#include "config/yaml/duration.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/duration_text.h"

namespace vivace {
namespace {

constexpr DurationUnit kBeyondGo[] = {{"d", DurationUnit::kDay}, {"w", 7 * DurationUnit::kDay}};

// In the order in which a Prometheus duration must name them.
constexpr std::array kPromUnits = {DurationUnit{"y", 365 * DurationUnit::kDay},
                                   DurationUnit{"w", 7 * DurationUnit::kDay},
                                   DurationUnit{"d", DurationUnit::kDay},
                                   DurationUnit{"h", DurationUnit::kHour},
                                   DurationUnit{"m", DurationUnit::kMinute},
                                   DurationUnit{"s", DurationUnit::kSecond},
                                   DurationUnit{"ms", 1'000'000}};

}  // namespace

std::optional<Duration> ParseConfigDuration(std::string_view text) {
  return ParseGoDuration(text, kBeyondGo);
}

std::optional<Duration> ParsePromDuration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  uint64_t total = 0;
  auto next = kPromUnits.begin();
  while (!text.empty()) {
    const std::string_view digits = TakeDurationDigits(text);
    const std::string_view name = TakeDurationUnit(text);
    while (next != kPromUnits.end() && next->name != name) ++next;
    if (digits.empty() || next == kPromUnits.end() || !AddDuration(total, digits, next->nanos))
      return std::nullopt;
    ++next;
  }
  if (total > uint64_t(kForever.count())) return std::nullopt;
  return Duration{int64_t(total)};
}

std::string FormatPromDuration(Duration duration) {
  uint64_t rest = uint64_t(duration.count()) / 1'000'000 * 1'000'000;
  if (rest == 0) return "0s";
  std::string text;
  for (const DurationUnit& unit : kPromUnits) {
    // Years and weeks only where nothing remains, so that 8d stays 8d.
    const bool exact_only = unit.name == "y" || unit.name == "w";
    if (rest < unit.nanos || (exact_only && rest % unit.nanos != 0)) continue;
    text += fmt::format("{}{}", rest / unit.nanos, unit.name);
    rest %= unit.nanos;
  }
  return text;
}

}  // namespace vivace
