#include "receive/otlp/otlp_any_value.h"

#include "receive/wire/protobuf_reader.h"

namespace vivace {
namespace {

void CheckKeyValue(std::string_view message, int depth) {
  WireCursor cursor(message);
  for (uint32_t tag = 0; cursor.Next(tag);) {
    if (tag == BytesTag(2)) {
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
    if (tag != BytesTag(1)) {
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
      case BytesTag(1):
        value = AttributeValue::String(cursor.Bytes());
        break;
      case VarintTag(2):
        value = AttributeValue::Bool(cursor.Varint() != 0);
        break;
      case VarintTag(3):
        value = AttributeValue::Int(static_cast<int64_t>(cursor.Varint()));
        break;
      case Fixed64Tag(4):
        value = AttributeValue{ValueKind::kDouble, {}, cursor.Fixed64()};
        break;
      case BytesTag(5):
        value = AttributeValue::Array(cursor.Bytes());
        CheckList(value.text, true, depth + 1);
        break;
      case BytesTag(6):
        value = AttributeValue::KeyValueList(cursor.Bytes());
        CheckList(value.text, false, depth + 1);
        break;
      case BytesTag(7):
        value = AttributeValue::Bytes(cursor.Bytes());
        break;
      default:
        cursor.Skip(tag);
    }
  }
  return value;
}

}  // namespace vivace
