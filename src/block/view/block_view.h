// BlockView: one row group of a block, to query: the same columns that a live segment shows
// (column_view.h).
//
// Leaves are read whole when a query first asks for something that lies in them, and kept until the
// view goes; a leaf that has no value in the row group (by its statistics) is never read. Damage is
// DATA_LOSS with the column's name. One thread. Memory: the levels (2 bytes per entry) and values
// (4 or 8 bytes each, and the distinct texts) of the leaves asked for.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "block/format/dedicated_columns.h"
#include "block/view/keyed_attributes.h"
#include "block/view/span_structure.h"
#include "block/view/view_values.h"
#include "columns/column_view.h"
#include "parquet/decode/leaf_reader.h"
#include "parquet/parquet_file.h"

namespace vivace {

class BlockView final : public ColumnView {
 public:
  // `structures`: of the file. `slots`: of the block. `rows`: the traces that the view has, none
  // for all; only the pages that they lie in are read. `stats` counts what is read; it and `budget`
  // (which may be null) must outlive the view.
  static Result<std::unique_ptr<BlockView>> Make(std::shared_ptr<const ParquetFile> file,
                                                 SpanStructures& structures, size_t row_group,
                                                 const DedicatedSlots& slots,
                                                 std::optional<RowSet> rows, ReadStats& stats,
                                                 MemoryBudget* budget = nullptr);

  uint32_t rows(RowKind kind) const override { return rows_[static_cast<size_t>(kind)]; }
  Result<std::span<const uint32_t>> Begins(RowKind kind) override;
  std::span<const uint32_t> Owners(RowKind kind) override;
  Result<const Column*> Load(Field field) override;
  Result<const Column*> LoadAttribute(RowKind owner, std::string_view key) override;
  bool IsLoaded(RowKind owner, std::string_view key) const override;
  void Release(RowKind owner, std::string_view key) override;
  Result<std::span<const TraceId>> TraceIds() override;
  Result<std::vector<TraceId>> TraceIdsOf(const RowSet& traces) override;
  Result<std::span<const TraceId>> LinkTraceIds() override;
  Result<std::span<const NestedSetNumbers>> NestedSets() override;
  Result<std::unique_ptr<AttributePairs>> LoadPairs(RowKind owner) override;
  Status ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) override;

 private:
  using LeafPtr = std::shared_ptr<const LeafData>;
  BlockView(std::shared_ptr<const ParquetFile> file, size_t row_group, const DedicatedSlots& slots,
            std::optional<RowSet> rows, ReadStats& stats, MemoryBudget* budget);
  const ColumnChunk& ChunkOf(Leaf leaf) const {
    return file_->row_groups()[row_group_].chunks[ColumnOf(leaf)];
  }
  Result<uint64_t> UncompressedBytes(Leaf leaf) const;
  // Takes the memory from the budget, then reads the leaf.
  Result<LeafData> ReadWithinBudget(Leaf leaf, LeafParts parts);
  Result<LeafPtr> Read(Leaf leaf);
  // Null where the leaf has no values, or only defaults.
  Result<LeafPtr> ReadOrNull(Leaf leaf);
  bool HasValues(Leaf leaf) const;
  Status ListKeysOfLists(RowKind owner, const std::function<void(std::string_view key)>& add);
  Status ReadChildBegins(Leaf leaf, RowKind kind, std::vector<uint32_t>& begins);
  Result<KeyedAttributes*> ListsOf(RowKind owner);

  Result<Column> MakeField(Field field);
  Result<Column> ReadRequired(Leaf leaf);
  Result<Column> ReadIds(Leaf leaf);
  Result<Column> SpanDurations();
  Result<Column> SpanEnds();
  Result<Column> EventTimes();
  Result<std::vector<TraceId>> ReadTraceIds(Leaf leaf, uint32_t count);

  Result<std::unique_ptr<Column>> MakeAttribute(RowKind owner, std::string_view key);
  Status AddPromotedColumn(Leaf leaf, const LeafData& data, uint32_t text_base,
                           AttributeColumnBuilder& builder) const;
  static void AddPromotedValue(Leaf leaf, const LeafData& data, size_t value, uint32_t text_base,
                               uint32_t row, AttributeColumnBuilder& builder);

  std::shared_ptr<const ParquetFile> file_;
  const size_t row_group_;
  const DedicatedSlots slots_;
  const std::optional<RowSet> selected_rows_;
  ReadStats& stats_;
  MemoryLease lease_;
  std::array<uint32_t, 7> rows_{};  // by RowKind
  std::map<size_t, LeafPtr> leaves_;
  std::shared_ptr<const SpanStructure> structure_;
  std::vector<uint32_t> event_begins_, link_begins_;
  std::map<RowKind, std::vector<uint32_t>> owners_;
  std::array<std::unique_ptr<Column>, kFieldCount> fields_;
  KeyedAttributes::ReadFunction read_or_null_;
  std::map<RowKind, KeyedAttributes> lists_;
  std::map<std::pair<RowKind, std::string>, std::unique_ptr<Column>, std::less<>> attributes_;
  std::vector<TraceId> trace_ids_;
  std::vector<TraceId> link_trace_ids_;
  std::vector<NestedSetNumbers> nested_sets_;
};

}  // namespace vivace
