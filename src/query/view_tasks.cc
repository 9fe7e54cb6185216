#include "query/view_tasks.h"

#include <algorithm>

namespace vivace {
namespace {

// More row groups than any block has that was written in earnest.
constexpr uint32_t kTasksPerBlockMax = 1024;

uint32_t ViewsOf(const QuerySources& sources, size_t source) {
  if (!sources.is_block(source)) return 1;
  return std::clamp<uint32_t>(sources[source].meta->total_records, 1, kTasksPerBlockMax);
}

}  // namespace

std::vector<ViewTask> PlanTasks(const QuerySources& sources) {
  std::vector<ViewTask> tasks;
  for (uint32_t source = 0; source < sources.size(); ++source) {
    for (uint32_t view = 0, views = ViewsOf(sources, source); view < views; ++view)
      tasks.push_back({.source = source, .first_view = view, .is_last = view + 1 == views});
  }
  return tasks;
}

}  // namespace vivace
