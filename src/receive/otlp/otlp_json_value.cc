#include "receive/otlp/otlp_json_value.h"

#include <fmt/format.h>

#include "base/protobuf.h"

namespace vivace {
namespace {

using Value = JsonReader::Value;

// The member of AnyValue's oneof that a JSON name means: its field number, or 0.
uint32_t AnyValueField(std::string_view name) {
  if (name == "stringValue" || name == "string_value") return 1;
  if (name == "intValue" || name == "int_value") return 3;
  if (name == "boolValue" || name == "bool_value") return 2;
  if (name == "doubleValue" || name == "double_value") return 4;
  if (name == "arrayValue" || name == "array_value") return 5;
  if (name == "kvlistValue" || name == "kvlist_value") return 6;
  if (name == "bytesValue" || name == "bytes_value") return 7;
  return 0;
}

class ValueEncoder {
 public:
  // Appends to `data`.
  ValueEncoder(JsonReader& reader, std::string& data) : reader_(reader), data_(data) {}

  // Appends the fields of an ArrayValue.
  bool AppendArray(Value json, protozero::pbf_writer& out, int depth) {
    return ForEachValue(json, depth, [&](Value element) {
      return AppendMessage(data_, out, 1, [&](protozero::pbf_writer& any) {
        return AppendAny(element, any, depth + 1);
      });
    });
  }

  // Appends the fields of a KeyValueList.
  bool AppendList(Value json, protozero::pbf_writer& out, int depth) {
    return ForEachValue(json, depth, [&](Value element) {
      return AppendMessage(data_, out, 1, [&](protozero::pbf_writer& pair) {
        return AppendKeyValue(element, pair, depth + 1);
      });
    });
  }

 private:
  template <typename OnElement>
  bool ForEachValue(Value json, int depth, OnElement&& on_element) {
    if (depth > kAnyValueDepthMax)
      return reader_.Fail(
          fmt::format("attribute value nested deeper than {} levels", kAnyValueDepthMax));
    return reader_.ForEachField(json, [&](std::string_view name, Value values) {
      return name != "values" || reader_.ForEachElement(values, on_element);
    });
  }

  bool AppendKeyValue(Value json, protozero::pbf_writer& out, int depth) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "key") {
        std::string_view key;
        if (!reader_.ReadString(value, key)) return false;
        out.add_string(1, key.data(), key.size());
      } else if (name == "value") {
        return AppendMessage(data_, out, 2, [&](protozero::pbf_writer& any) {
          return AppendAny(value, any, depth);
        });
      }
      return true;
    });
  }

  bool AppendAny(Value json, protozero::pbf_writer& out, int depth) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      switch (const uint32_t field = AnyValueField(name)) {
        case 5:
          return AppendMessage(data_, out, field, [&](protozero::pbf_writer& array) {
            return AppendArray(value, array, depth);
          });
        case 6:
          return AppendMessage(data_, out, field, [&](protozero::pbf_writer& list) {
            return AppendList(value, list, depth);
          });
        default:
          return AppendScalar(field, value, out);
      }
    });
  }

  bool AppendScalar(uint32_t field, Value value, protozero::pbf_writer& out) {
    std::string_view text;
    bool flag = false;
    int64_t integer = 0;
    double number = 0;
    switch (field) {
      case 1:
        return reader_.ReadString(value, text) &&
               (out.add_string(1, text.data(), text.size()), true);
      case 2:
        return reader_.ReadBool(value, flag) && (out.add_bool(2, flag), true);
      case 3:
        return reader_.ReadInt64(value, integer) && (out.add_int64(3, integer), true);
      case 4:
        return reader_.ReadDouble(value, number) && (out.add_double(4, number), true);
      case 7:
        return reader_.ReadBytes(value, bytes_) && (out.add_bytes(7, bytes_), true);
      default:
        return true;
    }
  }

  JsonReader& reader_;
  std::string& data_;
  std::string bytes_;
};

bool ReadEncoded(JsonReader& reader, bool is_array, Value json, std::string& scratch,
                 AttributeValue& value) {
  scratch.clear();
  protozero::pbf_writer out(scratch);
  ValueEncoder encoder(reader, scratch);
  if (!(is_array ? encoder.AppendArray(json, out, 1) : encoder.AppendList(json, out, 1)))
    return false;
  value = is_array ? AttributeValue::Array(scratch) : AttributeValue::KeyValueList(scratch);
  return true;
}

bool AppendStrings(JsonReader& reader, Value json, uint32_t field, protozero::pbf_writer& out) {
  return reader.ForEachElement(json, [&](Value element) {
    std::string_view text;
    if (!reader.ReadString(element, text)) return false;
    out.add_string(field, text.data(), text.size());
    return true;
  });
}

}  // namespace

bool ReadAnyValue(JsonReader& reader, Value json, std::string& scratch, AttributeValue& value) {
  value = AttributeValue{};
  return reader.ForEachField(json, [&](std::string_view name, Value member) {
    std::string_view text;
    bool flag = false;
    int64_t integer = 0;
    double number = 0;
    switch (AnyValueField(name)) {
      case 1:
        return reader.ReadString(member, text) && (value = AttributeValue::String(text), true);
      case 2:
        return reader.ReadBool(member, flag) && (value = AttributeValue::Bool(flag), true);
      case 3:
        return reader.ReadInt64(member, integer) && (value = AttributeValue::Int(integer), true);
      case 4:
        return reader.ReadDouble(member, number) && (value = AttributeValue::Double(number), true);
      case 5:
        return ReadEncoded(reader, true, member, scratch, value);
      case 6:
        return ReadEncoded(reader, false, member, scratch, value);
      case 7:
        return reader.ReadBytes(member, scratch) && (value = AttributeValue::Bytes(scratch), true);
      default:
        return true;
    }
  });
}

bool AppendEntityRef(JsonReader& reader, Value json, std::string& encoded) {
  protozero::pbf_writer resource(encoded);
  protozero::pbf_writer out(resource, 3);
  return reader.ForEachField(json, [&](std::string_view name, Value value) {
    const bool is_url = name == "schemaUrl" || name == "schema_url";
    if (is_url || name == "type") {
      std::string_view text;
      if (!reader.ReadString(value, text)) return false;
      out.add_string(is_url ? 1 : 2, text.data(), text.size());
      return true;
    }
    if (name == "idKeys" || name == "id_keys") return AppendStrings(reader, value, 3, out);
    if (name == "descriptionKeys" || name == "description_keys")
      return AppendStrings(reader, value, 4, out);
    return true;
  });
}

}  // namespace vivace
