#include "api/responses/attribute_json.h"

#include <optional>
#include <protozero/pbf_reader.hpp>

#include "base/protobuf.h"
#include "columns/any_value_json.h"

namespace vivace {
namespace {

void WriteEncodedAny(protozero::pbf_reader any, int depth, JsonWriter& json);

// `"values":[...]` of an ArrayValue or KeyValueList, in which write(element) writes one.
template <typename Write>
void WriteValues(protozero::pbf_reader list, int depth, JsonWriter& json, Write&& write) {
  json.BeginObject();
  bool open = false;
  while (depth < kAnyValueDepthMax && list.next(1, protozero::pbf_wire_type::length_delimited)) {
    if (!open) json.Key("values"), json.BeginArray();
    open = true;
    write(list.get_message());
  }
  if (open) json.EndArray();
  json.EndObject();
}

void WriteEncodedPair(protozero::pbf_reader pair, int depth, JsonWriter& json) {
  std::string_view key;
  std::optional<protozero::pbf_reader> value;
  while (pair.next()) {
    if (pair.tag() == 1) {
      key = View(pair.get_view());
    } else if (pair.tag() == 2) {
      value = pair.get_message();
    } else {
      pair.skip();
    }
  }
  json.BeginObject();
  if (!key.empty()) json.Key("key"), json.String(key);
  if (value) {
    json.Key("value");
    WriteEncodedAny(*value, depth, json);
  }
  json.EndObject();
}

void WriteEncodedArray(protozero::pbf_reader list, int depth, JsonWriter& json) {
  WriteValues(list, depth, json,
              [&](protozero::pbf_reader any) { WriteEncodedAny(any, depth, json); });
}

void WriteEncodedList(protozero::pbf_reader list, int depth, JsonWriter& json) {
  WriteValues(list, depth, json,
              [&](protozero::pbf_reader pair) { WriteEncodedPair(pair, depth, json); });
}

// The members of an AnyValue; more than one is possible on the wire and the last one counts.
void WriteMember(protozero::pbf_reader& any, int depth, JsonWriter& json) {
  switch (any.tag()) {
    case 1:
      return json.Key("stringValue"), json.String(View(any.get_view()));
    case 2:
      return json.Key("boolValue"), json.Bool(any.get_bool());
    case 3:
      return json.Key("intValue"), json.QuotedInt(any.get_int64());
    case 4:
      return json.Key("doubleValue"), json.Double(any.get_double());
    case 5:
      return json.Key("arrayValue"), WriteEncodedArray(any.get_message(), depth + 1, json);
    case 6:
      return json.Key("kvlistValue"), WriteEncodedList(any.get_message(), depth + 1, json);
    case 7:
      return json.Key("bytesValue"), json.Base64(View(any.get_view()));
    default:
      return any.skip();
  }
}

void WriteEncodedAny(protozero::pbf_reader any, int depth, JsonWriter& json) {
  protozero::pbf_reader last;
  for (protozero::pbf_reader member = any; member.next(); member.skip()) last = member;
  json.BeginObject();
  if (last.tag() != 0) WriteMember(last, depth, json);
  json.EndObject();
}

// Exceptions of protozero (a broken encoding) end here.
template <typename Write>
void WriteEncoded(std::string_view encoded, JsonWriter& json, Write&& write) {
  const size_t begin = json.size();
  try {
    write(protozero::pbf_reader(encoded.data(), encoded.size()), 0, json);
  } catch (const protozero::exception&) {
    json.Rewind(begin);
    json.Raw("{}");
  }
}

}  // namespace

void WriteAnyValue(const AttributeValue& value, JsonWriter& json) {
  json.BeginObject();
  switch (value.kind) {
    case ValueKind::kEmpty:
      break;
    case ValueKind::kString:
      json.Key("stringValue"), json.String(value.text);
      break;
    case ValueKind::kBool:
      json.Key("boolValue"), json.Bool(value.bits != 0);
      break;
    case ValueKind::kInt:
      json.Key("intValue"), json.QuotedInt(value.AsInt());
      break;
    case ValueKind::kDouble:
      json.Key("doubleValue"), json.Double(value.AsDouble());
      break;
    case ValueKind::kBytes:
      json.Key("bytesValue"), json.Base64(value.text);
      break;
    case ValueKind::kArray:
      json.Key("arrayValue"), WriteEncoded(value.text, json, WriteEncodedArray);
      break;
    case ValueKind::kKeyValueList:
      json.Key("kvlistValue"), WriteEncoded(value.text, json, WriteEncodedList);
      break;
  }
  json.EndObject();
}

void WriteAttributes(const SpanBatch& batch, std::span<const AttributeCode> codes,
                     JsonWriter& json) {
  if (codes.empty()) return;
  json.Key("attributes");
  json.BeginArray();
  for (const AttributeCode code : codes) {
    json.BeginObject();
    if (const std::string_view key = batch.AttributeKey(code); !key.empty())
      json.Key("key"), json.String(key);
    json.Key("value");
    WriteAnyValue(batch.Value(code), json);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace vivace
