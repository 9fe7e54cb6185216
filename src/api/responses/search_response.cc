#include "api/responses/search_response.h"

#include <algorithm>
#include <protozero/pbf_writer.hpp>

#include "api/responses/datum_encoding.h"
#include "api/responses/query_stats_encoding.h"
#include "api/responses/sparse_fields.h"
#include "base/json_writer.h"
#include "base/unix_time.h"
#include "columns/span_times.h"

namespace vivace {
namespace {

using traceql::FoundAttribute;
using traceql::FoundSet;
using traceql::FoundSpan;
using traceql::FoundTrace;
using traceql::ServiceStats;

constexpr std::string_view kNoRoot = "<root span not yet received>";

std::string SpanIdText(uint64_t id) {
  const uint64_t big_endian = __builtin_bswap64(id);
  return ToHex({reinterpret_cast<const char*>(&big_endian), sizeof big_endian});
}

uint32_t DurationMs(const FoundTrace& trace) {
  const uint64_t nanos = DurationBetween(trace.start_unix_nanos, trace.end_unix_nanos);
  return static_cast<uint32_t>(std::min<uint64_t>(nanos / kNanosPerMilli, UINT32_MAX));
}

std::string_view RootServiceOf(const FoundTrace& trace) {
  return trace.root_service.empty() ? kNoRoot : trace.root_service;
}

// JSON.

void WriteFoundAttributes(const std::vector<FoundAttribute>& attributes, JsonWriter& json) {
  if (attributes.empty()) return;
  json.Key("attributes");
  json.BeginArray();
  for (const FoundAttribute& attribute : attributes)
    WriteDatumPair(attribute.key, attribute.value.View(), json);
  json.EndArray();
}

void WriteSpan(const FoundSpan& span, JsonWriter& json) {
  json.BeginObject();
  json.Key("spanID"), json.String(SpanIdText(span.span_id));
  WriteText("name", span.name, json);
  WriteLong("startTimeUnixNano", span.start_unix_nanos, json);
  WriteLong("durationNanos", span.duration_nanos, json);
  WriteFoundAttributes(span.attributes, json);
  json.EndObject();
}

std::string SetToJson(const FoundSet& set) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  if (!set.spans.empty()) {
    json.Key("spans"), json.BeginArray();
    for (const FoundSpan& span : set.spans) WriteSpan(span, json);
    json.EndArray();
  }
  WriteNumber("matched", set.matched, json);
  WriteFoundAttributes(set.attributes, json);
  json.EndObject();
  return out;
}

// The first set is written twice: once under its old name.
void WriteSets(const std::vector<FoundSet>& sets, JsonWriter& json) {
  if (sets.empty()) return;
  const std::string first = SetToJson(sets.front());
  json.Key("spanSet"), json.Raw(first);
  json.Key("spanSets"), json.BeginArray();
  json.Raw(first);
  for (size_t i = 1; i < sets.size(); ++i) json.Raw(SetToJson(sets[i]));
  json.EndArray();
}

void WriteServices(const FoundTrace& trace, JsonWriter& json) {
  if (trace.services.empty()) return;
  json.Key("serviceStats"), json.BeginObject();
  for (const auto& [service, stats] : trace.services) {
    json.EscapedKey(service), json.BeginObject();
    WriteNumber("spanCount", stats.span_count, json);
    WriteNumber("errorCount", stats.error_count, json);
    json.EndObject();
  }
  json.EndObject();
}

void WriteTrace(const FoundTrace& trace, bool by_tags, JsonWriter& json) {
  json.BeginObject();
  WriteText("traceID", FormatTraceId(trace.id), json);
  WriteText("rootServiceName", RootServiceOf(trace), json);
  WriteText("rootTraceName", trace.root_name, json);
  WriteLong("startTimeUnixNano", trace.start_unix_nanos, json);
  WriteNumber("durationMs", DurationMs(trace), json);
  if (!by_tags) {
    WriteSets(trace.sets, json);
    WriteServices(trace, json);
  }
  json.EndObject();
}

// Protobuf.

void AppendSpan(const FoundSpan& span, protozero::pbf_writer& out) {
  protozero::pbf_writer message(out, 1);
  AddText(message, 1, SpanIdText(span.span_id));
  AddText(message, 2, span.name);
  AddUint(message, 3, span.start_unix_nanos);
  AddUint(message, 4, span.duration_nanos);
  for (const FoundAttribute& attribute : span.attributes)
    AppendDatumPair(attribute.key, attribute.value.View(), 5, message);
}

void AppendSet(const FoundSet& set, uint32_t number, protozero::pbf_writer& out) {
  protozero::pbf_writer message(out, number);
  for (const FoundSpan& span : set.spans) AppendSpan(span, message);
  AddUint(message, 2, set.matched);
  for (const FoundAttribute& attribute : set.attributes)
    AppendDatumPair(attribute.key, attribute.value.View(), 3, message);
}

void AppendService(const std::string& service, const ServiceStats& stats,
                   protozero::pbf_writer& out) {
  protozero::pbf_writer entry(out, 8);
  AddText(entry, 1, service);
  protozero::pbf_writer message(entry, 2);
  AddUint(message, 1, stats.span_count);
  AddUint(message, 2, stats.error_count);
}

void AppendTrace(const FoundTrace& trace, bool by_tags, protozero::pbf_writer& out) {
  protozero::pbf_writer message(out, 1);
  AddText(message, 1, FormatTraceId(trace.id));
  AddText(message, 2, RootServiceOf(trace));
  AddText(message, 3, trace.root_name);
  AddUint(message, 4, trace.start_unix_nanos);
  AddUint(message, 5, DurationMs(trace));
  if (by_tags) return;
  if (!trace.sets.empty()) AppendSet(trace.sets.front(), 6, message);
  for (const FoundSet& set : trace.sets) AppendSet(set, 7, message);
  for (const auto& [service, stats] : trace.services) AppendService(service, stats, message);
}

}  // namespace

std::string SearchResponseToJson(const SearchResponse& answer) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("traces"), json.BeginArray();
  for (const auto& trace : answer.traces) WriteTrace(*trace, answer.by_tags, json);
  json.EndArray();
  json.Key("metrics");
  WriteQueryStats(answer.stats, json, answer.by_tags);
  json.EndObject();
  return out;
}

std::string SearchResponseToProtobuf(const SearchResponse& answer) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const auto& trace : answer.traces) AppendTrace(*trace, answer.by_tags, writer);
  AppendQueryStats(answer.stats, 2, writer, answer.by_tags);
  return out;
}

}  // namespace vivace
