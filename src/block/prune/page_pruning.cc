#include "block/prune/page_pruning.h"

#include <cstring>
#include <optional>

#include "block/prune/dictionary_pruning.h"

namespace vivace {
namespace {

// None for types whose bounds are not used.
std::optional<AttributeValue> ValueOf(LeafType type, std::string_view plain) {
  if (type == LeafType::kString) return AttributeValue::String(plain);
  if ((type == LeafType::kInt64 || type == LeafType::kUint64) && plain.size() == sizeof(int64_t)) {
    int64_t number;
    std::memcpy(&number, plain.data(), sizeof number);
    return AttributeValue::Int(number);
  }
  return std::nullopt;
}

bool PageMayMatch(LeafType type, const PageBounds& bounds, const RangePredicate& may_pass) {
  if (bounds.all_null) return false;
  const std::optional<AttributeValue> min = ValueOf(type, bounds.min);
  const std::optional<AttributeValue> max = ValueOf(type, bounds.max);
  if (!min.has_value() || !max.has_value()) return true;
  const bool is_unsigned_order = min->kind == ValueKind::kInt && min->AsInt() > max->AsInt();
  return is_unsigned_order || may_pass(*min, *max);
}

}  // namespace

Result<RowSet> RowsThatMayMatch(const ParquetFile& file, size_t row_group,
                                const DedicatedSlots& slots, const ColumnName& column,
                                const RangePredicate& may_pass, ReadStats& stats) {
  const RowGroup& group = file.row_groups()[row_group];
  const RowSet all = RowSet::All(static_cast<uint32_t>(group.rows));
  VIVACE_ASSIGN(const std::optional<Leaf> leaf, SoleLeafOf(file, row_group, slots, column, stats));
  if (!leaf.has_value()) return all;
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, file.Pages(row_group, stats));
  const std::vector<PageLocation>& locations = (*pages)[ColumnOf(*leaf)];
  VIVACE_ASSIGN(const std::shared_ptr<const std::vector<PageBounds>> bounds,
                file.Bounds(row_group, ColumnOf(*leaf), stats));
  if (bounds->size() != locations.size() || locations.empty()) return all;
  RowSet rows;
  for (size_t page = 0; page < locations.size(); ++page) {
    if (!PageMayMatch(InfoOf(*leaf).type, (*bounds)[page], may_pass)) continue;
    rows.Add(static_cast<uint32_t>(locations[page].first_row),
             static_cast<uint32_t>(EndRow(group, locations, page)));
  }
  return rows;
}

}  // namespace vivace
