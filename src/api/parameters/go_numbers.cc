#include "api/parameters/go_numbers.h"

#include <fmt/format.h>

#include <charconv>

namespace vivace {

Result<int64_t> ParseGoInt(std::string_view text, std::string_view what, std::string_view function, int bits) {
  const bool has_plus = text.starts_with('+');
  const std::string_view digits = has_plus ? text.substr(1) : text;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const auto fail = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: strconv.{}: parsing \"{}\": {}", what, function, text, why));
  };
  const bool is_whole = end == digits.data() + digits.size() && !(has_plus && digits.starts_with('-'));
  if (!is_whole || error == std::errc::invalid_argument) return fail("invalid syntax");
  const int64_t bound = bits >= 64 ? INT64_MAX : (int64_t{1} << (bits - 1)) - 1;
  if (error == std::errc::result_out_of_range || number > bound || number < -bound - 1) return fail("value out of range");
  return number;
}

}  // namespace vivace
