#include <algorithm>

#include "api/http_responses.h"
#include "api/parameters/bad_request.h"

#include "api/parameters/query_limits.h"
#include "api/parameters/window_parameters.h"
#include "api/routes/route_metrics_summary.h"
#include "base/error_context.h"
#include "base/go_format.h"
#include "base/json_writer.h"
#include "query/trace_walk.h"
#include "traceql/metrics/summary_query.h"
#include "traceql/syntax/parser.h"

namespace vivace {
namespace {

using traceql::Attribute;
using traceql::Datum;
using traceql::SpanSummary;
using traceql::ValueType;

struct SummaryParameters {
  traceql::Query query;
  std::vector<Attribute> by;
  size_t limit = 0;  // 0: all
  TimeWindow window;
};

Result<std::vector<Attribute>> ParseGroupBy(std::string_view text) {
  std::vector<Attribute> by;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    auto attribute = traceql::ParseAttribute(text.substr(begin, end - begin));
    if (!attribute) return BadRequest("parsing groupby attribute: " + attribute.error().message);
    by.push_back(*std::move(attribute));
    begin = end + 1;
  }
  return by;
}

Result<SummaryParameters> ParseSummary(const ApiRequest& request, const QueryContext& context) {
  if (request.tenants.size() > 1) return BadRequest("multi-tenant query unsupported");
  SummaryParameters parameters;
  VIVACE_ASSIGN(const WindowParameters asked, ParseWindowParameters(request));
  VIVACE_TRY(CheckOrder(asked));
  VIVACE_ASSIGN(const WindowParameters window, ClampToNow(asked, context));
  parameters.window = ToTimeWindow(window);
  if (const std::string_view text = request.Parameter("limit"); !text.empty()) {
    VIVACE_ASSIGN(const int64_t limit, WithPlace(ParseGoInt(text, "Atoi"), "invalid limit"));
    parameters.limit = static_cast<size_t>(std::max<int64_t>(limit, 0));
  }
  VIVACE_ASSIGN(parameters.by, ParseGroupBy(request.Parameter("groupBy")));
  const std::string_view text = request.Parameter("q");
  VIVACE_TRY(CheckQuerySize(text, context.config));
  auto query = traceql::ParseQuery(text);
  if (!query) return BadRequest(query.error().message);
  if (query->is_metrics()) return BadRequest("a summary takes no metrics functions");
  parameters.query = *std::move(query);
  return parameters;
}

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
      type(4), json.Key("f"), json.Double(value.decimal);
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
      if (value.number > 0 && value.number < 6) json.Key("kind"), json.Int(kTempoNumbers[value.number]);
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
  constexpr std::pair<std::string_view, double> kPercentiles[] = {{"p99", 0.99}, {"p95", 0.95}, {"p90", 0.9}, {"p50", 0.5}};
  for (const auto& [key, quantile] : kPercentiles) {
    const auto nanos = static_cast<uint64_t>(summary.durations.Quantile(quantile));
    if (nanos != 0) json.Key(key), json.QuotedUint(nanos);
  }
  json.EndObject();
}

Result<HttpResponse> AnswerSummary(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(SummaryParameters parameters, ParseSummary(request, context));
  const uint64_t start = parameters.window.start_unix_nanos;
  const traceql::TimeSteps steps{start, std::max<uint64_t>(parameters.window.end_unix_nanos - start, 1), 1};
  const traceql::PipelineId pipeline = parameters.query.pipeline;
  traceql::SummaryQuery query(std::move(parameters.query), pipeline, parameters.by, steps);
  QueryPlaces places(context.ingester, context.catalog, request.tenants, parameters.window, context.memory);
  TraceWalk walk(places, request.http.cancelled);
  VIVACE_TRY(walk.Run(query));
  outcome.inspected_bytes = walk.stats().inspected_bytes;
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  json.Key("summaries"), json.BeginArray();
  size_t written = 0;
  for (const auto& [key, summary] : query.summaries()) {
    if (parameters.limit != 0 && written++ == parameters.limit) break;
    WriteSummary(summary, parameters.by, json);
  }
  json.EndArray();
  json.EndObject();
  return JsonReply(std::move(body));
}

}  // namespace

void AddMetricsSummaryRoute(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/metrics/summary", "metrics", context, router, AnswerSummary);
}

}  // namespace vivace
