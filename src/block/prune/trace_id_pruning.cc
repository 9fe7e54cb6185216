#include "block/prune/trace_id_pruning.h"

#include <algorithm>

namespace vivace {
namespace {

// None where the statistics do not say. Only ids of full size bound anything: others may have been
// cut.
const ChunkBounds* IdBoundsOf(const RowGroup& group) {
  const std::optional<ChunkBounds>& bounds = group.key_bounds;
  if (!bounds.has_value() || bounds->min.size() != TraceId::kBytes ||
      bounds->max.size() != TraceId::kBytes)
    return nullptr;
  return &*bounds;
}

// The row groups that may hold `id` by the statistics of the file.
std::vector<size_t> GroupsByStatistics(const ParquetFile& file, const TraceId& id) {
  std::vector<size_t> groups;
  for (size_t group = 0; group < file.row_groups().size(); ++group) {
    const ChunkBounds* ids = IdBoundsOf(file.row_groups()[group]);
    if (ids == nullptr || (ids->min <= id.View() && id.View() <= ids->max)) groups.push_back(group);
  }
  return groups;
}

bool HasStatistics(const ParquetFile& file) {
  return std::ranges::all_of(file.row_groups(),
                             [](const RowGroup& group) { return IdBoundsOf(group) != nullptr; });
}

}  // namespace

// The statistics come with the footer, which is needed anyway, and cannot disagree with it; the
// index object serves files without them.
std::vector<size_t> GroupsThatMayContain(
    const ParquetFile& file, const TraceId& id,
    const std::function<std::optional<RowGroupIndex>()>& read_index) {
  if (HasStatistics(file)) return GroupsByStatistics(file, id);
  const std::optional<RowGroupIndex> ids = read_index();
  if (!ids.has_value() || ids->size() != file.row_groups().size())
    return GroupsByStatistics(file, id);
  const std::optional<size_t> group = ids->Find(id);
  return group.has_value() ? std::vector<size_t>{*group} : std::vector<size_t>();
}

}  // namespace vivace
