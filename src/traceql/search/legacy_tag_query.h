// LegacyTagQuery: the search of Tempo's older API, `tags=` of /api/search: a list of tags, and
// bounds of the trace's duration (spec/api.md 1.3, "Tag-search matching").
//
// A trace matches where all tags hold within one resource: each of it or of some span of it. Some
// well-known tags match as part of the value, all others must be the whole (string) value.
// Read-only once made; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "traceql/search/trace_query.h"

namespace vivace::traceql {

using Tags = std::vector<std::pair<std::string, std::string>>;

class LegacyTagQuery final : public TraceQuery {
 public:
  // Durations in nanoseconds, 0: no bound.
  LegacyTagQuery(Tags tags, uint64_t min_duration_nanos, uint64_t max_duration_nanos);

  Result<std::unique_ptr<TraceMatcher>> Prepare(const ViewRows& rows) const override;
  bool needs_whole_traces() const override { return true; }
  const Pruning& pruning() const override { return pruning_; }
  std::span<const Condition> conditions() const override { return {}; }

 private:
  const Tags tags_;
  const uint64_t min_duration_nanos_;
  const uint64_t max_duration_nanos_;
  const Pruning pruning_;
};

}  // namespace vivace::traceql
