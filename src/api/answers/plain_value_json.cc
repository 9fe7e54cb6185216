#include "api/answers/plain_value_json.h"

#include <protozero/pbf_reader.hpp>

namespace vivace {
namespace {

constexpr int kDepthMax = 64;

std::string_view View(protozero::data_view view) { return {view.data(), view.size()}; }

void WriteAny(protozero::pbf_reader any, int depth, JsonWriter& json);

void WriteArray(protozero::pbf_reader list, int depth, JsonWriter& json) {
  json.BeginArray();
  while (depth < kDepthMax && list.next(1)) WriteAny(list.get_message(), depth + 1, json);
  json.EndArray();
}

void WriteList(protozero::pbf_reader list, int depth, JsonWriter& json) {
  json.BeginObject();
  while (depth < kDepthMax && list.next(1)) {
    const protozero::pbf_reader pair = list.get_message();
    protozero::pbf_reader key = pair;
    json.EscapedKey(key.next(1) ? View(key.get_view()) : std::string_view());
    protozero::pbf_reader value = pair;
    WriteAny(value.next(2) ? value.get_message() : protozero::pbf_reader(), depth + 1, json);
  }
  json.EndObject();
}

void WriteAny(protozero::pbf_reader any, int depth, JsonWriter& json) {
  if (!any.next()) return json.Null();
  switch (any.tag()) {
    case 1:
      return json.String(View(any.get_view()));
    case 2:
      return json.Bool(any.get_bool());
    case 3:
      return json.Int(any.get_int64());
    case 4:
      return json.Double(any.get_double());
    case 5:
      return WriteArray(any.get_message(), depth, json);
    case 6:
      return WriteList(any.get_message(), depth, json);
    case 7:
      return json.String(ToHex(View(any.get_view())));
    default:
      return json.Null();
  }
}

void WriteEncoded(const AttributeValue& value, JsonWriter& json) {
  const size_t begin = json.size();
  try {
    const protozero::pbf_reader list(value.text.data(), value.text.size());
    value.kind == ValueKind::kArray ? WriteArray(list, 0, json) : WriteList(list, 0, json);
  } catch (const protozero::exception&) {
    json.Rewind(begin);
    json.Null();
  }
}

}  // namespace

void WritePlainValue(const AttributeValue& value, JsonWriter& json) {
  switch (value.kind) {
    case ValueKind::kEmpty:
      return json.Null();
    case ValueKind::kString:
      return json.String(value.text);
    case ValueKind::kBool:
      return json.Bool(value.bits != 0);
    case ValueKind::kInt:
      return json.Int(value.AsInt());
    case ValueKind::kDouble:
      return json.Double(value.AsDouble());
    case ValueKind::kBytes:
      return json.String(ToHex(value.text));
    case ValueKind::kArray:
    case ValueKind::kKeyValueList:
      return WriteEncoded(value, json);
  }
}

}  // namespace vivace
