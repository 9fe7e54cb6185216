// AttributeColumns: the attribute lists of all resources (or scopes, spans, events, links) of a row
// group being turned into columns.
//
// Call order: Begin AddRow* Finish (Write | Promoted)*. Rows come in the order of the row group.
// What lists of one shape have in common is taken from ListShapes; per row only codes are copied.
// Owned by one row group's writing; 4 bytes per attribute and 8 per row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "block/write/attribute_traits.h"
#include "block/write/attribute_values.h"
#include "block/write/list_shapes.h"
#include "block/write/promotion.h"
#include "columns/segment.h"
#include "parquet/encode/column_chunk_writer.h"

namespace vivace {

// The attributes of a block with all that is derived from them.
struct BlockAttributes {
  const Segment& segment;
  const AttributeValues& values;
  const AttributeTraits& traits;
  const Promotion& promotion;
};

class AttributeColumns {
 public:
  static constexpr AttributeCode kNone = Segment::kNone;

  // `attributes` must outlive this.
  AttributeColumns(RowKind owner, const BlockAttributes& attributes);

  // So many rows will come, with at most so many attributes in all.
  void Begin(size_t rows, size_t attributes_max);
  // The attributes of the next row, as they were sent; with the segment's name for the shape of the
  // list where there is one.
  void AddRow(std::span<const AttributeCode> codes) { AddRow(shapes_.ShapeOf(codes), codes); }
  void AddShapedRow(uint32_t segment_shape, std::span<const AttributeCode> codes) {
    AddRow(shapes_.ShapeOf(segment_shape, codes), codes);
  }
  // After the last row; `owners` are the rows, and must outlive this.
  void Finish(const ParentRowPages& owners);

  // The attribute that a target (Promotion::TargetOf) takes from each row, or kNone; empty where no
  // row has one.
  const std::vector<AttributeCode>& PromotedCodes(size_t target) const { return promoted_[target]; }

  // The seven columns of the lists.
  Status Write(ColumnChunkWriter& chunk) const;

 private:
  void AddRow(uint32_t shape, std::span<const AttributeCode> codes);
  void LayOutPage(size_t page);
  PageFiller<ValueToken> Values(ValueColumn column) const;
  void FillValues(size_t page, ValueColumn column, LevelEncoder* repetition,
                  PageInput<ValueToken>& out) const;
  void AppendTokens(bool arrays, const ListShapes::Column& column, const AttributeCode* codes,
                    std::vector<ValueToken>& out) const;
  Status WriteKeys(ColumnChunkWriter& chunk, const LeafInfo& leaf) const;
  Status WriteIsArray(ColumnChunkWriter& chunk, const LeafInfo& leaf) const;
  Status WriteStrings(ColumnChunkWriter& chunk, const LeafInfo& leaf) const;
  Status WriteScalars(ColumnChunkWriter& chunk, const LeafInfo& leaf, ValueColumn column) const;
  Status WriteUnsupported(ColumnChunkWriter& chunk, const LeafInfo& leaf) const;
  bool Has(ValueColumn column) const { return has_[static_cast<size_t>(column)]; }

  RowKind owner_;
  const BlockAttributes& attributes_;
  ListShapes shapes_;
  size_t rows_ = 0;
  std::vector<uint32_t> row_shapes_;
  std::vector<uint32_t> begins_;  // row i has the stored attributes [begins_[i], begins_[i + 1])
  std::vector<AttributeCode> codes_;                  // in the order in which they are stored
  std::vector<std::vector<AttributeCode>> promoted_;  // by target
  bool has_[kValueColumns] = {};
  bool has_arrays_ = false;
  const ParentRowPages* owners_ = nullptr;
  RowPages row_pages_;  // of the attributes
};

}  // namespace vivace
