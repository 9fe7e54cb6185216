#include "columns/plain_text.h"

#include <fmt/format.h>

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

}  // namespace vivace
