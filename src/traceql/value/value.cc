#include "traceql/value/value.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "config/yaml/duration.h"

namespace vivace::traceql {
namespace {

constexpr std::array<std::string_view, 3> kStatusNames = {"unset", "ok", "error"};
constexpr std::array<std::string_view, 6> kKindNames = {"unspecified", "internal", "server",
                                                        "client",      "producer", "consumer"};

template <size_t N>
std::string NameIn(const std::array<std::string_view, N>& names, int64_t number,
                   std::string_view what) {
  if (number >= 0 && static_cast<size_t>(number) < N)
    return std::string(names[static_cast<size_t>(number)]);
  return fmt::format("{}({})", what, number);
}

// The digits of the shortest decimal that reads back as `value`, without the point, and the
// exponent of the first digit.
struct Shortest {
  std::string digits;
  int exponent = 0;
};

Shortest ShortestOf(double magnitude) {
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  Shortest out;
  for (const char c : text.substr(0, e)) {
    if (c != '.') out.digits += c;
  }
  const std::string_view exponent = text.substr(e + 1);
  std::from_chars(exponent.data() + (exponent.front() == '+' ? 1 : 0),
                  exponent.data() + exponent.size(), out.exponent);
  return out;
}

// Go's 'g' with the shortest precision: an exponent below 1e-4, and where there are seven digits or
// more before the point.
std::string GoShortest(double magnitude) {
  const auto [digits, exponent] = ShortestOf(magnitude);
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 6) {
    const std::string fraction = count > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}e{}{:02}", digits[0], fraction, exponent < 0 ? '-' : '+',
                       std::abs(exponent));
  }
  if (exponent < 0) return "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return digits + std::string(static_cast<size_t>(exponent + 1 - count), '0');
  return digits.substr(0, static_cast<size_t>(exponent) + 1) + "." +
         digits.substr(static_cast<size_t>(exponent) + 1);
}

}  // namespace

std::string StatusName(int64_t status) { return NameIn(kStatusNames, status, "status"); }
std::string KindName(int64_t kind) { return NameIn(kKindNames, kind, "kind"); }

std::string FormatFloat(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text = (std::signbit(value) ? "-" : "") + GoShortest(std::abs(value));
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string Format(const Value& value) {
  switch (value.type) {
    case ValueType::kNil:
      return "nil";
    case ValueType::kInt:
      return std::to_string(value.number);
    case ValueType::kFloat:
      return FormatFloat(value.real);
    case ValueType::kString:
      return fmt::format("`{}`", value.text);
    case ValueType::kBool:
      return value.number != 0 ? "true" : "false";
    case ValueType::kDuration:
      return FormatGoDuration(Duration(value.number));
    case ValueType::kStatus:
      return StatusName(value.number);
    case ValueType::kKind:
      return KindName(value.number);
  }
  return "nil";
}

}  // namespace vivace::traceql
