#include "columns/any_value_json.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/base64.h"

namespace vivace {
namespace {

// Field numbers of opentelemetry.proto.common.v1.
enum AnyField : uint32_t {
  kStringField = 1,
  kBoolField = 2,
  kIntField = 3,
  kDoubleField = 4,
  kArrayField = 5,
  kListField = 6,
  kBytesField = 7
};
constexpr uint32_t kValuesField = 1;  // of ArrayValue and KeyValueList
constexpr uint32_t kKeyField = 1;     // of KeyValue
constexpr uint32_t kValueField = 2;

protozero::data_view View(std::string_view text) { return {text.data(), text.size()}; }
std::string_view Text(protozero::data_view view) { return {view.data(), view.size()}; }

// --- to JSON ---

void AppendQuoted(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (byte < 0x20) {
      out.append("\\u00").append({kDigits[byte >> 4], kDigits[byte & 15]});
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// The shortest text that reads back the same, in Go's choice of notation.
void AppendDouble(double value, std::string& out) {
  if (std::isnan(value)) return void(out.append("\"NaN\""));
  if (std::isinf(value)) return void(out.append(value > 0 ? "\"Infinity\"" : "\"-Infinity\""));
  const double size = std::abs(value);
  const bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
  char text[400];
  const auto end =
      std::to_chars(text, text + sizeof text, value, scientific ? std::chars_format::scientific : std::chars_format::fixed).ptr;
  std::string_view written(text, static_cast<size_t>(end - text));
  // Go writes e-7 where C++ writes e-07.
  const size_t exponent = written.find("e-0");
  out.append(written.substr(0, exponent));
  if (exponent != std::string_view::npos) out.append("e-").append(written.substr(exponent + 3));
}

void AppendAny(const AttributeValue& value, int depth, std::string& out);

AttributeValue DecodeAny(std::string_view encoded) {
  protozero::pbf_reader reader(encoded.data(), encoded.size());
  AttributeValue value;
  while (reader.next()) {
    switch (reader.tag()) {
      case kStringField:
        value = AttributeValue::String(Text(reader.get_view()));
        break;
      case kBoolField:
        value = AttributeValue::Bool(reader.get_bool());
        break;
      case kIntField:
        value = AttributeValue::Int(reader.get_int64());
        break;
      case kDoubleField:
        value = AttributeValue::Double(reader.get_double());
        break;
      case kArrayField:
        value = AttributeValue::Array(Text(reader.get_view()));
        break;
      case kListField:
        value = AttributeValue::KeyValueList(Text(reader.get_view()));
        break;
      case kBytesField:
        value = AttributeValue::Bytes(Text(reader.get_view()));
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

void AppendKeyValue(std::string_view encoded, int depth, std::string& out) {
  protozero::pbf_reader reader(encoded.data(), encoded.size());
  std::string_view key;
  bool has_value = false;
  AttributeValue value;
  while (reader.next()) {
    if (reader.tag() == kKeyField) {
      key = Text(reader.get_view());
    } else if (reader.tag() == kValueField) {
      value = DecodeAny(Text(reader.get_view()));
      has_value = true;
    } else {
      reader.skip();
    }
  }
  out.push_back('{');
  if (!key.empty()) {
    out.append("\"key\":");
    AppendQuoted(key, out);
  }
  if (has_value) {
    out.append(key.empty() ? "\"value\":" : ",\"value\":");
    AppendAny(value, depth, out);
  }
  out.push_back('}');
}

void AppendMembers(const AttributeValue& value, int depth, std::string& out) {
  protozero::pbf_reader reader(value.text.data(), value.text.size());
  bool first = true;
  while (reader.next()) {
    if (reader.tag() != kValuesField) {
      reader.skip();
      continue;
    }
    const std::string_view member = Text(reader.get_view());
    out.append(first ? "\"values\":[" : ",");
    first = false;
    if (value.kind == ValueKind::kArray) {
      AppendAny(DecodeAny(member), depth + 1, out);
    } else {
      AppendKeyValue(member, depth + 1, out);
    }
  }
  if (!first) out.push_back(']');
}

void AppendAny(const AttributeValue& value, int depth, std::string& out) {
  if (depth > kAnyValueDepthMax) return void(out.append("{}"));
  out.push_back('{');
  switch (value.kind) {
    case ValueKind::kEmpty:
      break;
    case ValueKind::kString:
      out.append("\"stringValue\":");
      AppendQuoted(value.text, out);
      break;
    case ValueKind::kBool:
      out.append(value.bits != 0 ? "\"boolValue\":true" : "\"boolValue\":false");
      break;
    case ValueKind::kInt:
      out.append("\"intValue\":\"").append(std::to_string(value.AsInt())).append("\"");
      break;
    case ValueKind::kDouble:
      out.append("\"doubleValue\":");
      AppendDouble(value.AsDouble(), out);
      break;
    case ValueKind::kBytes:
      out.append("\"bytesValue\":\"").append(ToBase64(value.text)).append("\"");
      break;
    case ValueKind::kArray:
    case ValueKind::kKeyValueList:
      out.append(value.kind == ValueKind::kArray ? "\"arrayValue\":{" : "\"kvlistValue\":{");
      AppendMembers(value, depth, out);
      out.push_back('}');
      break;
  }
  out.push_back('}');
}

// --- from JSON ---

using Element = simdjson::dom::element;

std::unexpected<Error> Bad(std::string_view problem) {
  return Fail(ErrorCode::kInvalidArgument, "JSON of an attribute value: " + std::string(problem));
}

Result<AttributeValue> ParseInt(const Element& json) {
  int64_t number = 0;
  if (json.get(number) == simdjson::SUCCESS) return AttributeValue::Int(number);
  std::string_view text;
  if (json.get(text) != simdjson::SUCCESS) return Bad("intValue is not an integer");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return Bad("intValue is not an integer");
  return AttributeValue::Int(number);
}

Result<AttributeValue> ParseDouble(const Element& json) {
  double number = 0;
  if (json.get(number) == simdjson::SUCCESS) return AttributeValue::Double(number);
  std::string_view text;
  if (json.get(text) != simdjson::SUCCESS) return Bad("doubleValue is not a number");
  if (text == "NaN") return AttributeValue::Double(std::numeric_limits<double>::quiet_NaN());
  if (text == "Infinity") return AttributeValue::Double(std::numeric_limits<double>::infinity());
  if (text == "-Infinity") return AttributeValue::Double(-std::numeric_limits<double>::infinity());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return Bad("doubleValue is not a number");
  return AttributeValue::Double(number);
}

Result<AttributeValue> ParseAny(const Element& json, int depth, std::string& storage);

// Whole messages rather than nested writers, which leave out a message without fields: here {} is a value.
std::string EncodeAny(const AttributeValue& value) {
  std::string encoded;
  protozero::pbf_writer writer(encoded);
  switch (value.kind) {
    case ValueKind::kEmpty:
      break;
    case ValueKind::kString:
      writer.add_string(kStringField, View(value.text));
      break;
    case ValueKind::kBool:
      writer.add_bool(kBoolField, value.bits != 0);
      break;
    case ValueKind::kInt:
      writer.add_int64(kIntField, value.AsInt());
      break;
    case ValueKind::kDouble:
      writer.add_double(kDoubleField, value.AsDouble());
      break;
    case ValueKind::kBytes:
      writer.add_bytes(kBytesField, View(value.text));
      break;
    case ValueKind::kArray:
      writer.add_message(kArrayField, View(value.text));
      break;
    case ValueKind::kKeyValueList:
      writer.add_message(kListField, View(value.text));
      break;
  }
  return encoded;
}

Status EncodeKeyValue(const Element& json, int depth, protozero::pbf_writer& list) {
  std::string_view key;
  if (!json.is_object()) return Bad("an entry of kvlistValue is not an object");
  if (json["key"].error() == simdjson::SUCCESS && json["key"].get(key) != simdjson::SUCCESS) return Bad("a key is not a string");
  std::string encoded;
  protozero::pbf_writer entry(encoded);
  entry.add_string(kKeyField, View(key));
  Element value;
  if (json["value"].get(value) == simdjson::SUCCESS && !value.is_null()) {
    std::string storage;
    VIVACE_ASSIGN(const AttributeValue parsed, ParseAny(value, depth, storage));
    entry.add_message(kValueField, EncodeAny(parsed));
  }
  list.add_message(kValuesField, encoded);
  return {};
}

Status EncodeMembers(const Element& json, ValueKind kind, int depth, std::string& out) {
  protozero::pbf_writer writer(out);
  simdjson::dom::array values;
  if (!json.is_object()) return Bad("a list is not an object");
  const simdjson::error_code found = json["values"].get(values);
  if (found == simdjson::NO_SUCH_FIELD) return {};
  if (found != simdjson::SUCCESS) return Bad("values is not an array");
  for (const Element member : values) {
    if (kind == ValueKind::kKeyValueList) {
      VIVACE_TRY(EncodeKeyValue(member, depth + 1, writer));
      continue;
    }
    std::string storage;
    VIVACE_ASSIGN(const AttributeValue parsed, ParseAny(member, depth + 1, storage));
    writer.add_message(kValuesField, EncodeAny(parsed));
  }
  return {};
}

Result<AttributeValue> ParseList(const Element& json, ValueKind kind, int depth, std::string& storage) {
  std::string encoded;
  VIVACE_TRY(EncodeMembers(json, kind, depth, encoded));
  storage = std::move(encoded);
  return AttributeValue{kind, storage, 0};
}

Result<AttributeValue> ParseText(const Element& json, ValueKind kind, std::string& storage) {
  std::string_view text;
  if (json.get(text) != simdjson::SUCCESS) return Bad("a value is not a string");
  if (kind == ValueKind::kString) {
    storage.assign(text);
  } else {
    VIVACE_ASSIGN(storage, FromBase64(text));
  }
  return AttributeValue{kind, storage, 0};
}

Result<AttributeValue> ParseAny(const Element& json, int depth, std::string& storage) {
  if (depth > kAnyValueDepthMax) return Bad("nested more than " + std::to_string(kAnyValueDepthMax) + " levels deep");
  simdjson::dom::object object;
  if (json.get(object) != simdjson::SUCCESS) return Bad("not an object");
  if (object.begin() == object.end()) return AttributeValue{};
  const simdjson::dom::key_value_pair field = *object.begin();
  if (field.key == "stringValue") return ParseText(field.value, ValueKind::kString, storage);
  if (field.key == "bytesValue") return ParseText(field.value, ValueKind::kBytes, storage);
  if (field.key == "arrayValue") return ParseList(field.value, ValueKind::kArray, depth, storage);
  if (field.key == "kvlistValue") return ParseList(field.value, ValueKind::kKeyValueList, depth, storage);
  if (field.key == "intValue") return ParseInt(field.value);
  if (field.key == "doubleValue") return ParseDouble(field.value);
  bool flag = false;
  if (field.key == "boolValue" && field.value.get(flag) == simdjson::SUCCESS) return AttributeValue::Bool(flag);
  return Bad("unknown field \"" + std::string(field.key.substr(0, 64)) + "\"");
}

}  // namespace

std::string AnyValueToJson(const AttributeValue& value) {
  std::string json;
  try {
    AppendAny(value, 1, json);
  } catch (const protozero::exception&) {
    return "{}";
  }
  return json;
}

Result<AttributeValue> AnyValueFromJson(std::string_view json, std::string& storage) {
  simdjson::dom::parser parser;
  Element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return Bad("not JSON");
  return ParseAny(root, 1, storage);
}

}  // namespace vivace
