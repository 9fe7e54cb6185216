#include "api/responses/summary_response.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/json_writer.h"

namespace vivace {
namespace {

using traceql::Attribute;
using traceql::Datum;
using traceql::SpanSummary;
using traceql::ValueType;

// tempopb.TraceQLStatic.
void WriteStatic(const Datum& value, JsonWriter& json) {
  const auto type = [&](int64_t number) { json.Key("type"), json.Int(number); };
  json.BeginObject();
  switch (value.type) {
    case ValueType::kNil:
      break;
    case ValueType::kInt:
      type(3), json.Key("n"), json.QuotedInt(value.number);
      break;
    case ValueType::kFloat:
      type(4), json.Key("f"), json.Double(value.real);
      break;
    case ValueType::kString:
      type(5), json.Key("s"), json.String(value.text);
      break;
    case ValueType::kBool:
      type(6);
      if (value.number != 0) json.Key("b"), json.Bool(true);
      break;
    case ValueType::kDuration:
      type(11), json.Key("d"), json.QuotedInt(value.number);
      break;
    case ValueType::kStatus:  // error 0, ok 1, unset 2
      type(12);
      if (value.number != traceql::kStatusError) json.Key("status"), json.Int(2 - value.number);
      break;
    case ValueType::kKind: {  // Tempo numbers client before server
      constexpr int64_t kTempoNumbers[] = {0, 1, 3, 2, 4, 5};
      type(13);
      if (value.number > 0 && value.number < 6)
        json.Key("kind"), json.Int(kTempoNumbers[value.number]);
      break;
    }
  }
  json.EndObject();
}

void WriteSummary(const SpanSummary& summary, const std::vector<Attribute>& by, JsonWriter& json) {
  json.BeginObject();
  json.Key("spanCount"), json.QuotedUint(summary.span_count);
  if (summary.error_count != 0) json.Key("errorSpanCount"), json.QuotedUint(summary.error_count);
  json.Key("series"), json.BeginArray();
  for (size_t i = 0; i < by.size(); ++i) {
    json.BeginObject();
    json.Key("key"), json.String(Format(by[i]));
    json.Key("value"), WriteStatic(summary.values[i].View(), json);
    json.EndObject();
  }
  json.EndArray();
  constexpr std::pair<std::string_view, double> kPercentiles[] = {
      {"p99", 0.99}, {"p95", 0.95}, {"p90", 0.9}, {"p50", 0.5}};
  for (const auto& [key, quantile] : kPercentiles) {
    const auto nanos = static_cast<uint64_t>(summary.durations.Quantile(quantile));
    if (nanos != 0) json.Key(key), json.QuotedUint(nanos);
  }
  json.EndObject();
}

}  // namespace

std::string SummariesToJson(const std::map<std::string, SpanSummary>& summaries,
                            const std::vector<Attribute>& by, size_t limit) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  json.Key("summaries"), json.BeginArray();
  size_t written = 0;
  for (const auto& [key, summary] : summaries) {
    if (limit != 0 && written++ == limit) break;
    WriteSummary(summary, by, json);
  }
  json.EndArray();
  json.EndObject();
  return body;
}

}  // namespace vivace
