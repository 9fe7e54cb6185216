#include "query/query_stats.h"

#include <fmt/format.h>

namespace vivace {

std::string PartialMessage(const QueryStats& stats) {
  if (stats.damaged_blocks > 0) {
    return fmt::format("{} damaged block{} could not be read, a partial answer is returned",
                       stats.damaged_blocks, stats.damaged_blocks == 1 ? "" : "s");
  }
  if (stats.damaged_extra_files > 0)
    return "a damaged extra file could not be read, a partial answer is returned";
  return {};
}

}  // namespace vivace
