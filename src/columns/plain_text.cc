#include "columns/plain_text.h"

#include <fmt/format.h>

#include <charconv>

namespace vivace {

std::string PlainTextOf(const AttributeValue& value) {
  switch (value.kind) {
    case ValueKind::kString:
      return std::string(value.text);
    case ValueKind::kBool:
      return value.bits != 0 ? "true" : "false";
    case ValueKind::kInt:
      return fmt::to_string(value.AsInt());
    case ValueKind::kDouble:
      return fmt::to_string(value.AsDouble());
    default:
      return ToHex(value.text);
  }
}

std::optional<int64_t> IntegerOf(const AttributeValue& value) {
  if (value.kind == ValueKind::kInt) return value.AsInt();
  if (value.kind != ValueKind::kString) return std::nullopt;
  int64_t number = 0;
  const char* last = value.text.data() + value.text.size();
  const auto [end, error] = std::from_chars(value.text.data(), last, number);
  return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

}  // namespace vivace
