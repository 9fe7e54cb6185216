#include "receive/zipkin/zipkin_tag_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vivace {
namespace {

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

AttributeValue ParseStringTag(std::string_view text) {
  if (text == "true" || text == "false") return AttributeValue::Bool(text == "true");
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const char* end = text.data() + text.size();
  if (IsDigits(digits)) {
    int64_t integer = 0;
    if (std::from_chars(text.data(), end, integer).ec == std::errc())
      return AttributeValue::Int(integer);
  }
  const size_t point = digits.find('.');
  if (point != std::string_view::npos && IsDigits(digits.substr(0, point)) &&
      IsDigits(digits.substr(point + 1))) {
    double real = 0;
    if (std::from_chars(text.data(), end, real).ec == std::errc())
      return AttributeValue::Double(real);
  }
  return AttributeValue::String(text);
}

bool ReadJsonAttributes(
    JsonReader& reader, std::string_view json,
    const std::function<void(std::string_view key, const AttributeValue& value)>& on_attribute) {
  JsonReader::Object object;
  if (!reader.Open(json, object)) return false;
  const bool is_read =
      reader.ForEachField(object, [&](std::string_view key, JsonReader::Value value) {
        AttributeValue scalar;
        if (!reader.ReadScalar(value, scalar)) return false;
        if (scalar.kind != ValueKind::kEmpty) on_attribute(key, scalar);
        return true;
      });
  return is_read && reader.Close();
}

}  // namespace vivace
