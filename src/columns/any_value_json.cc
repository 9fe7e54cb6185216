#include "columns/any_value_json.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/base64.h"
#include "base/go_format.h"
#include "base/protobuf.h"
#include "columns/any_value_proto.h"

namespace vivace {
namespace {

// --- to JSON ---

// Bytes of the UTF-8 sequence at the front of `text`, 0 if there is none.
size_t SequenceSize(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  const auto continues = [&](size_t at) { return at < text.size() && (byte(at) & 0xc0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xc2 && byte(0) < 0xe0) return continues(1) ? 2 : 0;
  if (!continues(1) || !continues(2)) return 0;
  // Neither overlong forms nor surrogates nor what lies behind U+10FFFF.
  if (byte(0) == 0xe0) return byte(1) >= 0xa0 ? 3 : 0;
  if (byte(0) == 0xed) return byte(1) < 0xa0 ? 3 : 0;
  if ((byte(0) & 0xf0) == 0xe0) return 3;
  if (!continues(3)) return 0;
  if (byte(0) == 0xf0) return byte(1) >= 0x90 ? 4 : 0;
  if (byte(0) == 0xf4) return byte(1) < 0x90 ? 4 : 0;
  return byte(0) > 0xf0 && byte(0) < 0xf4 ? 4 : 0;
}

void AppendAscii(char c, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out.append({'\\', c});
  } else if (c == '\n') {
    out.append("\\n");
  } else if (c == '\r') {
    out.append("\\r");
  } else if (c == '\t') {
    out.append("\\t");
  } else if (c < 0x20) {
    out.append("\\u00").append({kDigits[c >> 4], kDigits[c & 15]});
  } else {
    out.push_back(c);
  }
}

void AppendQuoted(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const size_t size = SequenceSize(text);
    if (size == 0) {
      out.append("\\ufffd");  // JSON is UTF-8 or it is not read back
    } else if (size > 1) {
      out.append(text.substr(0, size));
    } else {
      AppendAscii(text.front(), out);
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  out.push_back('"');
}

// As protobuf's JSON mapping has it.
void AppendDouble(double value, std::string& out) {
  if (std::isnan(value)) return void(out.append("\"NaN\""));
  if (std::isinf(value)) return void(out.append(value > 0 ? "\"Infinity\"" : "\"-Infinity\""));
  AppendGoJsonFloat(value, out);
}

void AppendAny(const AttributeValue& value, int depth, std::string& out);

AttributeValue DecodeAny(std::string_view encoded) {
  protozero::pbf_reader reader(encoded.data(), encoded.size());
  AttributeValue value;
  while (reader.next()) {
    switch (reader.tag()) {
      case kStringField:
        value = AttributeValue::String(View(reader.get_view()));
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
        value = AttributeValue::Array(View(reader.get_view()));
        break;
      case kListField:
        value = AttributeValue::KeyValueList(View(reader.get_view()));
        break;
      case kBytesField:
        value = AttributeValue::Bytes(View(reader.get_view()));
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
      key = View(reader.get_view());
    } else if (reader.tag() == kValueField) {
      value = DecodeAny(View(reader.get_view()));
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
    const std::string_view member = View(reader.get_view());
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
  if (depth > kAnyValueDepthMax && value.kind >= ValueKind::kArray) return void(out.append("{}"));
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

using Json = nlohmann::json;

std::unexpected<Error> Bad(std::string_view problem) {
  return Fail(ErrorCode::kInvalidArgument, "JSON of an attribute value: " + std::string(problem));
}

// The whole of `text` as a number.
template <typename T>
bool ParseNumber(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view TextOf(const Json& json) { return json.get_ref<const std::string&>(); }

Result<AttributeValue> ParseInt(const Json& json) {
  int64_t number = 0;
  const std::string text = json.is_string()           ? std::string(TextOf(json))
                           : json.is_number_integer() ? json.dump()
                                                      : std::string();
  if (!ParseNumber(text, number)) return Bad("intValue is not a 64-bit integer");
  return AttributeValue::Int(number);
}

Result<AttributeValue> ParseDouble(const Json& json) {
  double number = 0;
  if (json.is_number()) return AttributeValue::Double(json.get<double>());
  if (!json.is_string()) return Bad("doubleValue is not a number");
  if (TextOf(json) == "NaN")
    return AttributeValue::Double(std::numeric_limits<double>::quiet_NaN());
  if (TextOf(json) == "Infinity")
    return AttributeValue::Double(std::numeric_limits<double>::infinity());
  if (TextOf(json) == "-Infinity")
    return AttributeValue::Double(-std::numeric_limits<double>::infinity());
  if (!ParseNumber(TextOf(json), number)) return Bad("doubleValue is not a number");
  return AttributeValue::Double(number);
}

Result<AttributeValue> ParseAny(const Json& json, int depth, std::string& storage);

// Whole messages rather than nested writers, which leave out a message without fields: here {} is a
// value.
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

Status EncodeKeyValue(const Json& json, int depth, protozero::pbf_writer& list) {
  if (!json.is_object()) return Bad("an entry of kvlistValue is not an object");
  const auto key = json.find("key");
  const auto value = json.find("value");
  if (key != json.end() && !key->is_string()) return Bad("a key is not a string");
  std::string encoded;
  protozero::pbf_writer entry(encoded);
  entry.add_string(kKeyField, key == json.end() ? protozero::data_view() : View(TextOf(*key)));
  if (value != json.end() && !value->is_null()) {
    std::string storage;
    VIVACE_ASSIGN(const AttributeValue parsed, ParseAny(*value, depth, storage));
    entry.add_message(kValueField, EncodeAny(parsed));
  }
  list.add_message(kValuesField, encoded);
  return {};
}

Status EncodeMembers(const Json& json, ValueKind kind, int depth, std::string& out) {
  protozero::pbf_writer writer(out);
  if (!json.is_object()) return Bad("a list is not an object");
  const auto values = json.find("values");
  if (values == json.end()) return {};
  if (!values->is_array()) return Bad("values is not an array");
  for (const Json& member : *values) {
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

Result<AttributeValue> ParseList(const Json& json, ValueKind kind, int depth,
                                 std::string& storage) {
  if (depth > kAnyValueDepthMax)
    return Bad("nested more than " + std::to_string(kAnyValueDepthMax) + " levels deep");
  std::string encoded;
  VIVACE_TRY(EncodeMembers(json, kind, depth, encoded));
  storage = std::move(encoded);
  return AttributeValue{kind, storage, 0};
}

Result<AttributeValue> ParseText(const Json& json, ValueKind kind, std::string& storage) {
  if (!json.is_string()) return Bad("a value is not a string");
  if (kind == ValueKind::kString) {
    storage.assign(TextOf(json));
  } else {
    VIVACE_ASSIGN(storage, FromBase64(TextOf(json)));
  }
  return AttributeValue{kind, storage, 0};
}

Result<AttributeValue> ParseAny(const Json& json, int depth, std::string& storage) {
  if (!json.is_object()) return Bad("not an object");
  if (json.empty()) return AttributeValue{};
  const std::string& name = json.begin().key();
  const Json& value = json.begin().value();
  if (name == "stringValue") return ParseText(value, ValueKind::kString, storage);
  if (name == "bytesValue") return ParseText(value, ValueKind::kBytes, storage);
  if (name == "arrayValue") return ParseList(value, ValueKind::kArray, depth, storage);
  if (name == "kvlistValue") return ParseList(value, ValueKind::kKeyValueList, depth, storage);
  if (name == "intValue") return ParseInt(value);
  if (name == "doubleValue") return ParseDouble(value);
  if (name == "boolValue" && value.is_boolean()) return AttributeValue::Bool(value.get<bool>());
  return Bad("unknown field \"" + name.substr(0, 64) + "\"");
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
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return Bad("not JSON");
  return ParseAny(root, 1, storage);
}

}  // namespace vivace
