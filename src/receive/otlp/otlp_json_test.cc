#include "receive/otlp/otlp_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "receive/recording_sink_for_test.h"

namespace vivace {
namespace {

constexpr std::string_view kIds =
    R"("traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708")";

std::string Request(std::string_view span_fields) {
  return fmt::format(R"({{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{}}}]}}]}}]}})",
                     span_fields);
}

std::string SpanWith(std::string_view fields) {
  return Request(fmt::format("{},{}", kIds, fields));
}

SpanBatch MustDecode(std::string_view body, uint64_t rejected = 0) {
  SpanBatchBuilder builder;
  const Result<RejectedSpans> result = DecodeOtlpJson(body, builder);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result.value_or(RejectedSpans{}).total(), rejected);
  return builder.Take();
}

RejectedSpans RejectedBy(std::string_view body) {
  SpanBatchBuilder builder;
  const Result<RejectedSpans> result = DecodeOtlpJson(body, builder);
  EXPECT_TRUE(result.has_value());
  return result.value_or(RejectedSpans{});
}

std::string ErrorOf(std::string_view body) {
  SpanBatchBuilder builder;
  const Result<RejectedSpans> result = DecodeOtlpJson(body, builder);
  return result ? "no error" : result.error().message;
}

std::string ValueOf(std::string_view any_value) {
  const SpanBatch batch =
      MustDecode(SpanWith(fmt::format(R"("attributes":[{{"key":"k","value":{}}}])", any_value)));
  return AttributesText(batch, batch.spans.attributes, 0);
}

TEST(OtlpJson, ReadsEverySpanField) {
  const SpanBatch batch =
      MustDecode(SpanWith(R"("parentSpanId":"1112131415161718","name":"n","kind":2,"flags":257,
    "startTimeUnixNano":"1795218159000000001","endTimeUnixNano":1795218159000000002,"traceState":"a=b",
    "droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":3,"status":{"code":2,"message":"boom"},
    "events":[{"timeUnixNano":"5","name":"ev","attributes":[{"key":"e","value":{"boolValue":true}}],"droppedAttributesCount":4}],
    "links":[{"traceId":"FF02030405060708090A0B0C0D0E0F10","spanId":"B1a2a3a4a5a6a7a8","traceState":"x","flags":1,
              "attributes":[{"key":"l","value":{"intValue":7}}],"droppedAttributesCount":5}])"));
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(ToHex(batch.spans.trace_id[0].View()), "0102030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(ToHex(batch.spans.parent_span_id[0].View()), "1112131415161718");
  EXPECT_EQ(batch.String(batch.spans.name[0]), "n");
  EXPECT_EQ(batch.spans.kind[0], 2);
  EXPECT_EQ(batch.spans.flags[0], 257u);
  EXPECT_EQ(batch.spans.start_unix_nanos[0], 1795218159000000001u);
  EXPECT_EQ(batch.spans.end_unix_nanos[0], 1795218159000000002u);
  EXPECT_EQ(batch.String(batch.spans.trace_state[0]), "a=b");
  EXPECT_EQ(batch.spans.dropped_attributes[0], 1u);
  EXPECT_EQ(batch.spans.dropped_events[0], 2u);
  EXPECT_EQ(batch.spans.dropped_links[0], 3u);
  EXPECT_EQ(batch.spans.status_code[0], 2);
  EXPECT_EQ(batch.String(batch.spans.status_message[0]), "boom");
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(AttributesText(batch, batch.events.attributes, 0), "e=true");
  EXPECT_EQ(batch.events.dropped_attributes[0], 4u);
  ASSERT_EQ(batch.links.size(), 1u);
  EXPECT_EQ(ToHex(batch.links.trace_id[0].View()), "ff02030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(AttributesText(batch, batch.links.attributes, 0), "l=7");
  EXPECT_EQ(batch.links.dropped_attributes[0], 5u);
}

TEST(OtlpJson, ReadsSnakeCaseAndEnumNames) {
  const SpanBatch batch = MustDecode(
      R"({"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"0102030405060708090a0b0c0d0e0f10",
    "span_id":"0102030405060708","kind":"SPAN_KIND_CONSUMER","start_time_unix_nano":3,"status":{"code":"STATUS_CODE_OK"},
    "attributes":[{"value":{"string_value":"v"},"key":"k"}]}],"schema_url":"s"}],"schema_url":"r"}]})");
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(batch.spans.kind[0], 5);
  EXPECT_EQ(batch.spans.status_code[0], 1);
  EXPECT_EQ(batch.spans.start_unix_nanos[0], 3u);
  EXPECT_EQ(AttributesText(batch, batch.spans.attributes, 0), "k='v'");
  EXPECT_EQ(batch.String(batch.scopes.schema_url[0]), "s");
  EXPECT_EQ(batch.String(batch.resources.schema_url[0]), "r");
}

TEST(OtlpJson, ResourceAndScopeMayComeLast) {
  const SpanBatch batch = MustDecode(fmt::format(
      R"({{"resourceSpans":[{{"schemaUrl":"u","scopeSpans":[{{"spans":[{{{}}}],"scope":{{"name":"lib","attributes":[{{"key":"s","value":
      {{"intValue":"1"}}}}]}}}}],"resource":{{"attributes":[{{"key":"r","value":{{"intValue":"2"}}}}],"droppedAttributesCount":9,"entityRefs":
      [{{"type":"host","idKeys":["r"]}}]}}}}]}})",
      kIds));
  ASSERT_EQ(batch.spans.size(), 1u);
  EXPECT_EQ(batch.String(batch.scopes.name[0]), "lib");
  EXPECT_EQ(AttributesText(batch, batch.scopes.attributes, 0), "s=1");
  EXPECT_EQ(AttributesText(batch, batch.resources.attributes, 0), "r=2");
  EXPECT_EQ(batch.resources.dropped_attributes[0], 9u);
  EXPECT_EQ(ToHex(batch.String(batch.resources.entity_refs[0])), "1a091204686f73741a0172");
}

TEST(OtlpJson, ReadsEveryValueType) {
  EXPECT_EQ(ValueOf(R"({"stringValue":"a\u00fc\n"})"), "k='aü\n'");
  EXPECT_EQ(ValueOf(R"({"intValue":"9007199254740993"})"), "k=9007199254740993");
  EXPECT_EQ(ValueOf(R"({"intValue":-9223372036854775808})"), "k=-9223372036854775808");
  EXPECT_EQ(ValueOf(R"({"intValue":1e3})"), "k=1000");
  EXPECT_EQ(ValueOf(R"({"doubleValue":4})"), "k=4f");
  EXPECT_EQ(ValueOf(R"({"doubleValue":"-Infinity"})"), "k=-inff");
  EXPECT_EQ(ValueOf(R"({"doubleValue":"NaN"})"), "k=nanf");
  EXPECT_EQ(ValueOf(R"({"doubleValue":"1.5"})"), "k=1.5f");
  EXPECT_EQ(ValueOf(R"({"boolValue":false})"), "k=false");
  EXPECT_EQ(ValueOf(R"({"bytesValue":"AAH+/w=="})"), "k=b:0001feff");
  EXPECT_EQ(ValueOf(R"({"bytesValue":"AAH-_w"})"), "k=b:0001feff");
  EXPECT_EQ(ValueOf(R"({})"), "k=empty");
  EXPECT_EQ(ValueOf(R"(null)"), "k=empty");
  EXPECT_EQ(ValueOf(R"({"stringValue":null})"), "k=empty");
  EXPECT_EQ(ValueOf(R"({"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"},{}]}})"),
            "k=a:0a0218010a030a01780a00");
  EXPECT_EQ(ValueOf(R"({"arrayValue":{}})"), "k=a:");
  EXPECT_EQ(ValueOf(R"({"kvlistValue":{"values":[{"key":"a","value":{"boolValue":false}}]}})"),
            "k=kv:0a070a016112021000");
  EXPECT_EQ(ValueOf(R"({"arrayValue":{"values":[{"kvlistValue":{"values":[]}}]}})"),
            "k=a:0a023200");
}

TEST(OtlpJson, ReplacesLoneSurrogates) {
  EXPECT_EQ(ValueOf(R"({"stringValue":"x\ud83c"})"), "k='x\ufffd'");
  EXPECT_EQ(ValueOf(R"({"stringValue":"\udf0d\\\"\ud83c\udf0d"})"), "k='\ufffd\\\"\U0001F30D'");
}

TEST(OtlpJson, SkipsWhatItDoesNotKnow) {
  EXPECT_EQ(
      MustDecode(
          R"({"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{"x":[1,{"y":null}]}]}]}],"z":true})")
          .spans.size(),
      0u);
  EXPECT_EQ(MustDecode(R"({"resourceSpans":null})").spans.size(), 0u);
  EXPECT_EQ(MustDecode("{}").spans.size(), 0u);
  EXPECT_EQ(
      MustDecode(
          SpanWith(
              R"("status":null,"events":null,"parentSpanId":null,"attributes":[null],"new":{"a":[]})"))
          .spans.size(),
      1u);
  EXPECT_EQ(MustDecode(SpanWith(R"("\u006eame":"escaped key")")).spans.size(), 1u);
}

TEST(OtlpJson, RefusesBadSpansOneByOne) {
  const std::string body = fmt::format(R"({{"resourceSpans":[{{"scopeSpans":[{{"spans":[
    {{"traceId":"01","spanId":"0102030405060708","attributes":[{{"key":"lost","value":{{}}}}],"events":[{{"name":"e"}}]}},
    {{{0},"name":"good"}},
    {{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000000"}},
    {{{0},"links":[{{"traceId":"zz"}}]}},
    {{{0},"parentSpanId":"01"}},
    {{{0},"kind":300}},
    {{{0},"kind":77}},
    {{"spanId":"0102030405060708"}}]}}]}}]}})",
                                       kIds);
  const RejectedSpans rejected = RejectedBy(body);
  EXPECT_EQ(rejected.invalid_trace_id, 2u);
  EXPECT_EQ(rejected.invalid_span_id, 1u);
  EXPECT_EQ(rejected.invalid_other, 3u);
  EXPECT_EQ(rejected.first_reason, "trace ids must be 128 bit, received 8 bits");
  const SpanBatch batch = MustDecode(body, 6);
  ASSERT_EQ(batch.spans.size(), 2u);
  EXPECT_EQ(batch.String(batch.spans.name[0]), "good");
  EXPECT_EQ(batch.spans.kind[1], 77);
  EXPECT_TRUE(batch.spans.attributes.codes.empty());
  EXPECT_EQ(batch.events.size(), 0u);
}

TEST(OtlpJson, ReasonsNameTheRule) {
  EXPECT_EQ(RejectedBy(Request("")).first_reason, "trace ids must be 128 bit, received 0 bits");
  EXPECT_EQ(RejectedBy(Request(R"("traceId":"00000000000000000000000000000000")")).first_reason,
            "trace ids must be 128 bit, received 0 bits");
  EXPECT_EQ(RejectedBy(Request(R"("traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102")"))
                .first_reason,
            "span ids must be 64 bit and not all zero, received 16 bits");
  EXPECT_EQ(RejectedBy(SpanWith(R"("parentSpanId":"0102")")).first_reason,
            "parent span ids must be 64 bit, received 16 bits");
  EXPECT_EQ(RejectedBy(SpanWith(R"("status":{"code":-1})")).first_reason,
            "status code must be in 0..255, received -1");
}

TEST(OtlpJson, ErrorsHaveAnOffset) {
  EXPECT_EQ(ErrorOf("{").substr(0, 25), "invalid JSON at offset 0 ");
  EXPECT_EQ(ErrorOf("{\"resourceSpans\":[\n{\"scopeSpans\":5}]}").substr(0, 58),
            "invalid JSON at offset 33 (line 2, column 15): The JSON el");
  EXPECT_NE(ErrorOf(SpanWith(R"("kind":"SPAN_KIND_BOGUS")"))
                .find("unknown string value \"SPAN_KIND_BOGUS\""),
            std::string::npos);
  EXPECT_NE(ErrorOf(SpanWith("\"name\":\"\xff\"")).find("UTF-8"), std::string::npos);
  EXPECT_NE(ErrorOf("{} {}").find("unexpected data after the end"), std::string::npos);
  EXPECT_NE(ErrorOf(SpanWith(R"("flags":4294967296)")).find("4294967296 does not fit 32 bits"),
            std::string::npos);
  for (const char* body : {"", " ", "[]", "3", "{\"resourceSpans\":[}", "{\"resourceSpans\":[{]}",
                           "{\"a\":\"b}", "null", "{\"a\" 1}"}) {
    EXPECT_NE(ErrorOf(body), "no error") << body;
  }
}

TEST(OtlpJson, LimitsNesting) {
  const auto nested = [](int levels) {
    std::string value = R"({"intValue":1})";
    for (int i = 0; i < levels; ++i)
      value = fmt::format(R"({{"arrayValue":{{"values":[{}]}}}})", value);
    return SpanWith(fmt::format(R"("attributes":[{{"key":"k","value":{}}}])", value));
  };
  MustDecode(nested(64));
  EXPECT_NE(ErrorOf(nested(65)).find("nested deeper than 64 levels"), std::string::npos);
  EXPECT_NE(ErrorOf(nested(200)).find("nested deeper than 64 levels"), std::string::npos);
  EXPECT_NE(ErrorOf(nested(3000)).find("nested deeper than 64 levels"), std::string::npos);
}

TEST(OtlpJson, CutsLongAttributes) {
  SpanBatchBuilder builder(4);
  ASSERT_TRUE(DecodeOtlpJson(
      SpanWith(R"("attributes":[{"key":"k","value":{"stringValue":"abcdef"}}])"), builder));
  EXPECT_EQ(AttributesText(builder.batch(), builder.batch().spans.attributes, 0), "k='abcd'");
  EXPECT_EQ(builder.CountTruncated(), 1u);
}

TEST(OtlpJson, SurvivesDamage) {
  const std::string good = SpanWith(
      R"("name":"é\ud83c\udf0d","attributes":[{"key":"k","value":{"arrayValue":{"values":[{"doubleValue":1.5e3},
    {"kvlistValue":{"values":[{"key":"a","value":{"bytesValue":"AAE="}}]}}]}}}],"events":[{"name":"e"}],"links":[{"flags":"3"}])");
  MustDecode(good);
  std::mt19937 random(7);
  constexpr std::string_view kBytes = "{}[]\",:\\0-e.nul u\xc3";
  OtlpJsonDecoder decoder;
  for (int round = 0; round < 20000; ++round) {
    std::string body = good;
    for (int i = 0; i < 1 + round % 3; ++i)
      body[random() % body.size()] = kBytes[random() % kBytes.size()];
    if (round % 4 == 0) body.resize(random() % body.size());
    SpanBatchBuilder builder;
    const auto result = decoder.Decode(body, builder);
    EXPECT_TRUE(result || result.error().code == ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vivace
