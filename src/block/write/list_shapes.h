// ListShapes: what attribute lists have in common whose attributes have the same keys and kinds of
// values, in the same order.
//
// Spans of one operation have lists of the same shape, so what follows from the shape alone is
// computed once per shape instead of once per attribute: which attributes leave the list for a
// column of their own, the order of the others, their keys, and the levels and sources of each
// value column. Owned by one row group's attribute columns; about 300 bytes per shape and 30 per
// attribute of its list.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/containers/code_table.h"
#include "block/write/attribute_traits.h"
#include "block/write/attribute_values.h"
#include "block/write/promotion.h"
#include "parquet/encode/levels.h"

namespace vivace {

class ListShapes {
 public:
  // A piece of one of the pools.
  struct Range {
    uint32_t begin = 0;
    uint32_t size = 0;
  };
  // A column of values: none, one or (for arrays) many per attribute.
  struct Column {
    LevelPattern
        repetition;  // without the list's first entry, whose level depends on what it stands in
    LevelPattern definition;
    Range sources;         // which attributes of the stored list have values in the column
    uint32_t entries = 0;  // values, and one for each attribute without any
  };
  // An attribute that leaves the list.
  struct Promoted {
    uint32_t target;
    uint32_t position;  // in the list as it was sent
  };
  struct Shape {
    Range order;  // positions in the list as it was sent, of the attributes that stay, in the order
                  // in which they are stored
    Range promoted;
    uint32_t keys_begin = 0;  // of the stored list, in keys()
    bool has_arrays = false;
  };

  // Lists of `owner`'s rows. All must outlive the shapes.
  ListShapes(RowKind owner, const Segment& segment, const AttributeValues& values,
             const AttributeTraits& traits, const Promotion& promotion);

  // The number of the list's shape; it is made where it is new.
  uint32_t ShapeOf(std::span<const AttributeCode> codes);
  // The same where the segment has named the list's shape (an index into Segment::shapes()): almost
  // always an array access.
  uint32_t ShapeOf(uint32_t segment_shape, std::span<const AttributeCode> codes) {
    if (known_[segment_shape] == kUnknown) return LookUp(segment_shape, codes);
    return known_[segment_shape];
  }

  size_t size() const { return shapes_.size(); }
  const Shape& operator[](uint32_t shape) const { return shapes_[shape]; }
  // By shape: a column at a time is written, so a column's own stand together.
  const std::vector<Column>& ColumnsOf(ValueColumn column) const {
    return columns_[static_cast<size_t>(column)];
  }
  std::span<const uint32_t> Positions(Range range) const {
    return {positions_.data() + range.begin, range.size};
  }
  std::span<const uint32_t> Keys(const Shape& shape) const {
    return {keys_.data() + shape.keys_begin, shape.order.size};
  }
  std::span<const Promoted> PromotedOf(const Shape& shape) const {
    return {promoted_.data() + shape.promoted.begin, shape.promoted.size};
  }
  const std::string& level_bytes() const { return level_bytes_; }

 private:
  static constexpr uint32_t kUnknown = 0xffffffff;

  uint32_t LookUp(uint32_t segment_shape, std::span<const AttributeCode> codes);
  void MakeSignature(std::span<const AttributeCode> codes);
  uint32_t MakeShape(std::span<const AttributeCode> codes);
  // Fills `stored_` and promoted_ with the positions of attributes that stay and those that leave.
  void Split(std::span<const AttributeCode> codes, Shape& shape);
  void SortByRank(std::span<const AttributeCode> codes);
  Column MakeColumn(ValueColumn column, std::span<const AttributeCode> codes);

  const AttributeValues& values_;
  const AttributeTraits& traits_;
  const Promotion& promotion_;
  RowKind owner_;
  uint8_t depth_;  // definition level of an attribute

  std::vector<uint32_t> known_;  // by shape of the segment
  CodeTable table_;
  std::vector<Shape> shapes_;
  std::array<std::vector<Column>, kValueColumns> columns_;  // by ValueColumn, by shape
  std::vector<Range> signatures_;                           // by shape, in signature_words_
  std::vector<uint32_t> signature_words_;
  std::vector<uint32_t> positions_;
  std::vector<uint32_t> keys_;
  std::vector<Promoted> promoted_;
  std::string level_bytes_;
  std::vector<uint32_t> words_;   // scratch: the signature of the list at hand
  std::vector<uint32_t> stored_;  // scratch: positions of the attributes that stay
};

}  // namespace vivace
