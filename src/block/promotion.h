// Promotion: which attributes leave the attribute list for a column of their own: the well-known names of vParquet4 and the block's
// dedicated columns (spec/storage.md 2.3 and 3.5, "Promotion order").
//
// Of an attribute that comes twice the last one is promoted and the others stay in the list; an empty service.name stays there too,
// because its column can't tell it from none. Owned by one block build.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "block/attribute_profiles.h"
#include "block/dedicated_columns.h"
#include "block/row_group_layout.h"
#include "block/schema.h"
#include "columns/segment.h"

namespace vivace {

// Attributes of rows of one kind, split into the generic list and the promoted columns.
struct PromotedAttributes {
  static constexpr AttributeCode kNone = Segment::kNone;
  std::vector<uint32_t> begins;  // row i has the generic attributes [begins[i], begins[i + 1])
  std::vector<AttributeCode> generic;
  std::vector<std::vector<AttributeCode>> columns;  // by target; empty where no row has one, else a code or kNone by row
};

// The targets of resource attributes, in the order of PromotedAttributes::columns.
inline constexpr std::array<Leaf, 19> kResourceTargets = [] {
  std::array<Leaf, 19> leaves{};
  for (size_t i = 0; i < leaves.size(); ++i) leaves[i] = LeafAfter(Leaf::kResourceServiceName, i);  // 9 well-known names, 10 slots
  return leaves;
}();
// The same for span attributes.
inline constexpr std::array<Leaf, 13> kSpanTargets = [] {
  std::array<Leaf, 13> leaves{};
  for (size_t i = 0; i < leaves.size(); ++i) leaves[i] = LeafAfter(Leaf::kSpanHttpMethod, i);
  return leaves;
}();
static_assert(LeafAfter(Leaf::kResourceServiceName, 9) == DedicatedLeaf(RowKind::kResource, 0));
static_assert(LeafAfter(Leaf::kSpanHttpMethod, 3) == DedicatedLeaf(RowKind::kSpan, 0));

class Promotion {
 public:
  Promotion(const Segment& segment, const AttributeProfiles& profiles, const DedicatedSlots& slots);

  PromotedAttributes Resources(const RowGroupLayout& layout) const;
  PromotedAttributes Spans(const RowGroupLayout& layout) const;

 private:
  static constexpr uint8_t kGeneric = 0xff;

  // The promoted column of an attribute, by the columns of keys; kGeneric: none.
  uint8_t ColumnOf(const std::vector<uint8_t>& columns, uint8_t int_column, AttributeCode code) const;
  void Split(const std::vector<uint8_t>& columns, uint8_t int_column, const ChunkedArray<AttributeCode>& codes, uint32_t begin,
             uint32_t end, size_t row, size_t rows, PromotedAttributes& out) const;

  const Segment& segment_;
  const AttributeProfiles& profiles_;
  std::vector<uint8_t> resource_columns_;  // by key, or kGeneric
  std::vector<uint8_t> span_columns_;
};

}  // namespace vivace
