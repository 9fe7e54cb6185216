#include "api/parameters/query_limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unix_time.h"

namespace vivace {

Status CheckQuerySize(std::string_view text, const QueryFrontendConfig& config) {
  const int64_t bytes_max = config.max_query_expression_size_bytes;
  if (bytes_max <= 0 || text.size() <= static_cast<uint64_t>(bytes_max)) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("TraceQL expression exceeds the configured maximum size of {} bytes, "
                          "reduce the query expression size or contact "
                          "your system administrator",
                          bytes_max));
}

Duration SearchRangeMax(const std::vector<std::string>& tenants, const QueryContext& context) {
  Duration smallest{};
  for (const std::string& tenant : tenants) {
    const Duration own = context.limits(tenant).max_search_duration.value;
    const Duration limit = own.count() != 0 ? own : context.config.search.max_duration;
    if (limit.count() != 0 && (smallest.count() == 0 || limit < smallest)) smallest = limit;
  }
  return smallest;
}

Result<WindowParameters> ClampToNow(const WindowParameters& window, const QueryContext& context) {
  return ClampWindow(window, context.config, context.now_unix_nanos() / kNanosPerSecond);
}

TimeWindow ToTimeWindow(const WindowParameters& window) {
  const auto nanos = [](int64_t seconds) {
    return static_cast<uint64_t>(std::max<int64_t>(seconds, 0)) * kNanosPerSecond;
  };
  return {nanos(window.start_unix_seconds),
          window.has_open_end ? UINT64_MAX : nanos(window.end_unix_seconds)};
}

}  // namespace vivace
