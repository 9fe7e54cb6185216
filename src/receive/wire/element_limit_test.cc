#include "receive/wire/element_limit.h"

#include <gtest/gtest.h>

#include <iterator>
#include <protozero/varint.hpp>

#include "receive/jaeger/jaeger_proto.h"
#include "receive/otlp/otlp_json.h"
#include "receive/otlp/otlp_protobuf.h"
#include "receive/wire/thrift_reader.h"
#include "receive/zipkin/zipkin_json.h"
#include "receive/zipkin/zipkin_proto.h"

namespace vivace {
namespace {

constexpr size_t kElements = 300'000;
// Of Thrift's structs, which may be half as large.
constexpr size_t kMoreElements = 700'000;

std::string Repeat(std::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

// A protobuf field that is a message or bytes.
std::string Field(uint32_t number, std::string_view content) {
  std::string field(1, static_cast<char>(number << 3 | 2));
  protozero::write_varint(std::back_inserter(field), content.size());
  return field.append(content);
}

std::string OtlpSpan(const std::string& more) {
  return Field(1, Field(2, Field(2, Field(1, std::string(16, 'i')) + Field(2, "12345678") + more)));
}

// A field of empty structs in Thrift's compact encoding.
std::string CompactList(uint8_t field_id, size_t count) {
  std::string list(1, static_cast<char>(field_id << 4 | 9));
  list += '\xfc';  // more than 14 structs
  protozero::write_varint(std::back_inserter(list), count);
  return list.append(count, '\0');
}

struct Flood {
  std::string name;
  std::string message;
  SpanDecoder decode;
};

std::vector<Flood> Floods() {
  const auto otlp = [](std::string_view body, SpanBatchBuilder& builder) {
    return DecodeOtlpProtobuf(body, builder);
  };
  const auto v1_json = [](std::string_view body, SpanBatchBuilder& builder) {
    return ZipkinJsonDecoder().DecodeV1(body, false, builder);
  };
  const auto v2_json = [](std::string_view body, SpanBatchBuilder& builder) {
    return ZipkinJsonDecoder().DecodeV2(body, false, builder);
  };
  const auto zipkin_proto = [](std::string_view body, SpanBatchBuilder& builder) {
    return DecodeZipkinProto(body, false, builder);
  };
  const std::string objects = "[" + Repeat("{},", kElements) + "{}]";
  const std::string ids = R"("traceId":"0102030405060708090a0b0c0d0e0f10","id":"0102030405060708")";
  return {
      {"OtlpLinks", OtlpSpan(Repeat(Field(13, ""), kElements)), otlp},
      {"OtlpEvents", OtlpSpan(Repeat(Field(11, ""), kElements)), otlp},
      {"OtlpResources", Repeat(Field(1, ""), kElements), otlp},
      {"OtlpScopes", Field(1, Repeat(Field(2, ""), kElements)), otlp},
      {"OtlpSpans", Field(1, Field(2, Repeat(Field(2, ""), kElements))), otlp},
      {"OtlpJsonLinks",
       R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"links":)" + objects + "}]}]}]}",
       DecodeOtlpJson},
      {"ZipkinJsonSpans", objects, v2_json},
      {"ZipkinJsonAnnotations", "[{" + ids + ",\"annotations\":" + objects + "}]", v2_json},
      {"ZipkinV1JsonAnnotations", "[{" + ids + ",\"binaryAnnotations\":" + objects + "}]", v1_json},
      {"ZipkinProtoTags", Field(1, Repeat(Field(11, ""), kElements)), zipkin_proto},
      {"ZipkinProtoAnnotations", Field(1, Repeat(Field(10, ""), kElements)), zipkin_proto},
      {"JaegerProtoTags", Field(1, Field(1, Repeat(Field(8, ""), kElements))),
       DecodeJaegerPostSpans},
      {"JaegerProtoLogs", Field(1, Field(1, Repeat(Field(9, ""), kElements))),
       DecodeJaegerPostSpans},
      {"JaegerProtoReferences", Field(1, Field(1, Repeat(Field(4, ""), kElements))),
       DecodeJaegerPostSpans},
  };
}

class ElementLimitTest : public ::testing::TestWithParam<Flood> {};

TEST_P(ElementLimitTest, FloodsOfEmptyElementsAreRefused) {
  SpanBatchBuilder builder;
  const auto decoded = GetParam().decode(GetParam().message, builder);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(decoded.error().message.contains(ElementLimit::kReason)) << decoded.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, ElementLimitTest, ::testing::ValuesIn(Floods()),
                         [](const auto& flood) { return flood.param.name; });

TEST(ElementLimit, FloodsOfEmptyThriftStructsAreRefused) {
  const std::string list = CompactList(1, kMoreElements);
  ThriftReader reader(ThriftProtocol::kCompact, list);
  size_t read = 0;
  EXPECT_THROW(reader.ForEachField([&](const ThriftReader::Field&) {
    reader.ForEachElement(ThriftType::kStruct, [&] {
      reader.ForEachField([](const ThriftReader::Field&) { return false; });
      ++read;
    });
    return true;
  }),
               ThriftError);
  EXPECT_LT(read, kMoreElements / 3);
}

// What real senders make: the smallest spans, events and links that mean anything.
TEST(ElementLimit, RealElementsPass) {
  const std::string event = Field(11, std::string("\x09") + "12345678" + Field(2, "e"));
  const std::string link = Field(13, Field(1, std::string(16, 't')) + Field(2, "12345678"));
  SpanBatchBuilder builder;
  const auto decoded =
      DecodeOtlpProtobuf(OtlpSpan(Repeat(event, 100'000) + Repeat(link, 100'000)), builder);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(builder.batch().events.size(), 100'000u);
  EXPECT_EQ(builder.batch().links.size(), 100'000u);
}

}  // namespace
}  // namespace vivace
