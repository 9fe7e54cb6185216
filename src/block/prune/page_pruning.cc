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

bool MayPass(LeafType type, const PageBounds& bounds, const RangeTest& may_pass) {
  if (bounds.all_null) return false;
  const std::optional<AttributeValue> first = ValueOf(type, bounds.first);
  const std::optional<AttributeValue> last = ValueOf(type, bounds.last);
  if (!first.has_value() || !last.has_value()) return true;
  const bool is_unsigned_order = first->kind == ValueKind::kInt && first->AsInt() > last->AsInt();
  return is_unsigned_order || may_pass(*first, *last);
}

}  // namespace

Result<RowSet> RowsThatMayHave(const ParquetFile& file, size_t row_group, const DedicatedSlots& slots, const ColumnName& column,
                               const RangeTest& may_pass, ReadStats& stats) {
  const RowGroup& group = file.row_groups()[row_group];
  const RowSet all = RowSet::All(static_cast<uint32_t>(group.rows));
  VIVACE_ASSIGN(const std::optional<Leaf> leaf, OnlyLeafOf(file, row_group, slots, column, stats));
  if (!leaf.has_value()) return all;
  VIVACE_ASSIGN(const std::shared_ptr<const PagePositions> pages, file.Pages(row_group, stats));
  const std::vector<PagePosition>& positions = (*pages)[ColumnOf(*leaf)];
  VIVACE_ASSIGN(const std::shared_ptr<const std::vector<PageBounds>> bounds, file.Bounds(row_group, ColumnOf(*leaf), stats));
  if (bounds->size() != positions.size() || positions.empty()) return all;
  RowSet rows;
  for (size_t page = 0; page < positions.size(); ++page) {
    if (!MayPass(InfoOf(*leaf).type, (*bounds)[page], may_pass)) continue;
    rows.Add(static_cast<uint32_t>(positions[page].first_row), static_cast<uint32_t>(EndRow(group, positions, page)));
  }
  return rows;
}

}  // namespace vivace
