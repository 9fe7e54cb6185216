#include "api/parameters/go_time.h"

#include <fmt/format.h>

#include <chrono>

namespace vivace {
namespace {

// Reads one element of the layout after the other and says which one did not fit.
class LayoutReader {
 public:
  explicit LayoutReader(std::string_view text) : text_(text), rest_(text) {}

  bool Number(std::string_view element, size_t digits, int64_t& value) {
    value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return failed_ = element, false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  bool Literal(std::string_view text) {
    if (!rest_.starts_with(text)) return failed_ = text, false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // ".5" and the like, as nanoseconds.
  void Fraction(int64_t& nanos) {
    if (rest_.size() < 2 || rest_[0] != '.' || rest_[1] < '0' || rest_[1] > '9') return;
    rest_.remove_prefix(1);
    for (int64_t unit = 100'000'000; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; unit /= 10) {
      nanos += (rest_[0] - '0') * unit;
      rest_.remove_prefix(1);
    }
  }

  bool Zone(int64_t& offset_seconds) {
    if (rest_.starts_with('Z')) return rest_.remove_prefix(1), true;
    const int64_t sign = rest_.starts_with('-') ? -1 : 1;
    int64_t hours = 0;
    int64_t minutes = 0;
    const bool is_signed = rest_.starts_with('-') || rest_.starts_with('+');
    const std::string_view before = rest_;
    if (is_signed) rest_.remove_prefix(1);
    if (!is_signed || !Number("", 2, hours) || !Literal(":") || !Number("", 2, minutes)) {
      rest_ = before;
      return failed_ = "Z07:00", false;
    }
    offset_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
  }

  bool AtEnd() const { return rest_.empty(); }

  std::unexpected<Error> Failure() const {
    constexpr std::string_view kLayout = "2006-01-02T15:04:05Z07:00";
    if (failed_.empty()) return Fail(ErrorCode::kInvalidArgument, fmt::format("parsing time \"{}\": extra text: \"{}\"", text_, rest_));
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("parsing time \"{}\" as \"{}\": cannot parse \"{}\" as \"{}\"", text_, kLayout, rest_, failed_));
  }

 private:
  std::string_view text_;
  std::string_view rest_;
  std::string_view failed_;
};

}  // namespace

Result<int64_t> ParseGoTime(std::string_view text) {
  LayoutReader reader(text);
  int64_t year, month, day, hour, minute, second, nanos = 0, offset = 0;
  const bool is_read = reader.Number("2006", 4, year) && reader.Literal("-") && reader.Number("01", 2, month) && reader.Literal("-") &&
                       reader.Number("02", 2, day) && reader.Literal("T") && reader.Number("15", 2, hour) && reader.Literal(":") &&
                       reader.Number("04", 2, minute) && reader.Literal(":") && reader.Number("05", 2, second);
  if (!is_read) return reader.Failure();
  reader.Fraction(nanos);
  if (!reader.Zone(offset) || !reader.AtEnd()) return reader.Failure();
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const char* wrong = month < 1 || month > 12 ? "month" : !date.ok() ? "day" : hour > 23 ? "hour" : minute > 59 ? "minute" : "second";
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("parsing time \"{}\": {} out of range", text, wrong));
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 3600 + minute * 60 + second - offset) * 1'000'000'000 + nanos;
}

}  // namespace vivace
