#include "base/rfc3339.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace vivace {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using std::chrono::year_month_day;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes pieces off the front of the text; once something does not fit, `ok` stays false.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int Number(size_t digits, int max) {
    int value = 0;
    ok = ok && rest.size() >= digits;
    for (size_t at = 0; ok && at < digits; ++at) {
      ok = IsDigit(rest[at]);
      value = value * 10 + (rest[at] - '0');
    }
    ok = ok && value <= max;
    if (ok) rest.remove_prefix(digits);
    return value;
  }

  char OneOf(std::string_view choices) {
    ok = ok && !rest.empty() && choices.find(rest.front()) != std::string_view::npos;
    if (!ok) return 0;
    const char taken = rest.front();
    rest.remove_prefix(1);
    return taken;
  }

  uint32_t Fraction() {
    if (!ok || rest.empty() || rest.front() != '.') return 0;
    rest.remove_prefix(1);
    ok = !rest.empty() && IsDigit(rest.front());
    uint32_t nanos = 0;
    uint32_t unit = 100'000'000;
    for (; !rest.empty() && IsDigit(rest.front()); rest.remove_prefix(1), unit /= 10)
      nanos += unit * (rest.front() - '0');
    return nanos;
  }

  int OffsetSeconds() {
    const char sign = OneOf("Zz+-");
    if (!ok || sign == 'Z' || sign == 'z') return 0;
    const int hours = Number(2, 23);
    OneOf(":");
    const int seconds = hours * 3600 + Number(2, 59) * 60;
    return sign == '-' ? -seconds : seconds;
  }
};

}  // namespace

std::string FormatRfc3339(int64_t unix_seconds) {
  const sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int{date.year()},
                     unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

Result<ParsedTime> ParseRfc3339(std::string_view text) {
  Scanner scan{text};
  const int years = scan.Number(4, 9999);
  scan.OneOf("-");
  const int months = scan.Number(2, 12);
  scan.OneOf("-");
  const int days = scan.Number(2, 31);
  scan.OneOf("Tt ");
  const int hours = scan.Number(2, 23);
  scan.OneOf(":");
  const int minutes = scan.Number(2, 59);
  scan.OneOf(":");
  const int seconds = scan.Number(2, 60);
  const uint32_t nanos = scan.Fraction();
  const int offset = scan.OffsetSeconds();
  const year_month_day date{year(years), month(static_cast<unsigned>(months)),
                            day(static_cast<unsigned>(days))};
  if (!scan.ok || !scan.rest.empty() || !date.ok()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("not an RFC 3339 time: \"{}\"", text.substr(0, 64)));
  }
  const int64_t of_day = hours * 3600 + minutes * 60 + seconds - offset;
  return ParsedTime{sys_seconds(sys_days(date)).time_since_epoch().count() + of_day, nanos};
}

}  // namespace vivace
