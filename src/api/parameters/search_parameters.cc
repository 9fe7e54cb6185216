#include "api/parameters/search_parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/parameters/bad_request.h"
#include "api/parameters/logfmt.h"
#include "api/parameters/query_limits.h"
#include "base/error_context.h"
#include "base/go_format.h"
#include "base/unix_time.h"
#include "config/yaml/duration.h"
#include "traceql/search/pipeline_query.h"
#include "traceql/syntax/parser.h"

namespace vivace {
namespace {

Status ReadDuration(const ApiRequest& request, std::string_view parameter, int64_t& milliseconds) {
  const std::string_view text = request.Parameter(parameter);
  if (text.empty()) return {};
  const auto duration = ParseConfigDuration(text);
  if (!duration)
    return BadRequest(fmt::format("invalid {}: time: invalid duration \"{}\"", parameter, text));
  milliseconds = duration->count() / kNanosPerMilli;
  return {};
}

Status ReadDurations(const ApiRequest& request, SearchParameters& parameters) {
  VIVACE_TRY(ReadDuration(request, "minDuration", parameters.min_duration_ms));
  VIVACE_TRY(ReadDuration(request, "maxDuration", parameters.max_duration_ms));
  if (parameters.max_duration_ms != 0 && parameters.max_duration_ms < parameters.min_duration_ms) {
    return BadRequest("invalid maxDuration: must be greater than minDuration");
  }
  return {};
}

Status ReadNumbers(const ApiRequest& request, SearchParameters& parameters) {
  if (const std::string_view text = request.Parameter("limit"); !text.empty()) {
    VIVACE_ASSIGN(parameters.limit, WithContext(ParseGoInt(text, "Atoi"), "invalid limit"));
    if (parameters.limit <= 0) return BadRequest("invalid limit: must be a positive number");
  }
  if (const std::string_view text = request.Parameter("spss"); !text.empty()) {
    VIVACE_ASSIGN(parameters.spans_per_set, WithContext(ParseGoInt(text, "Atoi"), "invalid spss"));
    if (parameters.spans_per_set < 0)
      return BadRequest("invalid spss: must be a non-negative number");
  }
  return {};
}

// Builds the query; only a search of this kind reports its errors.
Result<std::shared_ptr<const traceql::TraceQuery>> QueryOf(const SearchParameters& parameters,
                                                           const QueryContext& context) {
  if (parameters.is_by_tags()) {
    return std::make_shared<const traceql::LegacyTagQuery>(
        parameters.tags, parameters.min_duration_ms * kNanosPerMilli,
        parameters.max_duration_ms * kNanosPerMilli);
  }
  VIVACE_TRY(CheckQuerySize(parameters.query, context.config));
  auto parsed = traceql::ParseQuery(parameters.query);
  if (!parsed) return BadRequest("invalid TraceQL query: " + parsed.error().message);
  VIVACE_ASSIGN(auto query,
                traceql::PipelineQuery::Make(*std::move(parsed), context.static_columns));
  return std::shared_ptr<const traceql::TraceQuery>(std::move(query));
}

Status ApplyLimits(const SearchParameters& parameters, const FrontendSearchConfig& config,
                   SearchRequest& request) {
  request.limit =
      parameters.limit == 0 ? config.default_result_limit : static_cast<uint64_t>(parameters.limit);
  if (config.max_result_limit != 0 && request.limit > config.max_result_limit) {
    return BadRequest(
        fmt::format("limit {} exceeds max limit {}", request.limit, config.max_result_limit));
  }
  auto spans = static_cast<uint64_t>(parameters.spans_per_set);
  if (config.max_spans_per_span_set != 0 && spans > config.max_spans_per_span_set) {
    return BadRequest(fmt::format("spans per span set exceeds {}. received {}",
                                  config.max_spans_per_span_set, spans));
  }
  if (spans == 0)
    spans = parameters.all_spans_by_default ? UINT32_MAX : config.default_spans_per_span_set;
  request.spans_per_set = static_cast<uint32_t>(std::min<uint64_t>(spans, UINT32_MAX));
  return {};
}

std::pair<std::string, std::string> DecodeTag(protozero::pbf_reader entry) {
  std::pair<std::string, std::string> tag;
  while (entry.next()) {
    if (entry.tag() == 1) {
      tag.first = entry.get_string();
    } else if (entry.tag() == 2) {
      tag.second = entry.get_string();
    } else {
      entry.skip();
    }
  }
  return tag;
}

void DecodeSearchField(protozero::pbf_reader& message, SearchParameters& parameters) {
  switch (message.tag()) {
    case 1:
      return void(parameters.tags.push_back(DecodeTag(message.get_message())));
    case 2:
      return void(parameters.min_duration_ms = message.get_uint32());
    case 3:
      return void(parameters.max_duration_ms = message.get_uint32());
    case 4:
      return void(parameters.limit = message.get_uint32());
    case 5:
      return void(parameters.window.start_unix_seconds = message.get_uint32());
    case 6:
      return void(parameters.window.end_unix_seconds = message.get_uint32());
    case 8:
      return void(parameters.query = message.get_string());
    case 9:
      return void(parameters.spans_per_set = message.get_uint32());
    default:
      return message.skip();
  }
}

}  // namespace

Result<SearchParameters> ParseSearchParameters(const ApiRequest& request) {
  SearchParameters parameters;
  VIVACE_ASSIGN(parameters.window, ParseWindowParameters(request));
  parameters.query = request.Parameter("q");
  const std::string_view tags = request.Parameter("tags");
  if (!parameters.query.empty() && !tags.empty())
    return BadRequest("invalid request: can't specify tags and q in the same query");
  VIVACE_ASSIGN(parameters.tags, ParseLogfmt(tags));
  VIVACE_TRY(ReadDurations(request, parameters));
  VIVACE_TRY(ReadNumbers(request, parameters));
  VIVACE_TRY(CheckOrder(parameters.window));
  return parameters;
}

Result<SearchParameters> DecodeSearchParameters(std::string_view message) {
  return DecodeRequest(message, "SearchRequest", SearchParameters{.all_spans_by_default = true},
                       DecodeSearchField);
}

Result<SearchRequest> MakeSearchRequest(const SearchParameters& parameters,
                                        const std::vector<std::string>& tenants,
                                        const QueryContext& context) {
  SearchRequest request{.tenants = tenants,
                        .sources = {.server_budget = context.memory},
                        .tasks = context.TasksOf(tenants, context.config.search.concurrent_jobs)};
  VIVACE_ASSIGN(request.query, QueryOf(parameters, context));
  VIVACE_ASSIGN(const WindowParameters window, ClampToNow(parameters.window, context));
  VIVACE_TRY(ApplyLimits(parameters, context.config.search, request));
  VIVACE_TRY(CheckRange(window, SearchRangeMax(tenants, context)));
  request.window = ToTimeWindow(window);
  return request;
}

}  // namespace vivace
