#include "receive/otlp/otlp_any_value.h"

#include "receive/wire/protobuf_reader.h"

namespace vivace {
namespace {

void CheckKeyValue(std::string_view message, int depth) {
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    if (tag == BytesTag(2)) {
      ReadAnyValue(reader.Bytes(), depth);
    } else {
      reader.Skip(tag);
    }
  }
}

// Walks an ArrayValue or KeyValueList so that later decoders need not expect malformed bytes.
void CheckList(std::string_view message, bool is_array, int depth) {
  if (depth > kAnyValueDepthMax) throw AnyValueTooDeep{};
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    if (tag != BytesTag(1)) {
      reader.Skip(tag);
    } else if (is_array) {
      ReadAnyValue(reader.Bytes(), depth);
    } else {
      CheckKeyValue(reader.Bytes(), depth);
    }
  }
}

}  // namespace

AttributeValue ReadAnyValue(std::string_view message, int depth) {
  AttributeValue value;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        value = AttributeValue::String(reader.Bytes());
        break;
      case VarintTag(2):
        value = AttributeValue::Bool(reader.Varint() != 0);
        break;
      case VarintTag(3):
        value = AttributeValue::Int(static_cast<int64_t>(reader.Varint()));
        break;
      case Fixed64Tag(4):
        value = AttributeValue{ValueKind::kDouble, {}, reader.Fixed64()};
        break;
      case BytesTag(5):
        value = AttributeValue::Array(reader.Bytes());
        CheckList(value.text, true, depth + 1);
        break;
      case BytesTag(6):
        value = AttributeValue::KeyValueList(reader.Bytes());
        CheckList(value.text, false, depth + 1);
        break;
      case BytesTag(7):
        value = AttributeValue::Bytes(reader.Bytes());
        break;
      default:
        reader.Skip(tag);
    }
  }
  return value;
}

}  // namespace vivace
