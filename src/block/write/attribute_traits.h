// AttributeTraits: what is needed to assign an attribute to a column, in four bytes by code: its
// key and the column of its value.
//
// A row group's attributes are visited in the order of its rows, which is random in the segment's
// tables; one small lookup per occurrence instead of several large ones is what keeps that cheap.
// Owned by one block build; 4 bytes per distinct attribute.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "block/write/attribute_values.h"
#include "columns/segment.h"

namespace vivace {

class AttributeTraits {
 public:
  AttributeTraits(const Segment& segment, const AttributeValues& values);

  struct Entry {
    uint32_t key : 24;
    uint32_t column : 6;    // a ValueColumn
    uint32_t is_empty : 1;  // an empty text
    uint32_t is_array : 1;
    ValueColumn value_column() const { return static_cast<ValueColumn>(column); }
    // A single string or a single integer: what promoted columns take.
    bool IsString() const { return value_column() == ValueColumn::kString && !is_array; }
    bool IsInt() const { return value_column() == ValueColumn::kInt && !is_array; }
    uint32_t Packed() const { return std::bit_cast<uint32_t>(*this); }
  };
  static_assert(sizeof(Entry) == 4);

  const Entry& operator[](AttributeCode code) const { return entries_[code]; }
  // The rank of a key in an attribute list: lower comes first (RankKeys of the segment).
  uint32_t Rank(uint32_t key) const { return ranks_[key]; }

 private:
  std::vector<Entry> entries_;
  std::vector<uint32_t> ranks_;
};

}  // namespace vivace
