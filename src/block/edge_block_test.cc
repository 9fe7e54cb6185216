// The edge block, span by span, against the requests from which Tempo wrote it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "block/recorded_blocks_for_test.h"
#include "columns/any_value_json.h"

namespace vivace {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kBaseNanos = 1'795'219'200'000'000'000;  // 2026-11-21T00:00:00Z, to which the
                                                            // times of edge.jsonl are relative

constexpr size_t kAttributeBytesMax = 2048;  // what the recording server was set to

// Spans as text, sorted, by trace id.
using Traces = std::map<std::string, std::vector<std::string>>;

uint64_t NumberOf(const Json& object, const char* name) {
  if (!object.contains(name)) return 0;
  return object[name].is_string() ? std::stoull(object[name].get<std::string>())
                                  : object[name].get<uint64_t>();
}

std::string TextOf(const Json& object, const char* name) {
  return object.value(name, std::string());
}

std::string Join(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  std::string text;
  for (const std::string& part : parts) text += part + ",";
  return "[" + text + "]";
}

// Attributes are a set: the block does not keep their order. An empty service.name is not kept.
std::string DescribeJson(const Json& attributes) {
  std::vector<std::string> parts;
  for (const Json& attribute : attributes) {
    std::string storage;
    const std::string json = attribute.contains("value") ? attribute["value"].dump() : "{}";
    AttributeValue parsed = AnyValueFromJson(json, storage).value();
    if (parsed.kind == ValueKind::kString)
      parsed.text = TruncateUtf8(parsed.text, kAttributeBytesMax);
    const std::string value = AnyValueToJson(parsed);
    const std::string part = TextOf(attribute, "key") + "=" + value;
    if (part != R"(service.name={"stringValue":""})") parts.push_back(part);
  }
  return Join(parts);
}

std::string Describe(const Json& object) {
  return DescribeJson(object.value("attributes", Json::array()));
}

std::string DescribeSpan(const Json& resource, const Json& scope, const Json& span) {
  const uint64_t start = NumberOf(span, "startTimeUnixNano") + kBaseNanos;
  std::string text = "resource " + Describe(resource) +
                     std::to_string(NumberOf(resource, "droppedAttributesCount"));
  text += " scope " + TextOf(scope, "name") + "/" + TextOf(scope, "version") + Describe(scope) +
          std::to_string(NumberOf(scope, "droppedAttributesCount"));
  text += " span " + TextOf(span, "spanId") + "<" + TextOf(span, "parentSpanId") + " " +
          TextOf(span, "name") + " kind " + std::to_string(NumberOf(span, "kind")) + " at " +
          std::to_string(start) + " to " +
          std::to_string(NumberOf(span, "endTimeUnixNano") + kBaseNanos);
  const Json status = span.value("status", Json::object());
  text += " status " + std::to_string(NumberOf(status, "code")) + TextOf(status, "message") +
          " state " + TextOf(span, "traceState");
  text += " dropped " + std::to_string(NumberOf(span, "droppedAttributesCount")) + "/" +
          std::to_string(NumberOf(span, "droppedEventsCount")) + "/" +
          std::to_string(NumberOf(span, "droppedLinksCount"));
  text += Describe(span);
  const Json events = span.value("events", Json::array());
  for (const Json& event : events) {
    text += " event " + TextOf(event, "name") + " at " +
            std::to_string(NumberOf(event, "timeUnixNano") + kBaseNanos) + Describe(event) +
            std::to_string(NumberOf(event, "droppedAttributesCount"));
  }
  const Json links = span.value("links", Json::array());
  for (const Json& link : links) {
    text += " link " + TextOf(link, "traceId") + "/" + TextOf(link, "spanId") + " " +
            TextOf(link, "traceState") + Describe(link) +
            std::to_string(NumberOf(link, "droppedAttributesCount"));
  }
  return text;
}

Traces ReadRequests() {
  Traces traces;
  std::ifstream lines(VIVACE_SOURCE_DIR "/tests/conformance/edge.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const Json request = Json::parse(line);
    for (const Json& resource : request["resourceSpans"]) {
      for (const Json& scope : resource["scopeSpans"]) {
        for (const Json& span : scope["spans"]) {
          std::string id = TextOf(span, "traceId");
          id.insert(0, 32 - id.size(), '0');
          traces[id].push_back(DescribeSpan(resource.value("resource", Json::object()),
                                            scope.value("scope", Json::object()), span));
        }
      }
    }
  }
  for (auto& [id, spans] : traces) std::ranges::sort(spans);
  return traces;
}

std::string Describe(const SpanBatch& batch, std::span<const AttributeCode> codes) {
  std::vector<std::string> parts;
  for (const AttributeCode code : codes)
    parts.push_back(std::string(batch.AttributeKey(code)) + "=" +
                    AnyValueToJson(batch.Value(code)));
  return Join(parts);
}

template <typename Id>
std::string HexOrEmpty(const Id& id) {
  return id.IsZero() ? "" : ToHex(id.View());
}

std::string DescribeSpan(const SpanBatch& batch, size_t row) {
  const SpanColumns& spans = batch.spans;
  const uint32_t scope = spans.scope[row];
  const uint32_t resource = batch.scopes.resource[scope];
  const auto text_of = [&](StringCode code) { return std::string(batch.String(code)); };
  std::string text = "resource " + Describe(batch, batch.resources.attributes.Row(resource)) +
                     std::to_string(batch.resources.dropped_attributes[resource]);
  text += " scope " + text_of(batch.scopes.name[scope]) + "/" +
          text_of(batch.scopes.version[scope]) +
          Describe(batch, batch.scopes.attributes.Row(scope)) +
          std::to_string(batch.scopes.dropped_attributes[scope]);
  text += " span " + HexOrEmpty(spans.span_id[row]) + "<" + HexOrEmpty(spans.parent_span_id[row]) +
          " " + text_of(spans.name[row]) + " kind " + std::to_string(spans.kind[row]) + " at " +
          std::to_string(spans.start_unix_nanos[row]) + " to " +
          std::to_string(spans.end_unix_nanos[row]);
  text += " status " + std::to_string(spans.status_code[row]) + text_of(spans.status_message[row]) +
          " state " + text_of(spans.trace_state[row]);
  text += " dropped " + std::to_string(spans.dropped_attributes[row]) + "/" +
          std::to_string(spans.dropped_events[row]) + "/" +
          std::to_string(spans.dropped_links[row]);
  text += Describe(batch, spans.attributes.Row(row));
  const auto [first_event, last_event] = batch.EventsOf(row);
  for (uint32_t event = first_event; event < last_event; ++event) {
    text += " event " + text_of(batch.events.name[event]) + " at " +
            std::to_string(batch.events.time_unix_nanos[event]) +
            Describe(batch, batch.events.attributes.Row(event)) +
            std::to_string(batch.events.dropped_attributes[event]);
  }
  const auto [first_link, last_link] = batch.LinksOf(row);
  for (uint32_t link = first_link; link < last_link; ++link) {
    text += " link " + HexOrEmpty(batch.links.trace_id[link]) + "/" +
            HexOrEmpty(batch.links.span_id[link]) + " " + text_of(batch.links.trace_state[link]) +
            Describe(batch, batch.links.attributes.Row(link)) +
            std::to_string(batch.links.dropped_attributes[link]);
  }
  return text;
}

TEST(EdgeBlock, HoldsWhatWasSent) {
  const Traces sent = ReadRequests();
  const auto store = OpenTestStore();
  const auto reader = BlockReader::Open(*store, kEdgeBlock.tenant, kEdgeBlock.Id()).value();
  ASSERT_EQ(sent.size(), kEdgeBlock.traces);
  size_t spans = 0;
  for (const auto& [id, expected] : sent) {
    SpanBatchBuilder builder;
    BlockReadStats stats;
    ASSERT_TRUE(reader->FindTrace(ParseTraceId(id).value(), builder, stats).value()) << id;
    std::vector<std::string> found;
    for (size_t row = 0; row < builder.batch().spans.size(); ++row)
      found.push_back(DescribeSpan(builder.batch(), row));
    std::ranges::sort(found);
    spans += found.size();
    EXPECT_EQ(found, expected) << id;
  }
  EXPECT_EQ(spans, 311u);
}

}  // namespace
}  // namespace vivace
