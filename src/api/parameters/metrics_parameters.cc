#include "api/parameters/metrics_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/parameters/bad_request.h"
#include "api/parameters/query_limits.h"
#include "api/parameters/window_parameters.h"
#include "base/error_context.h"
#include "base/go_format.h"
#include "config/yaml/duration.h"
#include "traceql/syntax/hints.h"
#include "traceql/syntax/parser.h"

namespace vivace {
namespace {

using traceql::Query;
using traceql::TimeSteps;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kMilli = 1'000'000;
constexpr Duration kDefaultRange = std::chrono::hours(1);
constexpr size_t kSecondsDigitsMax = 10;

std::optional<double> ParseDouble(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

// Whole seconds, or nanoseconds where there are more digits.
std::optional<uint64_t> ParseWholeTime(std::string_view text) {
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error != std::errc() || end != text.data() + text.size() || whole <= 0) return std::nullopt;
  return static_cast<uint64_t>(whole) * (text.size() <= kSecondsDigitsMax ? kSecond : 1);
}

std::optional<uint64_t> ParseFractionalSeconds(std::string_view text) {
  const std::optional<double> seconds = ParseDouble(text);
  if (!seconds || !(*seconds > 0) || *seconds > static_cast<double>(INT64_MAX / kSecond))
    return std::nullopt;
  return static_cast<uint64_t>(std::round(*seconds * 1e3)) * kMilli;
}

// `now`, and `now-1h` or `now+1h` with a duration as Prometheus writes it.
std::optional<uint64_t> ParseRelativeTime(std::string_view text, uint64_t now) {
  if (!text.starts_with("now")) return std::nullopt;
  text.remove_prefix(3);
  if (text.empty()) return now;
  // A space is a plus that was not escaped.
  const bool is_later = text.front() == '+' || text.front() == ' ';
  if (!is_later && text.front() != '-') return std::nullopt;
  const auto distance = ParsePromDuration(text.substr(1));
  if (!distance) return std::nullopt;
  const auto nanos = static_cast<uint64_t>(distance->count());
  if (!is_later && nanos >= now) return std::nullopt;
  return is_later ? now + nanos : now - nanos;
}

// What cannot be read is an error: taken for 0, as Tempo does, it would be a range nobody asked
// for.
Result<uint64_t> ReadTime(std::string_view parameter, std::string_view text, uint64_t now) {
  std::optional<uint64_t> time = ParseRelativeTime(text, now);
  if (!time) time = text.contains('.') ? ParseFractionalSeconds(text) : ParseWholeTime(text);
  if (time) return *time;
  if (const Result<int64_t> nanos = ParseGoTime(text); nanos.has_value() && *nanos > 0)
    return static_cast<uint64_t>(*nanos);
  return BadRequest(
      fmt::format("invalid {}: \"{}\" is not a time: must be seconds or nanoseconds "
                  "since 1970, a date as in RFC 3339, or as \"now-1h\"",
                  parameter, text));
}

Status ReadTimes(const ApiRequest& request, int64_t now_nanos, MetricsParameters& parameters) {
  const std::string_view start = request.Parameter("start");
  const std::string_view end = request.Parameter("end");
  const auto now = static_cast<uint64_t>(now_nanos);
  parameters.end_unix_nanos = now;
  if (!end.empty()) {
    VIVACE_ASSIGN(parameters.end_unix_nanos, ReadTime("end", end, now));
  }
  if (!start.empty()) {
    VIVACE_ASSIGN(parameters.start_unix_nanos, ReadTime("start", start, now));
    return {};
  }
  Duration since = kDefaultRange;
  if (const std::string_view text = request.Parameter("since"); !text.empty()) {
    VIVACE_ASSIGN(since, ParseSince(text));
  }
  const uint64_t last = std::min(parameters.end_unix_nanos, now);
  parameters.start_unix_nanos = last - std::min(last, static_cast<uint64_t>(since.count()));
  return {};
}

Result<uint64_t> ParseStep(std::string_view text) {
  const auto seconds = ParseDouble(text);
  const auto duration = seconds ? std::nullopt : ParseGoDuration(text);
  const double nanos = seconds    ? *seconds * 1e9
                       : duration ? static_cast<double>(duration->count())
                                  : -1;
  if (!(nanos >= 0) || nanos > 9e18)
    return BadRequest(fmt::format(
        "rpc error: code = Code(400) desc = cannot parse \"{}\" to a valid duration", text));
  return static_cast<uint64_t>(nanos);
}

Result<uint64_t> ReadNumber(const ApiRequest& request, std::string_view parameter) {
  const std::string_view text = request.Parameter(parameter);
  if (text.empty()) return 0;
  return WithContext(ParseGoUint(text), fmt::format("invalid {}", parameter));
}

std::string FormatNanos(uint64_t nanos) {
  return FormatGoDuration(Duration(static_cast<int64_t>(nanos)));
}

Status CheckStep(const MetricsParameters& parameters, uint64_t intervals_max) {
  if (parameters.start_unix_nanos > parameters.end_unix_nanos)
    return BadRequest("end must be greater than start");
  if (parameters.is_instant) return {};
  const uint64_t range = parameters.end_unix_nanos - parameters.start_unix_nanos;
  if (parameters.step_nanos != 0 && range / parameters.step_nanos <= intervals_max) return {};
  return BadRequest(fmt::format("step of {} is too small, minimum step for given range is {}",
                                FormatNanos(parameters.step_nanos),
                                FormatNanos(range / std::max<uint64_t>(intervals_max, 1))));
}

// Whole steps that cover the range, and one before it.
TimeSteps Aligned(const MetricsParameters& parameters) {
  const uint64_t step = parameters.step_nanos;
  uint64_t start = parameters.start_unix_nanos - parameters.start_unix_nanos % step;
  if (start > step) start -= step;
  const uint64_t end = (parameters.end_unix_nanos + step - 1) / step * step;
  return {.start_unix_nanos = start,
          .step_nanos = step,
          .count = static_cast<size_t>((end - std::min(start, end)) / step)};
}

TimeSteps StepsOf(const MetricsParameters& parameters) {
  if (!parameters.is_instant) return Aligned(parameters);
  const uint64_t range =
      std::max<uint64_t>(1, parameters.end_unix_nanos - parameters.start_unix_nanos);
  return {.start_unix_nanos = parameters.start_unix_nanos, .step_nanos = range, .count = 1};
}

// The range that is asked for: what is added to whole steps is none of the client's business, and
// would refuse a day at once where a day is allowed. CheckStep has seen that it does not end before
// it starts.
Status CheckRange(const MetricsParameters& parameters, const std::vector<std::string>& tenants,
                  const QueryContext& context) {
  const uint64_t range = parameters.end_unix_nanos - parameters.start_unix_nanos;
  for (const std::string& tenant : tenants) {
    const Duration own = context.limits(tenant).max_metrics_duration.value;
    const Duration limit = own.count() != 0 ? own : context.config.metrics.max_duration;
    if (limit.count() == 0 || range <= static_cast<uint64_t>(limit.count())) continue;
    return BadRequest("metrics query time range exceeds the maximum allowed duration of " +
                      FormatGoDuration(limit));
  }
  return {};
}

Result<Query> ParseMetricsQuery(const MetricsParameters& parameters, const QueryContext& context) {
  VIVACE_TRY(CheckQuerySize(parameters.query, context.config));
  auto query = traceql::ParseQuery(parameters.query);
  if (!query) {
    const bool has_prefix =
        parameters.is_instant || query.error().kind == traceql::ParseError::Kind::kType;
    return BadRequest((has_prefix ? "compiling query: " : "") + query.error().message);
  }
  if (!query->is_metrics()) return BadRequest("not a metrics query");
  return *std::move(query);
}

size_t ExemplarsOf(const MetricsParameters& parameters, const Query& query, uint64_t count_max) {
  if (parameters.is_instant) return 0;
  if (const auto hint = traceql::ExemplarsHint(query)) return std::min(*hint, count_max);
  return parameters.exemplars == 0 ? count_max : std::min(parameters.exemplars, count_max);
}

// What range and instant queries have in common.
void DecodeMetricsField(protozero::pbf_reader& field, MetricsParameters& parameters) {
  switch (field.tag()) {
    case 1:
      return void(parameters.query = field.get_string());
    case 2:
      return void(parameters.start_unix_nanos = field.get_uint64());
    case 3:
      return void(parameters.end_unix_nanos = field.get_uint64());
    default:
      return field.skip();
  }
}

void DecodeRangeField(protozero::pbf_reader& field, MetricsParameters& parameters) {
  switch (field.tag()) {
    case 4:
      return void(parameters.step_nanos = field.get_uint64());
    case 16:
      return void(parameters.exemplars = field.get_uint32());
    case 17:
      return void(parameters.series_max = field.get_uint32());
    case 18:
      return void(parameters.is_instant = field.get_bool());
    default:
      return DecodeMetricsField(field, parameters);
  }
}

Status CheckTimesGiven(const MetricsParameters& parameters) {
  if (parameters.start_unix_nanos == 0) return BadRequest("start required");
  if (parameters.end_unix_nanos == 0) return BadRequest("end required");
  return {};
}

}  // namespace

uint64_t DefaultStepNanos(uint64_t start_unix_nanos, uint64_t end_unix_nanos) {
  constexpr uint64_t kIntervals = 240;
  const uint64_t wanted =
      end_unix_nanos > start_unix_nanos ? (end_unix_nanos - start_unix_nanos) / kIntervals : 0;
  const uint64_t unit = wanted >= 5 * kSecond ? 5 * kSecond : kSecond;
  return std::max(kSecond, wanted / unit * unit);
}

Result<MetricsParameters> ParseMetricsParameters(const ApiRequest& request, bool is_instant,
                                                 int64_t now_unix_nanos) {
  MetricsParameters parameters{.query = std::string(request.Parameter("q")),
                               .is_instant = is_instant};
  if (parameters.query.empty()) parameters.query = request.Parameter("query");
  VIVACE_TRY(ReadTimes(request, now_unix_nanos, parameters));
  if (is_instant) return parameters;
  parameters.step_nanos = DefaultStepNanos(parameters.start_unix_nanos, parameters.end_unix_nanos);
  if (const std::string_view text = request.Parameter("step"); !text.empty()) {
    VIVACE_ASSIGN(parameters.step_nanos, ParseStep(text));
  }
  VIVACE_ASSIGN(parameters.exemplars, ReadNumber(request, "exemplars"));
  VIVACE_ASSIGN(parameters.series_max, ReadNumber(request, "maxSeries"));
  if (const std::string_view text = request.Parameter("instant"); !text.empty()) {
    const auto is_instant = ParseGoBool(text);
    if (!is_instant) return BadRequest(fmt::format("invalid instant: \"{}\" is no boolean", text));
    parameters.is_instant = *is_instant;
  }
  return parameters;
}

Result<MetricsParameters> DecodeQueryRangeRequest(std::string_view message) {
  VIVACE_ASSIGN(MetricsParameters decoded,
                DecodeRequest(message, "request", MetricsParameters{}, DecodeRangeField));
  VIVACE_TRY(CheckTimesGiven(decoded));
  if (decoded.step_nanos == 0)
    decoded.step_nanos = DefaultStepNanos(decoded.start_unix_nanos, decoded.end_unix_nanos);
  return decoded;
}

Result<MetricsParameters> DecodeQueryInstantRequest(std::string_view message) {
  VIVACE_ASSIGN(
      MetricsParameters decoded,
      DecodeRequest(message, "request", MetricsParameters{.is_instant = true}, DecodeMetricsField));
  VIVACE_TRY(CheckTimesGiven(decoded));
  return decoded;
}

Result<MetricsRequest> MakeMetricsRequest(const MetricsParameters& parameters,
                                          const std::vector<std::string>& tenants,
                                          const QueryContext& context) {
  const FrontendMetricsConfig& config = context.config.metrics;
  VIVACE_TRY(CheckStep(parameters, config.max_intervals));
  MetricsRequest request;
  VIVACE_ASSIGN(request.query, ParseMetricsQuery(parameters, context));
  if (traceql::CacheHint(request.query)) request.options.name = parameters.query;
  request.options.steps = StepsOf(parameters);
  VIVACE_TRY(CheckRange(parameters, tenants, context));
  request.options.exemplars = ExemplarsOf(parameters, request.query, config.max_exemplars);
  request.options.static_columns = context.static_columns;
  request.options.well_known = context.well_known_tags;
  const auto configured = static_cast<uint64_t>(std::max<int64_t>(config.max_response_series, 0));
  request.series_max = parameters.series_max == 0 ? configured
                       : configured == 0          ? parameters.series_max
                                                  : std::min(parameters.series_max, configured);
  return request;
}

}  // namespace vivace
