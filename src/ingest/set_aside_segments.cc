#include "ingest/set_aside_segments.h"

#include <algorithm>

namespace vivace {

void SetAsideSegments::Add(const std::string& tenant, const Segment& segment) {
  SetAside added{tenant, segment.min_start_unix_nanos(), segment.max_end_unix_nanos(), {}};
  for (size_t i = 0; i < segment.traces().size(); ++i)
    added.traces.push_back(segment.traces()[i].id);
  std::ranges::sort(added.traces);
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(added));
}

size_t SetAsideSegments::CountBetween(const std::string& tenant, uint64_t start_unix_nanos,
                                      uint64_t end_unix_nanos) const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::ranges::count_if(segments_, [&](const SetAside& segment) {
    return segment.tenant == tenant && segment.start_unix_nanos <= end_unix_nanos &&
           segment.end_unix_nanos >= start_unix_nanos;
  }));
}

size_t SetAsideSegments::CountWith(const std::string& tenant, const TraceId& trace) const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::ranges::count_if(segments_, [&](const SetAside& segment) {
    return segment.tenant == tenant && std::ranges::binary_search(segment.traces, trace);
  }));
}

}  // namespace vivace
