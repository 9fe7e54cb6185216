// The three encodings of a trace against each other: recorded texts, and random batches through
// JSON and protobuf and back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <protozero/pbf_reader.hpp>
#include <random>

#include "api/responses/trace_json.h"
#include "api/responses/trace_llm_json.h"
#include "api/responses/trace_protobuf.h"
#include "base/base64.h"
#include "columns/span_enums.h"
#include "query/combine.h"
#include "receive/otlp/otlp_json.h"

namespace vivace {
namespace {

using Json = nlohmann::ordered_json;
using protozero::pbf_reader;

std::vector<uint32_t> AllRows(const SpanBatch& batch) {
  std::vector<uint32_t> rows(batch.spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

SpanBatch Decoded(const std::string& json) {
  SpanBatchBuilder builder;
  const auto rejected = DecodeOtlpJson(json, builder);
  EXPECT_TRUE(rejected.has_value() && rejected->total() == 0) << json;
  return builder.Take();
}

// The trace that was recorded for spec/api.md 1.2.2, as it was sent.
constexpr std::string_view kSent =
    R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"frontend"}},
{"key":"n","value":{"intValue":"9007199254740993"}}],"droppedAttributesCount":2},"scopeSpans":[{"scope":{"name":"lib","version":"1.2",
"attributes":[{"key":"sk","value":{"stringValue":"sv"}}]},"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a1a2a3a4a5a6a7a8",
"traceState":"a=b","flags":257,"name":"GET /","kind":2,"startTimeUnixNano":"1795218159000000000","endTimeUnixNano":"1795218161000000000",
"attributes":[{"key":"http.status_code","value":{"intValue":"500"}},{"key":"bf","value":{"boolValue":false}},
{"key":"by","value":{"bytesValue":"AQID"}},{"key":"arr","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"3"}]}}},
{"key":"kvl","value":{"kvlistValue":{"values":[{"key":"z","value":{"stringValue":"q"}}]}}},{"key":"novalue","value":{}}],
"events":[{"timeUnixNano":"1795218160000000000","name":"ev","attributes":[{"key":"ek","value":{"stringValue":"evv"}}]}],
"links":[{"traceId":"ff02030405060708090a0b0c0d0e0f10","spanId":"b1a2a3a4a5a6a7a8","attributes":[{"key":"lk","value":{"stringValue":"lv"}}],
"flags":1}],"status":{"message":"boom","code":2}}]}]}]})";

constexpr std::string_view kRecorded =
    R"([{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"frontend"}},{"key":"n","value":{"intValue":"9007199254740993"}}],)"
    R"("droppedAttributesCount":2},"scopeSpans":[{"scope":{"name":"lib","version":"1.2","attributes":[{"key":"sk","value":{"stringValue":"sv"}}]},)"
    R"("spans":[{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"oaKjpKWmp6g=","traceState":"a=b","flags":257,"name":"GET /",)"
    R"("kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1795218159000000000","endTimeUnixNano":"1795218161000000000",)"
    R"("attributes":[{"key":"http.status_code","value":{"intValue":"500"}},{"key":"bf","value":{"boolValue":false}},)"
    R"({"key":"by","value":{"bytesValue":"AQID"}},{"key":"arr","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"3"}]}}},)"
    R"({"key":"kvl","value":{"kvlistValue":{"values":[{"key":"z","value":{"stringValue":"q"}}]}}},{"key":"novalue","value":{}}],)"
    R"("events":[{"timeUnixNano":"1795218160000000000","name":"ev","attributes":[{"key":"ek","value":{"stringValue":"evv"}}]}],)"
    R"("links":[{"traceId":"/wIDBAUGBwgJCgsMDQ4PEA==","spanId":"saKjpKWmp6g=","attributes":[{"key":"lk","value":{"stringValue":"lv"}}],"flags":1}],)"
    R"("status":{"message":"boom","code":"STATUS_CODE_ERROR"}}]}]}])";

TEST(TraceJson, WritesTheRecordedBytes) {
  const SpanBatch batch = Decoded(std::string(kSent));
  EXPECT_EQ(TraceToJsonV1(batch, AllRows(batch)), fmt::format(R"({{"batches":{}}})", kRecorded));
  EXPECT_EQ(
      TraceToJsonV2(batch, AllRows(batch), {.inspected_bytes = 619}),
      fmt::format(R"({{"trace":{{"resourceSpans":{}}},"metrics":{{"inspectedBytes":"619"}}}})",
                  kRecorded));
  EXPECT_EQ(TraceToJsonV2(batch, {}, {}), R"({"trace":{},"metrics":{}})");
  EXPECT_EQ(TraceToJsonV2(batch, {}, {.is_partial = true, .message = "m"}),
            R"({"trace":{},"metrics":{},"status":"PARTIAL","message":"m"})");
}

TEST(TraceJson, KeepsEmptyObjects) {
  const SpanBatch batch = Decoded(
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"a1a2a3a4a5a6a7a8"}]}]}]})");
  EXPECT_EQ(
      TraceToJsonV1(batch, AllRows(batch)),
      R"({"batches":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==",)"
      R"("spanId":"oaKjpKWmp6g=","status":{}}]}]}]})");
}

TEST(TraceJson, WritesTheShortForm) {
  const SpanBatch batch = Decoded(std::string(kSent));
  EXPECT_EQ(
      TraceToLlmJson(batch, AllRows(batch), {.inspected_bytes = 9}),
      R"({"trace":{"traceId":"0102030405060708090a0b0c0d0e0f10","services":[{"serviceName":"frontend","resource":)"
      R"({"n":9007199254740993},"scopes":[{"name":"lib","version":"1.2","spans":[{"spanId":"a1a2a3a4a5a6a7a8","name":"GET /",)"
      R"("kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1795218159000000000","endTimeUnixNano":"1795218161000000000",)"
      R"("durationMs":2000,"attributes":{"arr":["x",3],"bf":false,"by":"010203","http.status_code":500,"kvl":{"z":"q"},)"
      R"("novalue":null},"events":[{"name":"ev","timeUnixNano":"1795218160000000000","attributes":{"ek":"evv"}}],)"
      R"("links":[{"traceId":"ff02030405060708090a0b0c0d0e0f10","spanId":"b1a2a3a4a5a6a7a8","attributes":{"lk":"lv"}}],)"
      R"("status":{"code":"STATUS_CODE_ERROR","message":"boom"}}]}]}]},"metrics":{"inspectedBytes":9}})");
  EXPECT_EQ(TraceToLlmJson(batch, {}, {}), "{}");
}

TEST(TraceJson, MergesEqualResources) {
  const std::string one = std::string(kSent);
  SpanBatchBuilder both;
  AppendBatch(Decoded(one), both);
  std::string other = one;
  other.replace(other.find("a1a2a3a4"), 2, "c1");
  AppendBatch(Decoded(other), both);
  const Json json = Json::parse(TraceToJsonV1(both.batch(), AllRows(both.batch())));
  ASSERT_EQ(json["batches"].size(), 1u);
  ASSERT_EQ(json["batches"][0]["scopeSpans"].size(), 1u);
  EXPECT_EQ(json["batches"][0]["scopeSpans"][0]["spans"].size(), 2u);
}

// A decoder of tempopb.Trace into the JSON mapping, written independently of the encoders: one
// table per message.
enum class Type { kString, kBase64, kUint, kFixed64, kFixed32, kKind, kCode, kMessage };
struct Field {
  uint32_t number;
  std::string_view name;
  Type type;
  bool repeated = false;
  const std::vector<Field>* message = nullptr;
};

extern const std::vector<Field> kAnyFields;
const std::vector<Field> kPairFields = {{1, "key", Type::kString},
                                        {2, "value", Type::kMessage, false, &kAnyFields}};
const std::vector<Field> kListFields = {{1, "values", Type::kMessage, true, &kPairFields}};
const std::vector<Field> kArrayFields = {{1, "values", Type::kMessage, true, &kAnyFields}};
const std::vector<Field> kAnyFields = {};
const std::vector<Field> kEntityFields = {{1, "schemaUrl", Type::kString},
                                          {2, "type", Type::kString},
                                          {3, "idKeys", Type::kString, true},
                                          {4, "descriptionKeys", Type::kString, true}};
const std::vector<Field> kResourceFields = {
    {1, "attributes", Type::kMessage, true, &kPairFields},
    {2, "droppedAttributesCount", Type::kUint},
    {3, "entityRefs", Type::kMessage, true, &kEntityFields}};
const std::vector<Field> kScopeFields = {{1, "name", Type::kString},
                                         {2, "version", Type::kString},
                                         {3, "attributes", Type::kMessage, true, &kPairFields},
                                         {4, "droppedAttributesCount", Type::kUint}};
const std::vector<Field> kEventFields = {{1, "timeUnixNano", Type::kFixed64},
                                         {2, "name", Type::kString},
                                         {3, "attributes", Type::kMessage, true, &kPairFields},
                                         {4, "droppedAttributesCount", Type::kUint}};
const std::vector<Field> kLinkFields = {{1, "traceId", Type::kBase64},
                                        {2, "spanId", Type::kBase64},
                                        {3, "traceState", Type::kString},
                                        {4, "attributes", Type::kMessage, true, &kPairFields},
                                        {5, "droppedAttributesCount", Type::kUint},
                                        {6, "flags", Type::kFixed32}};
const std::vector<Field> kStatusFields = {{2, "message", Type::kString}, {3, "code", Type::kCode}};
const std::vector<Field> kSpanFields = {{1, "traceId", Type::kBase64},
                                        {2, "spanId", Type::kBase64},
                                        {3, "traceState", Type::kString},
                                        {4, "parentSpanId", Type::kBase64},
                                        {16, "flags", Type::kFixed32},
                                        {5, "name", Type::kString},
                                        {6, "kind", Type::kKind},
                                        {7, "startTimeUnixNano", Type::kFixed64},
                                        {8, "endTimeUnixNano", Type::kFixed64},
                                        {9, "attributes", Type::kMessage, true, &kPairFields},
                                        {10, "droppedAttributesCount", Type::kUint},
                                        {11, "events", Type::kMessage, true, &kEventFields},
                                        {12, "droppedEventsCount", Type::kUint},
                                        {13, "links", Type::kMessage, true, &kLinkFields},
                                        {14, "droppedLinksCount", Type::kUint},
                                        {15, "status", Type::kMessage, false, &kStatusFields}};
const std::vector<Field> kScopeSpansFields = {{1, "scope", Type::kMessage, false, &kScopeFields},
                                              {2, "spans", Type::kMessage, true, &kSpanFields},
                                              {3, "schemaUrl", Type::kString}};
const std::vector<Field> kResourceSpansFields = {
    {1, "resource", Type::kMessage, false, &kResourceFields},
    {2, "scopeSpans", Type::kMessage, true, &kScopeSpansFields},
    {3, "schemaUrl", Type::kString}};
const std::vector<Field> kTraceFields = {
    {1, "resourceSpans", Type::kMessage, true, &kResourceSpansFields}};

std::string Base64Of(const std::string& raw) {
  std::string text;
  AppendBase64(raw, text);
  return text;
}

Json ReadMessage(pbf_reader message, const std::vector<Field>& fields);

Json ReadAny(pbf_reader any) {
  if (!any.next()) return Json::object();
  switch (any.tag()) {
    case 1:
      return {{"stringValue", any.get_string()}};
    case 2:
      return {{"boolValue", any.get_bool()}};
    case 3:
      return {{"intValue", fmt::to_string(any.get_int64())}};
    case 4:
      return {{"doubleValue", any.get_double()}};
    case 5:
      return {{"arrayValue", ReadMessage(any.get_message(), kArrayFields)}};
    case 6:
      return {{"kvlistValue", ReadMessage(any.get_message(), kListFields)}};
    default:
      return {{"bytesValue", Base64Of(any.get_bytes())}};
  }
}

Json ReadField(pbf_reader& message, const Field& field) {
  switch (field.type) {
    case Type::kString:
      return message.get_string();
    case Type::kBase64:
      return Base64Of(message.get_bytes());
    case Type::kUint:
      return message.get_uint32();
    case Type::kFixed32:
      return message.get_fixed32();
    case Type::kFixed64:
      return fmt::to_string(message.get_fixed64());
    case Type::kKind:
      return std::string(SpanKindName(static_cast<uint8_t>(message.get_enum())));
    case Type::kCode:
      return std::string(StatusCodeName(static_cast<uint8_t>(message.get_enum())));
    case Type::kMessage:
      return field.message == &kAnyFields ? ReadAny(message.get_message())
                                          : ReadMessage(message.get_message(), *field.message);
  }
  return {};
}

Json ReadMessage(pbf_reader message, const std::vector<Field>& fields) {
  Json json = Json::object();
  while (message.next()) {
    const auto field = std::ranges::find(fields, message.tag(), &Field::number);
    if (field == fields.end()) {
      ADD_FAILURE() << "unexpected field " << message.tag();
      message.skip();
      continue;
    }
    const Json value = ReadField(message, *field);
    if (field->repeated) {
      json[std::string(field->name)].push_back(value);
    } else if (value != "" && value != 0 && value != "0") {
      json[std::string(field->name)] = value;
    }
  }
  return json;
}

// Random requests as JSON texts.
class RandomRequest {
 public:
  explicit RandomRequest(uint32_t seed) : random_(seed) {}

  Json Make() {
    Json request;
    for (uint32_t i = 0; i <= Below(3); ++i) request["resourceSpans"].push_back(ResourceSpans());
    return request;
  }

 private:
  uint32_t Below(uint32_t limit) { return random_() % limit; }
  bool Maybe() { return Below(2) == 0; }

  std::string Text() {
    constexpr std::string_view kPieces[] = {"a", "<b>", "\"",     "\\",  "\n", "ü",
                                            "🌍", "&",   "\u2028", "key", " ",  "\x01"};
    std::string text = "t";
    for (uint32_t i = Below(5); i > 0; --i) text += kPieces[Below(std::size(kPieces))];
    return text;
  }

  std::string Hex(size_t bytes) {
    std::string digits;
    for (size_t i = 0; i < bytes; ++i) digits += fmt::format("{:02x}", 1 + Below(255));
    return digits;
  }

  Json Any(int depth) {
    switch (Below(depth > 3 ? 6 : 8)) {
      case 0:
        return Json::object();
      case 1:
        return {{"stringValue", Text()}};
      case 2:
        return {{"boolValue", Maybe()}};
      case 3:
        return {{"intValue",
                 fmt::to_string(static_cast<int64_t>(random_()) * (Maybe() ? 1 : -123456789))}};
      case 4:
        return {{"doubleValue",
                 static_cast<double>(random_()) / (1 + Below(1000)) * (Maybe() ? 1e-12 : 1e15)}};
      case 5:
        return {{"bytesValue", Base64Of(Hex(Below(7)))}};
      case 6:
        return {{"arrayValue", {{"values", List(depth, [&] { return Any(depth + 1); })}}}};
      default:
        return {{"kvlistValue", {{"values", List(depth, [&] { return Pair(depth + 1); })}}}};
    }
  }

  template <typename Make>
  Json List(int, Make&& make) {
    Json list = Json::array();
    for (uint32_t i = 0; i <= Below(3); ++i) list.push_back(make());
    return list;
  }

  Json Pair(int depth) { return {{"key", Text()}, {"value", Any(depth)}}; }

  void AddAttributes(Json& owner) {
    if (Maybe()) owner["attributes"] = List(0, [&] { return Pair(0); });
    if (Maybe()) owner["droppedAttributesCount"] = 1 + Below(9);
  }

  Json ResourceSpans() {
    Json json = {{"resource", Json::object()}};
    AddAttributes(json["resource"]);
    if (Maybe())
      json["resource"]["entityRefs"] = {{{"type", Text()}, {"idKeys", {Text(), Text()}}}};
    json["scopeSpans"] = List(0, [&] { return ScopeSpans(); });
    if (Maybe()) json["schemaUrl"] = Text();
    return json;
  }

  Json ScopeSpans() {
    Json json = {{"scope", Json::object()}};
    if (Maybe()) json["scope"]["name"] = Text();
    AddAttributes(json["scope"]);
    json["spans"] = List(0, [&] { return Span(); });
    return json;
  }

  Json Span() {
    Json span = {{"traceId", std::string(32, 'a')}, {"spanId", Hex(8)}};
    if (Maybe()) span["traceState"] = Text();
    if (Maybe()) span["parentSpanId"] = Hex(8);
    if (Maybe()) span["flags"] = 1 + Below(300);
    if (Maybe()) span["name"] = Text();
    if (Maybe()) span["kind"] = SpanKindName(static_cast<uint8_t>(1 + Below(5)));
    span["startTimeUnixNano"] = fmt::to_string(1 + random_());
    span["endTimeUnixNano"] = fmt::to_string(1 + random_());
    AddAttributes(span);
    if (Maybe()) span["events"] = List(0, [&] { return Event(); });
    if (Maybe()) span["droppedEventsCount"] = 7;
    if (Maybe()) span["links"] = List(0, [&] { return Link(); });
    span["status"] =
        Maybe() ? Json::object() : Json{{"message", Text()}, {"code", "STATUS_CODE_ERROR"}};
    return span;
  }

  Json Event() {
    Json event = {{"timeUnixNano", fmt::to_string(1 + random_())}, {"name", Text()}};
    AddAttributes(event);
    return event;
  }

  Json Link() {
    Json link = {{"traceId", Hex(16)}, {"spanId", Hex(8)}};
    AddAttributes(link);
    if (Maybe()) link["flags"] = 3;
    return link;
  }

  std::mt19937 random_;
};

// What the answer shows of a request: ids in base64.
Json WithBase64Ids(const Json& node) {
  if (node.is_array()) {
    Json out = Json::array();
    for (const Json& value : node) out.push_back(WithBase64Ids(value));
    return out;
  }
  if (!node.is_object()) return node;
  Json out = Json::object();
  for (const auto& [key, value] : node.items()) {
    const bool is_id = key == "traceId" || key == "spanId" || key == "parentSpanId";
    out[key] =
        is_id ? Json(Base64Of(FromHex(value.get<std::string>()).value())) : WithBase64Ids(value);
  }
  return out;
}

TEST(TraceEncodings, RandomTracesSurvive) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const Json request = RandomRequest(seed).Make();
    const SpanBatch batch = Decoded(request.dump());
    const nlohmann::json want = WithBase64Ids(request)["resourceSpans"];
    const nlohmann::json v1 =
        nlohmann::json::parse(TraceToJsonV1(batch, AllRows(batch)))["batches"];
    EXPECT_EQ(v1.size() <= want.size(), true);
    const std::string protobuf = TraceToProtobuf(batch, AllRows(batch));
    const nlohmann::json decoded = ReadMessage(pbf_reader(protobuf), kTraceFields)["resourceSpans"];
    ASSERT_EQ(decoded, v1) << nlohmann::json::diff(decoded, v1)
                                  .dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (v1.size() != want.size()) continue;  // equal resources were joined
    bool joined = false;
    for (size_t i = 0; i < want.size(); ++i)
      joined |= want[i]["scopeSpans"].size() != v1[i]["scopeSpans"].size();
    if (joined) continue;
    ASSERT_EQ(v1, want) << nlohmann::json::diff(v1, want).dump();
  }
}

TEST(TraceProto, WritesTheResponse) {
  const SpanBatch batch = Decoded(std::string(kSent));
  const std::string trace = TraceToProtobuf(batch, AllRows(batch));
  const std::string response = TraceByIdResponseToProtobuf(
      batch, AllRows(batch), {.inspected_bytes = 5, .is_partial = true, .message = "m"});
  pbf_reader reader(response);
  ASSERT_TRUE(reader.next(1));
  EXPECT_EQ(reader.get_bytes(), trace);
  ASSERT_TRUE(reader.next(2));
  EXPECT_EQ(reader.get_bytes(), "\x08\x05");
  ASSERT_TRUE(reader.next(3));
  EXPECT_EQ(reader.get_enum(), 1);
  ASSERT_TRUE(reader.next(4));
  EXPECT_EQ(reader.get_string(), "m");
  EXPECT_EQ(TraceByIdResponseToProtobuf(batch, {}, {}), std::string("\x0a\x00\x12\x00", 4));
}

}  // namespace
}  // namespace vivace
