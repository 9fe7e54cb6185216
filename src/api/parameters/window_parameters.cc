#include "api/parameters/window_parameters.h"

#include <fmt/format.h>

#include "api/parameters/bad_request.h"
#include "base/error_context.h"
#include "base/go_format.h"
#include "base/unix_time.h"

namespace vivace {
namespace {

Status ReadSeconds(const ApiRequest& request, std::string_view parameter, int64_t& seconds) {
  const std::string_view text = request.Parameter(parameter);
  if (text.empty()) return {};
  VIVACE_ASSIGN(
      seconds, WithContext(ParseGoInt(text, "ParseInt", 32), fmt::format("invalid {}", parameter)));
  return {};
}

}  // namespace

Result<WindowParameters> ParseWindowParameters(const ApiRequest& request) {
  WindowParameters window;
  VIVACE_TRY(ReadSeconds(request, "start", window.start_unix_seconds));
  VIVACE_TRY(ReadSeconds(request, "end", window.end_unix_seconds));
  window.since = request.Parameter("since");
  return window;
}

Result<Duration> ParseSince(std::string_view text) {
  if (const auto since = ParsePromDuration(text)) return *since;
  return BadRequest(
      fmt::format("error parsing date range: could not parse 'since' parameter: not a valid "
                  "duration string: \"{}\"",
                  text));
}

Status CheckOrder(const WindowParameters& window) {
  if (window.start_unix_seconds == 0 && window.end_unix_seconds == 0) return {};
  if (window.end_unix_seconds > window.start_unix_seconds) return {};
  return BadRequest(fmt::format("http parameter start must be before end. received start={} end={}",
                                window.start_unix_seconds, window.end_unix_seconds));
}

Result<WindowParameters> ClampWindow(const WindowParameters& window,
                                     const QueryFrontendConfig& config, int64_t now_unix_seconds) {
  const auto seconds_of = [](Duration duration) { return duration.count() / kNanosPerSecond; };
  const int64_t newest = now_unix_seconds - seconds_of(config.query_end_cutoff);
  const int64_t default_range = seconds_of(config.search.query_backend_after);
  const bool is_cut = seconds_of(config.query_end_cutoff) > 0;
  const auto up_to_now = [&](int64_t seconds) -> Result<WindowParameters> {
    if (seconds <= 0) VIVACE_TRY(CheckOrder({newest, newest, {}}));
    return WindowParameters{newest - seconds, newest, {}, !is_cut};
  };
  if (!window.since.empty()) {
    VIVACE_ASSIGN(const Duration since, ParseSince(window.since));
    return up_to_now(seconds_of(since));
  }
  const bool has_start = window.start_unix_seconds != 0;
  const bool has_end = window.end_unix_seconds != 0;
  if (!has_start && !has_end) return up_to_now(default_range);
  if (has_start != has_end) {
    return BadRequest(
        "error parsing date range: only one of start and end provided: must provide both or "
        "neither");
  }
  WindowParameters clamped{window.start_unix_seconds, window.end_unix_seconds, {}};
  if (is_cut && clamped.end_unix_seconds > newest) {
    clamped.end_unix_seconds = newest;
    if (clamped.start_unix_seconds >= newest) clamped.start_unix_seconds = newest - default_range;
  }
  return clamped;
}

Status CheckRange(const WindowParameters& window, Duration range_max) {
  const int64_t seconds = window.end_unix_seconds - window.start_unix_seconds;
  if (range_max.count() == 0 || seconds <= range_max.count() / kNanosPerSecond) return {};
  return BadRequest(
      fmt::format("range specified by start and end exceeds {}. received start={} end={}",
                  FormatGoDuration(range_max), window.start_unix_seconds, window.end_unix_seconds));
}

}  // namespace vivace
