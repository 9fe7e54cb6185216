// The leaf columns of a block's files, declared once: reader and writer index their work by Leaf,
// whose numbers are the column numbers in data.parquet (vParquet4: 103 leaves in this order; Tempo
// panics on any other order), and by ExtraLeaf for vivace-extra.parquet.
//
// A leaf belongs to a kind of row (trace, resource, scope, span, event, link); lists nest as trace
// > resource > scope > span > event/link, and each but the trace has attributes, a list of seven
// leaves. Because every group is required, a leaf's levels follow from its depth alone. Constant
// tables, any thread. How they look in Parquet: block/format/parquet_schema.h; in words:
// docs/block-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "columns/row_kind.h"
#include "parquet/leaf_info.h"

namespace vivace {

enum class Field : uint8_t;  // columns/column_view.h

enum class Leaf : uint8_t {
  kTraceId,
  kTraceIdText,
  kStartTimeUnixNano,
  kEndTimeUnixNano,
  kDurationNano,
  kRootServiceName,
  kRootSpanName,
  kServiceStatsKey,
  kServiceStatsSpanCount,
  kServiceStatsErrorCount,

  kResourceAttributes,  // the first of seven: AttributeLeavesOf()
  kResourceDroppedAttributesCount = kResourceAttributes + 7,
  kResourceServiceName,
  kResourceCluster,
  kResourceNamespace,
  kResourcePod,
  kResourceContainer,
  kResourceK8sClusterName,
  kResourceK8sNamespaceName,
  kResourceK8sPodName,
  kResourceK8sContainerName,
  kResourceDedicated,  // the first of ten: DedicatedLeaf()

  kScopeName = kResourceDedicated + 10,
  kScopeVersion,
  kScopeAttributes,
  kScopeDroppedAttributesCount = kScopeAttributes + 7,

  kSpanId,
  kSpanParentSpanId,
  kSpanParentId,
  kSpanNestedSetLeft,
  kSpanNestedSetRight,
  kSpanName,
  kSpanKind,
  kSpanTraceState,
  kSpanStartTimeUnixNano,
  kSpanDurationNano,
  kSpanStatusCode,
  kSpanStatusMessage,
  kSpanAttributes,
  kSpanDroppedAttributesCount = kSpanAttributes + 7,

  kEventTimeSinceStartNano,
  kEventName,
  kEventAttributes,
  kEventDroppedAttributesCount = kEventAttributes + 7,
  kSpanDroppedEventsCount,

  kLinkTraceId,
  kLinkSpanId,
  kLinkTraceState,
  kLinkAttributes,
  kLinkDroppedAttributesCount = kLinkAttributes + 7,
  kSpanDroppedLinksCount,

  kSpanHttpMethod,
  kSpanHttpUrl,
  kSpanHttpStatusCode,
  kSpanDedicated,  // the first of ten
};
inline constexpr size_t kLeafCount = static_cast<size_t>(Leaf::kSpanDedicated) + 10;
static_assert(kLeafCount == 103);

// vivace-extra.parquet: what vParquet4 has no column for (docs/extra-file.md).
enum class ExtraLeaf : uint8_t {
  kResourceSchemaUrl,
  kResourceEntityRefs,
  kScopeSchemaUrl,
  kSpanFlags,
  kLinkFlags
};
inline constexpr size_t kExtraLeafCount = 5;

// Lists around a row of this kind: the definition level at which the row exists.
constexpr int16_t DepthOf(RowKind kind) {
  constexpr int16_t kDepths[] = {0, 1, 1, 2, 3, 4, 4};
  return kDepths[static_cast<size_t>(kind)];
}

// By column number: the leaves of data.parquet and of vivace-extra.parquet.
std::span<const LeafInfo> BlockLeaves();
std::span<const LeafInfo> ExtraLeaves();

constexpr size_t ColumnOf(Leaf leaf) { return static_cast<size_t>(leaf); }
constexpr size_t ColumnOf(ExtraLeaf leaf) { return static_cast<size_t>(leaf); }
inline const LeafInfo& InfoOf(Leaf leaf) { return BlockLeaves()[ColumnOf(leaf)]; }

// The kind of row that a leaf belongs to; for attribute leaves the owner of the attributes.
RowKind RowKindOf(Leaf leaf);
RowKind RowKindOf(ExtraLeaf leaf);

// DATA_LOSS that names the leaf's column.
std::unexpected<Error> DamagedColumn(Leaf leaf, std::string_view message);

// The seven leaves of an attribute list. `key` and `is_array` have one value per attribute; the
// `value*` lists have none, one or (for arrays) many; `unsupported` is null unless the value is
// kept as JSON.
struct AttributeLeaves {
  Leaf key, is_array, value, value_int, value_double, value_bool, unsupported;
};

inline constexpr size_t kAttributeLeafCount = 7;

constexpr Leaf LeafAfter(Leaf leaf, size_t steps) {
  return static_cast<Leaf>(static_cast<size_t>(leaf) + steps);
}

// `owner`: kResource, kScope, kSpan, kEvent or kLink.
constexpr AttributeLeaves AttributeLeavesOf(RowKind owner) {
  const Leaf first = owner == RowKind::kResource ? Leaf::kResourceAttributes
                     : owner == RowKind::kScope  ? Leaf::kScopeAttributes
                     : owner == RowKind::kSpan   ? Leaf::kSpanAttributes
                     : owner == RowKind::kEvent  ? Leaf::kEventAttributes
                                                 : Leaf::kLinkAttributes;
  return {first,
          LeafAfter(first, 1),
          LeafAfter(first, 2),
          LeafAfter(first, 3),
          LeafAfter(first, 4),
          LeafAfter(first, 5),
          LeafAfter(first, 6)};
}

// Whether it is one of an owner's seven.
constexpr bool IsAttributeLeaf(Leaf leaf) {
  for (const RowKind owner :
       {RowKind::kResource, RowKind::kScope, RowKind::kSpan, RowKind::kEvent, RowKind::kLink}) {
    const Leaf first = AttributeLeavesOf(owner).key;
    if (leaf >= first && leaf < LeafAfter(first, kAttributeLeafCount)) return true;
  }
  return false;
}

inline constexpr size_t kDedicatedSlots = 10;

// String01..String10 as slot 0..9. `owner`: kResource or kSpan.
constexpr Leaf DedicatedLeaf(RowKind owner, size_t slot) {
  return LeafAfter(owner == RowKind::kResource ? Leaf::kResourceDedicated : Leaf::kSpanDedicated,
                   slot);
}

// The leaf that has the values of a field as they are, where a query may leave row groups and pages
// out by them: texts, and the duration of spans. None for other fields.
std::optional<Leaf> LeafOfField(Field field);

}  // namespace vivace
