#include "columns/any_value_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace vivace {
namespace {

std::string ThereAndBack(const std::string& json) {
  std::string storage;
  const Result<AttributeValue> value = AnyValueFromJson(json, storage);
  return value.has_value() ? AnyValueToJson(*value) : value.error().message;
}

TEST(AnyValueJson, RoundTrips) {
  for (
      const char* json :
      {"{}", R"({"stringValue":""})", R"({"stringValue":"a\"\\\n\u0001é<>&"})",
       R"({"boolValue":false})", R"({"intValue":"-9223372036854775808"})", R"({"doubleValue":1.5})",
       R"({"doubleValue":1e+21})", R"({"doubleValue":1e-7})", R"({"doubleValue":"NaN"})",
       R"({"doubleValue":"-Infinity"})", R"({"bytesValue":"AP8B"})", R"({"arrayValue":{}})",
       R"({"kvlistValue":{}})",
       R"({"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"},{}]}})",
       R"({"kvlistValue":{"values":[{"key":"k","value":{"arrayValue":{"values":[{"kvlistValue":{}}]}}},{"key":"n"}]}})"}) {
    EXPECT_EQ(ThereAndBack(json), json);
  }
}

TEST(AnyValueJson, ReadsWhatOtherWritersMake) {
  EXPECT_EQ(ThereAndBack(R"({ "intValue" : 7 })"), R"({"intValue":"7"})");
  EXPECT_EQ(ThereAndBack(R"({"doubleValue":3})"), R"({"doubleValue":3})");
  EXPECT_EQ(ThereAndBack(R"({"arrayValue":{"values":[]}})"), R"({"arrayValue":{}})");
}

TEST(AnyValueJson, OtherJsonIsAnError) {
  std::string storage;
  for (const char* json :
       {"", "1", "[]", "{", R"({"x":1})", R"({"intValue":"1x"})", R"({"intValue":1.5})",
        R"({"boolValue":"true"})", R"({"bytesValue":"*"})", R"({"arrayValue":[]})",
        R"({"arrayValue":{"values":{}}})", R"({"kvlistValue":{"values":[1]}})",
        R"({"kvlistValue":{"values":[{"key":1}]}})"}) {
    EXPECT_FALSE(AnyValueFromJson(json, storage).has_value()) << json;
  }
}

std::string Nested(int depth) {
  std::string json = "{}";
  for (int i = 0; i < depth; ++i) json = R"({"arrayValue":{"values":[)" + json + "]}}";
  return json;
}

TEST(AnyValueJson, DepthIsLimited) {
  std::string storage;
  EXPECT_EQ(ThereAndBack(Nested(kAnyValueDepthMax)), Nested(kAnyValueDepthMax));
  EXPECT_FALSE(AnyValueFromJson(Nested(kAnyValueDepthMax + 1), storage).has_value());
  EXPECT_FALSE(AnyValueFromJson(Nested(2'000), storage).has_value());
  // What is nested one level too deep is written as what can be read.
  const AttributeValue deepest = AnyValueFromJson(Nested(kAnyValueDepthMax), storage).value();
  std::string message("\x2a");  // an AnyValue's array_value
  for (size_t size = deepest.text.size(); size > 0; size >>= 7)
    message += static_cast<char>((size & 127) | (size > 127 ? 128 : 0));
  message += deepest.text;
  std::string deeper("\x0a");  // the values of an array around it
  for (size_t size = message.size(); size > 0; size >>= 7)
    deeper += static_cast<char>((size & 127) | (size > 127 ? 128 : 0));
  EXPECT_EQ(ThereAndBack(AnyValueToJson(AttributeValue::Array(deeper + message))),
            Nested(kAnyValueDepthMax));
}

TEST(AnyValueJson, WhatIsNotUtf8IsReplaced) {
  EXPECT_EQ(AnyValueToJson(AttributeValue::String("a\xff\xc0\xaf\xed\xa0\x80z")),
            R"({"stringValue":"a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdz"})");
  EXPECT_EQ(AnyValueToJson(AttributeValue::String("\xe2\x82")),
            R"({"stringValue":"\ufffd\ufffd"})");
  EXPECT_EQ(ThereAndBack(R"({"stringValue":"€𝄞"})"), R"({"stringValue":"€𝄞"})");
}

TEST(AnyValueJson, DamagedMessagesBecomeEmpty) {
  EXPECT_EQ(AnyValueToJson(AttributeValue::Array("\x0a\x7f")), "{}");
}

}  // namespace
}  // namespace vivace
