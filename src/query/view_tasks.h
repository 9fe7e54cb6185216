// ViewTask: what one task of a query looks at: a live segment, or a row group of a block.
//
// Planned from the blocks' metadata, without reading: a block whose file has other row groups than
// its meta.json says is read as a whole all the same.
#pragma once

#include <cstdint>
#include <vector>

#include "query/query_sources.h"

namespace vivace {

struct ViewTask {
  uint32_t source = 0;
  uint32_t first_view = 0;
  bool is_last = false;  // of its source: views from the first one on, else just that
};

// In the order of the sources, and of the views in each.
std::vector<ViewTask> PlanTasks(const QuerySources& sources);

}  // namespace vivace
