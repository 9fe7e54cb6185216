// Test support: spans as plain objects, for the reference evaluator, and the same spans as a batch,
// for the engine.
//
// Few names, keys and values, so that random queries match some.
#pragma once

#include <bit>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "columns/array_elements.h"
#include "columns/span_batch_builder.h"

namespace vivace::testing {

using Random = std::mt19937_64;

// A value of a span, or of an expression on it.
struct RefValue {
  enum class Type {
    kNil,
    kInt,
    kFloat,
    kString,
    kBool,
    kDuration,
    kStatus,
    kKind,
    kArray,
    kOpaque
  };
  Type type = Type::kNil;
  int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<RefValue> items;

  bool is_numeric() const {
    return type == Type::kInt || type == Type::kFloat || type == Type::kDuration;
  }
  double AsDouble() const { return type == Type::kFloat ? real : static_cast<double>(number); }
  // As grouping needs it: NaN equals itself.
  friend bool operator==(const RefValue& a, const RefValue& b) {
    return a.type == b.type && a.number == b.number && a.text == b.text && a.items == b.items &&
           std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real);
  }
};

inline RefValue RefInt(int64_t number) { return {.type = RefValue::Type::kInt, .number = number}; }
inline RefValue RefFloat(double real) { return {.type = RefValue::Type::kFloat, .real = real}; }
inline RefValue RefString(std::string text) {
  return {.type = RefValue::Type::kString, .text = std::move(text)};
}
inline RefValue RefBool(bool value) { return {.type = RefValue::Type::kBool, .number = value}; }
inline RefValue RefDuration(int64_t nanos) {
  return {.type = RefValue::Type::kDuration, .number = nanos};
}

using RefAttributes = std::map<std::string, RefValue>;

struct RefEvent {
  std::string name;
  uint64_t time = 0;
  RefAttributes attributes;
};

struct RefResource {
  RefAttributes attributes;
};

struct RefScope {
  std::string name;
  std::string version;
  RefAttributes attributes;
};

struct RefSpan {
  uint64_t id = 0;
  uint64_t parent_id = 0;
  std::string name;
  std::string message;
  int64_t kind = 0;
  int64_t status = 0;
  uint64_t start = 0;
  uint64_t end = 0;
  size_t resource = 0;
  RefScope scope;
  RefAttributes attributes;
  std::vector<RefEvent> events;
};

struct RefTrace {
  TraceId id;
  std::vector<RefSpan> spans;
};

struct RefData {
  std::vector<RefResource> resources;
  std::vector<RefTrace> traces;
};

class RefGenerator {
 public:
  explicit RefGenerator(Random& random) : random_(random) {}

  RefData Make(size_t traces) {
    RefData data;
    for (int i = 0; i < 3; ++i) data.resources.push_back({Attributes()});
    data.resources[0].attributes["service.name"] = RefString("shop");
    data.resources[1].attributes["service.name"] = RefString("cart");
    for (size_t i = 0; i < traces; ++i) data.traces.push_back(MakeTrace());
    return data;
  }

 private:
  uint64_t Pick(uint64_t below) { return random_() % below; }

  RefValue Value() {
    switch (Pick(9)) {
      case 0:
        return RefFloat(static_cast<double>(Pick(8)) / 2);
      case 1:
        return RefBool(Pick(2) == 0);
      case 2:
        return RefString(Pick(2) == 0 ? "x" : "yy");
      case 3:
        return {.type = RefValue::Type::kArray,
                .items = {RefInt(1), RefInt(static_cast<int64_t>(Pick(4)))}};
      case 4:
        return {.type = RefValue::Type::kArray,
                .items = {RefString("x"), RefString("z"), RefString("yy")}};
      case 5:
        return {.type = RefValue::Type::kOpaque};
      default:
        return RefInt(static_cast<int64_t>(Pick(5)) - 1);
    }
  }

  double Float() {
    const uint64_t pick = Pick(14);
    if (pick == 11) return std::numeric_limits<double>::infinity();
    if (pick == 12) return -std::numeric_limits<double>::infinity();
    if (pick == 13) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(pick) / 4 - 1;
  }

  RefAttributes Attributes() {
    RefAttributes attributes;
    if (Pick(2) == 0) attributes["i"] = RefInt(static_cast<int64_t>(Pick(5)) - 2);
    if (Pick(2) == 0) attributes["f"] = RefFloat(Float());
    if (Pick(2) == 0)
      attributes["s"] = RefString(Pick(6) == 0 ? "x\xff" : std::string(Pick(3), 'x'));
    if (Pick(2) == 0) attributes["b"] = RefBool(Pick(2) == 0);
    if (Pick(2) == 0) attributes["m"] = Value();
    if (Pick(3) == 0) attributes["http.method"] = RefString(Pick(2) == 0 ? "GET" : "POST");
    return attributes;
  }

  RefTrace MakeTrace() {
    RefTrace trace;
    for (uint8_t& byte : trace.id.bytes) byte = static_cast<uint8_t>(random_());
    const size_t spans = 1 + Pick(7);
    for (size_t i = 0; i < spans; ++i) {
      RefSpan span{.id = random_() | 1,
                   .name = std::string(1, static_cast<char>('A' + Pick(3))),
                   .message = Pick(4) == 0 ? "broken" : "",
                   .kind = static_cast<int64_t>(Pick(6)),
                   .status = static_cast<int64_t>(Pick(3)),
                   .start = 1'700'000'000'000'000'000 + Pick(1000),
                   .resource = Pick(3),
                   .scope = {Pick(2) == 0 ? "lib" : "", "1", Attributes()},
                   .attributes = Attributes()};
      span.end = Pick(8) == 0 ? span.start - Pick(200) : span.start + Pick(200);
      if (Pick(8) == 0) span.attributes["service.name"] = RefString("own");
      // At most one root, so that "the last root" needs no order; a few parents never came.
      if (i > 0) span.parent_id = Pick(5) == 0 ? random_() | 1 : trace.spans[Pick(i)].id;
      if (i == 0 && Pick(5) == 0) span.parent_id = random_() | 1;
      for (uint64_t events = Pick(3); events > 0; --events)
        span.events.push_back(
            {Pick(2) == 0 ? "retry" : "stop", span.start + Pick(9), Attributes()});
      trace.spans.push_back(std::move(span));
    }
    return trace;
  }

  Random& random_;
};

// `data` as a receiver would hand it on.
class RefBatch {
 public:
  static SpanBatch Of(const RefData& data) {
    RefBatch batch;
    std::vector<uint32_t> resources;
    for (const RefResource& resource : data.resources)
      resources.push_back(batch.builder_.AddResource(batch.Codes(resource.attributes), 0, ""));
    for (const RefTrace& trace : data.traces) {
      for (const RefSpan& span : trace.spans) batch.Add(trace.id, span, resources[span.resource]);
    }
    return batch.builder_.Take();
  }

 private:
  static SpanId IdOf(uint64_t number) {
    SpanId id;
    for (size_t i = 0; i < SpanId::kBytes; ++i)
      id.bytes[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
    return id;
  }

  static AttributeValue Scalar(const RefValue& value) {
    switch (value.type) {
      case RefValue::Type::kInt:
        return AttributeValue::Int(value.number);
      case RefValue::Type::kFloat:
        return AttributeValue::Double(value.real);
      case RefValue::Type::kBool:
        return AttributeValue::Bool(value.number != 0);
      case RefValue::Type::kString:
        return AttributeValue::String(value.text);
      default:
        return AttributeValue::Bytes("?");
    }
  }

  std::vector<AttributeCode> Codes(const RefAttributes& attributes) {
    std::vector<AttributeCode> codes;
    for (const auto& [key, value] : attributes) {
      if (value.type != RefValue::Type::kArray) {
        codes.push_back(builder_.AddAttribute(key, Scalar(value)));
        continue;
      }
      std::vector<AttributeValue> items;
      for (const RefValue& item : value.items) items.push_back(Scalar(item));
      codes.push_back(builder_.AddAttribute(key, AttributeValue::Array(EncodeArray(items))));
    }
    return codes;
  }

  void Add(const TraceId& trace, const RefSpan& span, uint32_t resource) {
    const uint32_t scope = builder_.AddScope(resource, span.scope.name, span.scope.version,
                                             Codes(span.scope.attributes), 0, "");
    const std::vector<AttributeCode> codes = Codes(span.attributes);
    builder_.BeginSpan();
    SpanRow& row = builder_.row();
    row.trace_id = trace;
    row.span_id = IdOf(span.id);
    if (span.parent_id != 0) row.parent_span_id = IdOf(span.parent_id);
    row.start_unix_nanos = span.start;
    row.end_unix_nanos = span.end;
    row.name = builder_.AddString(span.name);
    row.kind = static_cast<uint8_t>(span.kind);
    row.status_code = static_cast<uint8_t>(span.status);
    row.status_message = builder_.AddString(span.message);
    for (const AttributeCode code : codes) builder_.SpanAttribute(code);
    for (const RefEvent& event : span.events) {
      const std::vector<AttributeCode> event_codes = Codes(event.attributes);
      builder_.BeginEvent();
      builder_.event().time_unix_nanos = event.time;
      builder_.event().name = builder_.AddString(event.name);
      for (const AttributeCode code : event_codes) builder_.EventAttribute(code);
      builder_.EndEvent();
    }
    builder_.CommitSpan(scope);
  }

  SpanBatchBuilder builder_;
};

}  // namespace vivace::testing
