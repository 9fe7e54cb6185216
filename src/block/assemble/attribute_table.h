// AttributeTable: the generic attributes of all resources (or scopes, spans, events, links) of one
// trace's row, as values.
//
// Built whole before anything is handed out, so that damage is found before a batch is touched.
// Refers to the slices; one thread.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "block/assemble/leaf_column.h"
#include "columns/row_kind.h"
#include "columns/span_batch_builder.h"
#include "parquet/decode/row_reader.h"

namespace vivace {

class AttributeTable {
 public:
  // `owner`: a kind of row that has attributes; `rows`: how many.
  static Result<AttributeTable> Make(const RowSlices& slices, RowKind owner, size_t rows);

  // Calls `take` with the code of each attribute of a row, in stored order.
  template <typename Take>
  void AddRow(size_t row, SpanBatchBuilder& builder, Take&& take) const {
    for (uint32_t at = keys_.Begin(row); at < keys_.End(row); ++at)
      take(builder.AddAttribute(keys_.TextAt(at), values_[at]));
  }

 private:
  struct ValueLists;
  AttributeValue MakeValue(const ValueLists& lists, uint32_t attribute);
  AttributeValue MakeArray(const ValueLists& lists, uint32_t attribute);

  LeafColumn keys_;
  std::vector<AttributeValue> values_;  // by attribute
  std::deque<std::string>
      storage_;  // texts that are made here: a deque, so that they stay where they are
};

}  // namespace vivace
