#include "columns/any_value_proto.h"

namespace vivace {

void AppendAnyValue(const AttributeValue& value, protozero::pbf_writer& out) {
  switch (value.kind) {
    case ValueKind::kEmpty:
      return;
    case ValueKind::kString:
      return out.add_string(1, value.text.data(), value.text.size());
    case ValueKind::kBool:
      return out.add_bool(2, value.bits != 0);
    case ValueKind::kInt:
      return out.add_int64(3, value.AsInt());
    case ValueKind::kDouble:
      return out.add_double(4, value.AsDouble());
    case ValueKind::kArray:
      return out.add_message(5, value.text.data(), value.text.size());
    case ValueKind::kKeyValueList:
      return out.add_message(6, value.text.data(), value.text.size());
    case ValueKind::kBytes:
      return out.add_bytes(7, value.text.data(), value.text.size());
  }
}

}  // namespace vivace
