#include "base/go_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/duration_text.h"

namespace vivace {
namespace {

std::unexpected<Error> NotParsed(std::string_view function, std::string_view text,
                                 std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("strconv.{}: parsing \"{}\": {}", function, text, why));
}

constexpr std::string_view kTrue[] = {"1", "t", "T", "true", "TRUE", "True"};
constexpr std::string_view kFalse[] = {"0", "f", "F", "false", "FALSE", "False"};

// Reads the elements of the layout one by one and reports the one that did not match.
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
    for (int64_t unit = 100'000'000; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9';
         unit /= 10) {
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
    if (failed_.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("parsing time \"{}\": extra text: \"{}\"", text_, rest_));
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("parsing time \"{}\" as \"{}\": cannot parse \"{}\" as \"{}\"", text_,
                            kLayout, rest_, failed_));
  }

 private:
  std::string_view text_;
  std::string_view rest_;
  std::string_view failed_;
};

// Longer names first where one is the beginning of another.
constexpr std::array kGoUnits = {DurationUnit{"ns", 1},
                                 DurationUnit{"us", 1000},
                                 DurationUnit{"µs", 1000},
                                 DurationUnit{"ms", 1'000'000},
                                 DurationUnit{"s", DurationUnit::kSecond},
                                 DurationUnit{"m", DurationUnit::kMinute},
                                 DurationUnit{"h", DurationUnit::kHour}};

const DurationUnit* FindUnit(std::string_view name, std::span<const DurationUnit> more) {
  for (const std::span<const DurationUnit> units :
       {std::span<const DurationUnit>(kGoUnits), more}) {
    const auto unit = std::ranges::find(units, name, &DurationUnit::name);
    if (unit != units.end()) return &*unit;
  }
  return nullptr;
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

// Takes "1.5h" off the front of `text`.
bool AddTerm(std::string_view& text, std::span<const DurationUnit> more, uint64_t& total) {
  const std::string_view whole = TakeDurationDigits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = TakeDurationDigits(text);
  }
  const DurationUnit* unit = FindUnit(TakeDurationUnit(text), more);
  if (unit == nullptr || (whole.empty() && fraction.empty()) ||
      !AddDuration(total, whole, unit->nanos))
    return false;
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

std::string FormatNanos(uint64_t nanos) {
  if (nanos == 0) return "0s";
  if (nanos < 1000) return fmt::format("{}ns", nanos);
  if (nanos < 1'000'000) return WithFraction(nanos, 1000) + "µs";
  if (nanos < DurationUnit::kSecond) return WithFraction(nanos, 1'000'000) + "ms";
  std::string text;
  if (nanos >= DurationUnit::kHour) text += fmt::format("{}h", nanos / DurationUnit::kHour);
  if (nanos >= DurationUnit::kMinute)
    text += fmt::format("{}m", nanos % DurationUnit::kHour / DurationUnit::kMinute);
  return text + WithFraction(nanos % DurationUnit::kMinute, DurationUnit::kSecond) + "s";
}

// encoding/json drops the leading zero of a negative two-digit exponent: 1e-07 is 1e-7.
void AppendExponentForm(double value, std::string& out) {
  char digits[40];
  const auto [end, error] =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific);
  std::string_view text(digits, end - digits);
  if (text.size() >= 4 && text.substr(text.size() - 4, 3) == "e-0") {
    out += text.substr(0, text.size() - 2);
    out += text.back();
    return;
  }
  out += text;
}

}  // namespace

Result<int64_t> ParseGoInt(std::string_view text, std::string_view function, int bits) {
  const bool has_plus = text.starts_with('+');
  const std::string_view digits = has_plus ? text.substr(1) : text;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_whole =
      end == digits.data() + digits.size() && !(has_plus && digits.starts_with('-'));
  if (!is_whole || error == std::errc::invalid_argument)
    return NotParsed(function, text, "invalid syntax");
  const int64_t bound = bits >= 64 ? INT64_MAX : (int64_t{1} << (bits - 1)) - 1;
  if (error == std::errc::result_out_of_range || number > bound || number < -bound - 1) {
    return NotParsed(function, text, "value out of range");
  }
  return number;
}

Result<uint64_t> ParseGoUint(std::string_view text) {
  VIVACE_ASSIGN(const int64_t number, ParseGoInt(text, "ParseUint"));
  if (number < 0) return NotParsed("ParseUint", text, "invalid syntax");
  return static_cast<uint64_t>(number);
}

Result<double> ParseGoFloat(std::string_view text) {
  const std::string_view digits =
      text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
  const bool is_number =
      !digits.empty() && (IsDurationDigit(digits.front()) || digits.front() == '.');
  const std::string terminated(text);
  char* end = nullptr;
  const double value = is_number ? std::strtod(terminated.c_str(), &end) : 0;
  if (!is_number || end != terminated.c_str() + terminated.size())
    return NotParsed("ParseFloat", text, "invalid syntax");
  if (std::isinf(value)) return NotParsed("ParseFloat", text, "value out of range");
  return value;
}

std::optional<bool> ParseGoBool(std::string_view text) {
  if (std::ranges::find(kTrue, text) != std::end(kTrue)) return true;
  if (std::ranges::find(kFalse, text) != std::end(kFalse)) return false;
  return std::nullopt;
}

Result<int64_t> ParseGoTime(std::string_view text) {
  LayoutReader reader(text);
  int64_t year, month, day, hour, minute, second, nanos = 0, offset = 0;
  const bool is_read =
      reader.Number("2006", 4, year) && reader.Literal("-") && reader.Number("01", 2, month) &&
      reader.Literal("-") && reader.Number("02", 2, day) && reader.Literal("T") &&
      reader.Number("15", 2, hour) && reader.Literal(":") && reader.Number("04", 2, minute) &&
      reader.Literal(":") && reader.Number("05", 2, second);
  if (!is_read) return reader.Failure();
  reader.Fraction(nanos);
  if (!reader.Zone(offset) || !reader.AtEnd()) return reader.Failure();
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const char* wrong = month < 1 || month > 12 ? "month"
                      : !date.ok()            ? "day"
                      : hour > 23             ? "hour"
                      : minute > 59           ? "minute"
                                              : "second";
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("parsing time \"{}\": {} out of range", text, wrong));
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 3600 + minute * 60 + second - offset) * 1'000'000'000 + nanos;
}

std::optional<std::chrono::nanoseconds> ParseGoDuration(std::string_view text,
                                                        std::span<const DurationUnit> more) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds{0};
  if (text.empty()) return std::nullopt;
  uint64_t total = 0;
  while (!text.empty()) {
    if (!AddTerm(text, more, total)) return std::nullopt;
  }
  if (total > uint64_t(INT64_MAX)) return std::nullopt;
  return std::chrono::nanoseconds{negative ? -int64_t(total) : int64_t(total)};
}

std::string FormatGoDuration(std::chrono::nanoseconds duration) {
  if (duration.count() >= 0) return FormatNanos(uint64_t(duration.count()));
  return "-" + FormatNanos(~uint64_t(duration.count()) + 1);
}

std::string FormatGoFloat(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  const auto scientific =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string text(buffer, scientific.ptr);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  // Go's %g without a precision takes the exponent form from 1e+06 up and below 1e-04.
  return exponent < -4 || exponent >= 6 ? text : fmt::format("{}", value);
}

void AppendGoJsonFloat(double value, std::string& out) {
  const double size = std::fabs(value);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) return AppendExponentForm(value, out);
  char digits[64];
  const auto [end, error] =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed);
  out.append(digits, end);
}

}  // namespace vivace
