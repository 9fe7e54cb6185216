#include "api/responses/datum_encoding.h"

#include "api/responses/attribute_json.h"
#include "base/go_format.h"
#include "columns/any_value_proto.h"

namespace vivace {
namespace {

using traceql::Datum;
using traceql::ValueType;

// The same as an attribute's value; a text that is made for it is kept in `storage`.
AttributeValue ToAttributeValue(const Datum& value, std::string& storage) {
  if (value.form == Datum::Form::kArray) return AttributeValue::Array(value.text);
  const auto word = [&](std::string text) {
    storage = std::move(text);
    return AttributeValue::String(storage);
  };
  switch (value.type) {
    case ValueType::kNil:
      return {};
    case ValueType::kInt:
      return AttributeValue::Int(value.number);
    case ValueType::kFloat:
      return AttributeValue::Double(value.real);
    case ValueType::kString:
      return AttributeValue::String(value.text);
    case ValueType::kBool:
      return AttributeValue::Bool(value.number != 0);
    case ValueType::kDuration:
      return word(FormatGoDuration(std::chrono::nanoseconds(value.number)));
    case ValueType::kStatus:
      return word(traceql::StatusName(value.number));
    case ValueType::kKind:
      return word(traceql::KindName(value.number));
  }
  return {};
}

}  // namespace

void WriteDatum(const Datum& value, JsonWriter& json) {
  std::string storage;
  WriteAnyValue(ToAttributeValue(value, storage), json);
}

void WriteDatumPair(std::string_view key, const Datum& value, JsonWriter& json) {
  json.BeginObject();
  if (!key.empty()) json.Key("key"), json.String(key);
  json.Key("value");
  WriteDatum(value, json);
  json.EndObject();
}

void AppendDatum(const Datum& value, protozero::pbf_writer& out) {
  std::string storage;
  AppendAnyValue(ToAttributeValue(value, storage), out);
}

void AppendDatumPair(std::string_view key, const Datum& value, uint32_t number,
                     protozero::pbf_writer& out) {
  std::string any;
  protozero::pbf_writer any_writer(any);
  AppendDatum(value, any_writer);
  protozero::pbf_writer pair(out, number);
  if (!key.empty()) pair.add_string(1, key.data(), key.size());
  pair.add_message(2, any);
}

}  // namespace vivace
