#include "query/query_stats.h"

#include <fmt/format.h>

namespace vivace {

std::string PartialMessage(const QueryStats& stats) {
  if (stats.damaged_blocks > 0) {
    return fmt::format("{} damaged block{} could not be read, a partial answer is returned",
                       stats.damaged_blocks, stats.damaged_blocks == 1 ? "" : "s");
  }
  if (stats.set_aside_segments > 0) {
    return fmt::format(
        "{} segment{} could not be written and {} set aside, a partial answer is "
        "returned",
        stats.set_aside_segments, stats.set_aside_segments == 1 ? "" : "s",
        stats.set_aside_segments == 1 ? "was" : "were");
  }
  if (stats.damaged_extra_files > 0)
    return "a damaged extra file could not be read, a partial answer is returned";
  return {};
}

}  // namespace vivace
