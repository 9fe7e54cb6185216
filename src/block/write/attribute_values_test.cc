#include "block/write/attribute_values.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

struct Classified {
  ValueColumn column;
  bool is_array;
  std::vector<std::string> strings;
  std::vector<uint64_t> scalars;
  std::string json;
};

Classified Classify(const AttributeValue& value) {
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
  builder.BeginSpan();
  builder.SpanAttribute(
      builder.AddAttribute("other", AttributeValue::Array("\x0a\x02\x18\x01\x0a\x02\x18\x02")));
  builder.SpanAttribute(builder.AddAttribute("key", value));
  builder.CommitSpan(scope);
  Segment segment;
  segment.Append(builder.batch());
  const AttributeValues values(segment);
  Classified result{values.Column(1), values.IsArray(1), {}, {}, {}};
  if (result.column == ValueColumn::kUnsupported) {
    result.json = values.Json(1);
  } else if (result.column == ValueColumn::kString) {
    values.ForEachToken(1,
                        [&](uint32_t token) { result.strings.emplace_back(values.Text(token)); });
  } else {
    values.ForEachToken(1, [&](uint32_t token) { result.scalars.push_back(values.Scalar(token)); });
  }
  return result;
}

AttributeValue Array(std::string_view encoded) { return AttributeValue::Array(encoded); }

TEST(AttributeValues, ScalarsHaveAColumn) {
  EXPECT_EQ(Classify(AttributeValue::String("x")).strings, std::vector<std::string>{"x"});
  EXPECT_EQ(Classify(AttributeValue::Int(5)).column, ValueColumn::kInt);
  EXPECT_EQ(Classify(AttributeValue::Bool(true)).column, ValueColumn::kBool);
  EXPECT_EQ(Classify(AttributeValue::Double(1.5)).column, ValueColumn::kDouble);
  EXPECT_FALSE(Classify(AttributeValue::Double(1.5)).is_array);
}

TEST(AttributeValues, UniformArraysHaveOneToo) {
  const Classified strings = Classify(Array("\x0a\x03\x0a\x01x\x0a\x04\x0a\x02yz"));
  EXPECT_TRUE(strings.is_array);
  EXPECT_EQ(strings.strings, (std::vector<std::string>{"x", "yz"}));
  const Classified ints = Classify(Array("\x0a\x02\x18\x05"));
  EXPECT_EQ(ints.column, ValueColumn::kInt);
  EXPECT_EQ(ints.scalars, std::vector<uint64_t>{5});
  EXPECT_EQ(Classify(Array("\x0a\x02\x10\x01")).column, ValueColumn::kBool);
  const Classified empty = Classify(Array(""));
  EXPECT_EQ(empty.column, ValueColumn::kNone);
  EXPECT_TRUE(empty.is_array);
}

TEST(AttributeValues, OthersAreJson) {
  EXPECT_EQ(Classify({}).json, "{}");
  EXPECT_EQ(Classify(AttributeValue::Bytes("\x01")).json, R"({"bytesValue":"AQ=="})");
  EXPECT_EQ(Classify(AttributeValue::KeyValueList("")).json, R"({"kvlistValue":{}})");
  const Classified mixed = Classify(Array("\x0a\x03\x0a\x01x\x0a\x02\x18\x05"));
  EXPECT_FALSE(mixed.is_array);
  EXPECT_EQ(mixed.json, R"({"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"5"}]}})");
  EXPECT_EQ(Classify(Array(std::string_view("\x0a\x02\x18\x05\x0a\x00", 6))).column,
            ValueColumn::kUnsupported);
}

// Receivers check arrays; whatever else puts bytes there must not keep a block from being written.
TEST(AttributeValues, BytesThatAreNoArrayDoNotThrow) {
  for (const std::string_view broken : {"\x0a", "\x0a\x05x", "\x0a\x02\x0a\x09", "\x0a\x02\x18\xff",
                                        "\xff\xff\xff", "\x0a\x02\x18\x01\x0a\x07"}) {
    const Classified result = Classify(Array(broken));
    EXPECT_EQ(result.column, ValueColumn::kUnsupported);
  }
}

}  // namespace
}  // namespace vivace
