// Promotion: which attributes leave the attribute list for a column of their own: the well-known
// names of vParquet4 and the block's dedicated columns (spec/storage.md 2.3 and 3.5, "Promotion
// order").
//
// Of an attribute that comes twice the last one is promoted and the others stay in the list; an
// empty service.name stays there too, because its column cannot distinguish it from none. Owned by
// one block build.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "block/format/dedicated_columns.h"
#include "block/format/schema.h"
#include "block/write/attribute_traits.h"
#include "columns/segment.h"

namespace vivace {

// The targets of resource attributes, in the order of Promotion::TargetOf.
inline constexpr std::array<Leaf, 19> kResourceTargets = [] {
  std::array<Leaf, 19> leaves{};
  for (size_t i = 0; i < leaves.size(); ++i)
    leaves[i] = LeafAfter(Leaf::kResourceServiceName, i);  // 9 well-known names, 10 slots
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
  static constexpr uint8_t kGeneric = 0xff;
  static constexpr size_t kTargetsMax = kResourceTargets.size();

  Promotion(const Segment& segment, const DedicatedSlots& slots);

  // Which of kResourceTargets or kSpanTargets takes the attribute of a row of `owner`; kGeneric:
  // none, it stays in the list.
  uint8_t TargetOf(RowKind owner, AttributeTraits::Entry attribute) const;

 private:
  std::vector<uint8_t> resource_targets_;  // by key, or kGeneric
  std::vector<uint8_t> span_targets_;
};

}  // namespace vivace
