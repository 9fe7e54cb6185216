#include "block/view/column_leaves.h"

#include <initializer_list>
#include <optional>

#include "block/format/schema.h"

namespace vivace {
namespace {

LeafSet SetOf(std::initializer_list<Leaf> leaves) {
  LeafSet set;
  for (const Leaf leaf : leaves) set.Add(ColumnOf(leaf));
  return set;
}

LeafSet LeavesOfField(Field field) {
  switch (field) {
    case Field::kTraceStart:
      return SetOf({Leaf::kStartTimeUnixNano});
    case Field::kTraceEnd:
      return SetOf({Leaf::kEndTimeUnixNano});
    case Field::kTraceRootName:
      return SetOf({Leaf::kRootSpanName});
    case Field::kTraceRootService:
      return SetOf({Leaf::kRootServiceName});
    case Field::kScopeName:
      return SetOf({Leaf::kScopeName});
    case Field::kScopeVersion:
      return SetOf({Leaf::kScopeVersion});
    case Field::kSpanId:
      return SetOf({Leaf::kSpanId});
    case Field::kSpanParentId:
      return SetOf({Leaf::kSpanParentSpanId});
    case Field::kSpanName:
      return SetOf({Leaf::kSpanName});
    case Field::kSpanKind:
      return SetOf({Leaf::kSpanKind});
    case Field::kSpanStatus:
      return SetOf({Leaf::kSpanStatusCode});
    case Field::kSpanStatusMessage:
      return SetOf({Leaf::kSpanStatusMessage});
    case Field::kSpanStart:
      return SetOf({Leaf::kSpanStartTimeUnixNano});
    case Field::kSpanEnd:
      return SetOf({Leaf::kSpanStartTimeUnixNano, Leaf::kSpanDurationNano});
    case Field::kSpanDuration:
      return SetOf({Leaf::kSpanDurationNano});
    case Field::kEventName:
      return SetOf({Leaf::kEventName, Leaf::kEventTimeSinceStartNano});
    case Field::kEventTime:
      return SetOf({Leaf::kSpanStartTimeUnixNano, Leaf::kEventTimeSinceStartNano});
    case Field::kLinkSpanId:
      return SetOf({Leaf::kLinkTraceId, Leaf::kLinkSpanId});
  }
  return {};
}

// Which rows there are, for kinds whose rows the structure of spans does not tell.
LeafSet LeavesOfRows(RowKind kind) {
  if (kind == RowKind::kEvent) return SetOf({Leaf::kEventTimeSinceStartNano});
  return kind == RowKind::kLink ? SetOf({Leaf::kLinkTraceId}) : LeafSet();
}

}  // namespace

LeafSet ColumnLeaves(const DedicatedSlots& slots, const ColumnName& column) {
  if (column.field.has_value()) return LeavesOfField(*column.field);
  LeafSet leaves = LeavesOfRows(column.owner);
  if (const auto promoted = PromotedLeafOf(slots, column.owner, column.key)) {
    leaves.Add(ColumnOf(*promoted));
    return leaves;
  }
  const AttributeLeaves list = AttributeLeavesOf(column.owner);
  leaves.Add(SetOf({list.key, list.value, list.value_int, list.value_double, list.value_bool}));
  return leaves;
}

}  // namespace vivace
