// The time window of search, tag and tag value queries: parameters start, end and since
// (spec/api.md 0.6, parser S and range clamp).
//
// Pure functions but for the clock handed in; texts of errors are Tempo's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/router.h"
#include "config/sections/query_config.h"

namespace vivace {

// As asked for; seconds since 1970, 0: not given.
struct WindowParameters {
  int64_t start_unix_seconds = 0;
  int64_t end_unix_seconds = 0;
  std::string since;
  bool has_open_end = false;  // of a range up to now: spans that came in this second belong to it
};

// INVALID_ARGUMENT where a time is not a 32-bit number of seconds, or the end is not after the
// start.
Result<WindowParameters> ParseWindowParameters(const ApiRequest& request);
// The parameter `since`: a duration as Prometheus writes it.
Result<Duration> ParseSince(std::string_view text);
Status CheckOrder(const WindowParameters& window);

// The range to search: `since` counts back from now and wins; the default is the last
// query_backend_after; the end is at most now minus the cutoff. INVALID_ARGUMENT for only one of
// start and end, a bad `since`, a default range without length, and a range longer than `range_max`
// (0: any).
Result<WindowParameters> ClampWindow(const WindowParameters& window,
                                     const QueryFrontendConfig& config, int64_t now_unix_seconds);
Status CheckRange(const WindowParameters& window, Duration range_max);

}  // namespace vivace
