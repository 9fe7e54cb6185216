// NewestRows: the rows of a view in batches, those of the newest traces first, so that a search
// that wants the newest traces need not look at the others.
//
// By the sidecar index, which knows the newest traces of a block (block/index/index_content.h), or
// by the column of start times. KnownTraces are what the index knows of the rows of a batch. Plain
// values and pure functions, any thread; linear in the rows of the view.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/containers/row_set.h"
#include "block/index/index_content.h"

namespace vivace {

// Traces of an index, as many as a view has rows and in their order.
struct KnownTraces {
  std::shared_ptr<const NewestTraces> newest;
  std::vector<uint32_t> entries;  // of `newest`

  size_t size() const { return entries.size(); }
};

struct RowBatch {
  std::optional<RowSet> rows;    // none: all
  uint64_t next_unix_nanos = 0;  // none of the rows that follow begins later
  KnownTraces known;             // of the rows; without entries where the index does not know them
};

// A view's rows, all or some of them.
struct RowsOfView {
  uint32_t first = 0;  // rows of the block that the view's row group has
  uint32_t end = 0;
  const std::optional<RowSet>& chosen;  // from 0 on; none: all
  uint32_t size() const { return chosen.has_value() ? chosen->size() : end - first; }
};

// `sizes`: of the batches but the last, ascending, each counted with those before it; the last has
// all rows, those before it once more: leaving them out costs more. Empty where the index does not
// know enough of them. `traces`: of the block.
std::vector<RowBatch> SplitByIndex(const std::shared_ptr<const NewestTraces>& newest,
                                   uint64_t traces, const RowsOfView& rows,
                                   std::span<const size_t> sizes);
// The same by the start times of the chosen rows.
std::vector<RowBatch> SplitByStart(std::span<const uint64_t> start_unix_nanos,
                                   const std::optional<RowSet>& chosen,
                                   std::span<const size_t> sizes);

// What the index knows of rows of a row group that begins at row `first` of the block; without
// entries where it does not know all of them.
KnownTraces FindKnown(const std::shared_ptr<const NewestTraces>& newest, uint32_t first,
                      const RowSet& rows);

}  // namespace vivace
