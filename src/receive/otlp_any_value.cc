#include "receive/otlp_any_value.h"

#include "receive/wire_cursor.h"

namespace vivace {
namespace {

using protozero::pbf_wire_type;

void CheckKeyValue(std::string_view message, int depth) {
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    if (tag == WireTag(2, pbf_wire_type::length_delimited)) {
      ReadAnyValue(cursor.Bytes(), depth);
    } else {
      cursor.Skip(tag);
    }
  }
}

// Walks an ArrayValue or KeyValueList so that whoever decodes it later meets no broken bytes.
void CheckList(std::string_view message, bool is_array, int depth) {
  if (depth > kAnyValueDepthMax) throw AnyValueTooDeep{};
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    if (tag != WireTag(1, pbf_wire_type::length_delimited)) {
      cursor.Skip(tag);
    } else if (is_array) {
      ReadAnyValue(cursor.Bytes(), depth);
    } else {
      CheckKeyValue(cursor.Bytes(), depth);
    }
  }
}

}  // namespace

AttributeValue ReadAnyValue(std::string_view message, int depth) {
  AttributeValue value;
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    switch (tag) {
      case WireTag(1, pbf_wire_type::length_delimited):
        value = AttributeValue::String(cursor.Bytes());
        break;
      case WireTag(2, pbf_wire_type::varint):
        value = AttributeValue::Bool(cursor.Varint() != 0);
        break;
      case WireTag(3, pbf_wire_type::varint):
        value = AttributeValue::Int(static_cast<int64_t>(cursor.Varint()));
        break;
      case WireTag(4, pbf_wire_type::fixed64):
        value = AttributeValue{ValueKind::kDouble, {}, cursor.Fixed64()};
        break;
      case WireTag(5, pbf_wire_type::length_delimited):
        value = AttributeValue::Array(cursor.Bytes());
        CheckList(value.text, true, depth + 1);
        break;
      case WireTag(6, pbf_wire_type::length_delimited):
        value = AttributeValue::KeyValueList(cursor.Bytes());
        CheckList(value.text, false, depth + 1);
        break;
      case WireTag(7, pbf_wire_type::length_delimited):
        value = AttributeValue::Bytes(cursor.Bytes());
        break;
      default:
        cursor.Skip(tag);
    }
  }
  return value;
}

}  // namespace vivace
