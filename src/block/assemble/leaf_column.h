// LeafColumn: the slices of one trace's row reassembled: which span lies in which scope and
// resource, and for each leaf the value of each resource, scope, span, event or link.
//
// Dremel's levels in short: in a leaf below n lists, an entry with repetition <= d and definition
// >= d begins the next row at depth d. Counts that do not agree between leaves are DATA_LOSS. Plain
// values that refer to the slices; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "parquet/decode/leaf_slice.h"

namespace vivace {

// The values of a leaf by the row that owns them: row i owns values [Begin(i), End(i)).
class LeafColumn {
 public:
  LeafColumn() = default;

  // `depth` of the owning rows, `rows` of which there must be. Without a slice all rows are without
  // a value.
  static Result<LeafColumn> Make(const std::optional<LeafSlice>& slice, int16_t depth,
                                 int16_t max_definition, size_t rows);
  // As many rows as there are in the slice.
  static Result<LeafColumn> MakeAny(const std::optional<LeafSlice>& slice, int16_t depth,
                                    int16_t max_definition);

  size_t rows() const { return ends_.size(); }
  uint32_t Begin(size_t row) const { return row == 0 ? 0 : ends_[row - 1]; }
  uint32_t End(size_t row) const { return ends_[row]; }
  uint32_t value_count() const { return ends_.empty() ? 0 : ends_.back(); }
  bool Has(size_t row) const { return End(row) > Begin(row); }

  // The first value of a row; empty or 0 where there is none.
  std::string_view Text(size_t row) const {
    return Has(row) ? TextAt(Begin(row)) : std::string_view();
  }
  uint64_t Bits(size_t row) const { return Has(row) ? BitsAt(Begin(row)) : 0; }
  uint32_t Count(size_t row) const { return static_cast<uint32_t>(Bits(row)); }

  std::string_view TextAt(uint32_t value) const { return slice_->Text(value); }
  uint64_t BitsAt(uint32_t value) const { return slice_->bits[value]; }

 private:
  Status AssignToRows(const LeafSlice& slice, int16_t depth, int16_t max_definition);

  const LeafSlice* slice_ = nullptr;
  std::vector<uint32_t> ends_;
};

// The tree of a row without its values.
struct TraceHierarchy {
  size_t resources = 0;
  std::vector<uint32_t> scope_resource;  // by scope
  std::vector<uint32_t> span_scope;      // by span
};

// From the levels of a leaf of spans.
Result<TraceHierarchy> HierarchyOf(const LeafSlice& spans);

}  // namespace vivace
