// Attribute values as JSON in blocks: what is written must be readable, whatever a sender put into
// an array or a list, and what is read must come out the same again.
#include "columns/any_value_json.h"
#include "columns/random_batch_for_test.h"
#include "fuzz_target.h"

namespace vivace::fuzz {
namespace {

enum Direction : uint8_t { kFromJson, kArray, kKeyValueList, kString, kBytes, kDirections };

// Reads what was written and gives it as it is written then.
std::string RoundTrip(const std::string& json) {
  std::string storage;
  const Result<AttributeValue> read = AnyValueFromJson(json, storage);
  Require(read.has_value(), "the JSON of a value can be read: " + json);
  return AnyValueToJson(*read);
}

// The first text may differ: it has escapes in place of invalid UTF-8.
void CheckReadable(const AttributeValue& value) {
  const std::string json = RoundTrip(AnyValueToJson(value));
  Require(RoundTrip(json) == json, "the JSON of a value survives a round trip: " + json);
}

std::string NestedArrays(int depth) {
  std::string json;
  for (int i = 0; i < depth; ++i) json += R"({"arrayValue":{"values":[)";
  json += R"({"intValue":"1"})";
  for (int i = 0; i < depth; ++i) json += "]}}";
  return json;
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (
      const char* json :
      {R"({"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}})",
       R"({"bytesValue":"AP8B"})", "{}",
       R"({"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":1.5}},{"value":{"boolValue":true}}]}})",
       R"({"doubleValue":"NaN"})", R"({"doubleValue":-1e-7})",
       R"({"stringValue":"\u00e4\ud83d\ude00"})"}) {
    seeds.push_back(std::string(1, kFromJson) + json);
    std::string storage;
    const AttributeValue value = AnyValueFromJson(json, storage).value();
    if (value.kind == ValueKind::kArray) seeds.push_back(std::string(1, kArray) + storage);
    if (value.kind == ValueKind::kKeyValueList)
      seeds.push_back(std::string(1, kKeyValueList) + storage);
  }
  for (const int depth : {1, 10, 40, 62, 63}) {
    std::string storage;
    seeds.push_back(std::string(1, kFromJson) + NestedArrays(depth));
    if (AnyValueFromJson(NestedArrays(depth), storage).has_value())
      seeds.push_back(std::string(1, kArray) + storage);
  }
  seeds.push_back(std::string(1, kString) + "text");
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  if (size == 0) return 0;
  const std::string_view input = fuzz::AsText(data + 1, size - 1);
  std::string storage;
  switch (data[0] % fuzz::kDirections) {
    case fuzz::kFromJson:
      if (const auto value = AnyValueFromJson(input, storage); value.has_value())
        fuzz::CheckReadable(*value);
      break;
    case fuzz::kArray:
      fuzz::CheckReadable(AttributeValue::Array(input));
      break;
    case fuzz::kKeyValueList:
      fuzz::CheckReadable(AttributeValue::KeyValueList(input));
      break;
    case fuzz::kString:
      fuzz::CheckReadable(AttributeValue::String(input));
      break;
    default:
      fuzz::CheckReadable(AttributeValue::Bytes(input));
  }
  return 0;
}
