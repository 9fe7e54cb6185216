#include "columns/any_value_proto.h"

namespace vivace {

void AppendAnyValue(const AttributeValue& value, protozero::pbf_writer& out) {
  switch (value.kind) {
    case ValueKind::kEmpty:
      return;
    case ValueKind::kString:
      return out.add_string(kStringField, value.text.data(), value.text.size());
    case ValueKind::kBool:
      return out.add_bool(kBoolField, value.bits != 0);
    case ValueKind::kInt:
      return out.add_int64(kIntField, value.AsInt());
    case ValueKind::kDouble:
      return out.add_double(kDoubleField, value.AsDouble());
    case ValueKind::kArray:
      return out.add_message(kArrayField, value.text.data(), value.text.size());
    case ValueKind::kKeyValueList:
      return out.add_message(kListField, value.text.data(), value.text.size());
    case ValueKind::kBytes:
      return out.add_bytes(kBytesField, value.text.data(), value.text.size());
  }
}

}  // namespace vivace
