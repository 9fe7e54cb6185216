// Pruning: which parts of the data a query can skip, because no value there passes its entry
// conditions.
//
// This is the query's side of all pruning: it knows comparisons and columns, and asks whoever holds
// the data whether a column may have a value that passes: QuerySources (query/query_sources.h) asks
// blocks, which answer by dictionaries and page bounds (block/prune/, where all prunings are
// listed), and segments, which answer by the values of their keys. PipelineRunner::MayMatch does
// the same for single traces. Made once per query, read-only, any thread. Cost: a call for each
// comparison and column.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/containers/row_set.h"
#include "columns/column_view.h"
#include "traceql/expression/comparison.h"
#include "traceql/pipeline/entry_filters.h"

namespace vivace::traceql {

class Pruning {
 public:
  // Skips nothing.
  Pruning() = default;
  explicit Pruning(const EntryConditions& entry_conditions);

  // Whether part of the data may match. `may_have`: whether it may have a value that passes in a
  // column, `only` that text where there is one; false is certain.
  using MayHave = std::function<Result<bool>(const ColumnName& column, const ValuePredicate& passes,
                                             const std::optional<std::string_view>& only)>;
  Result<bool> MayMatch(const MayHave& may_have) const;

  // How many rows of the data can pass at most, where it is known; a trace that matches has one.
  // `count_rows`: how many have a value that passes in a column; kNotKnown where that is not known.
  static constexpr uint64_t kNotKnown = UINT64_MAX;
  using CountRows =
      std::function<Result<uint64_t>(const ColumnName& column, const ValuePredicate& passes)>;
  Result<uint64_t> MostRows(const CountRows& count_rows) const;

  // Of so many rows those that may match. `rows_that_may_have`: the rows that may have a value that
  // passes in a column; the others certainly have none.
  using RowsThatMayHave =
      std::function<Result<RowSet>(const ColumnName& column, const RangePredicate& may_pass)>;
  Result<RowSet> RowsThatMayMatch(uint32_t rows, const RowsThatMayHave& rows_that_may_have) const;

  // The columns whose values it asks about.
  std::vector<ColumnName> Columns() const;

 private:
  // A comparison, and the columns whose values it is about.
  struct Requirement {
    std::vector<ColumnName> columns;
    Comparison comparison;
  };
  static Result<bool> MayHold(const Requirement& requirement, const MayHave& may_have);
  static Result<uint64_t> MostRowsOf(const Requirement& requirement, const CountRows& count_rows);
  static Result<RowSet> RowsThatMayHold(const Requirement& requirement,
                                        const RowsThatMayHave& rows_that_may_have);

  std::vector<std::vector<Requirement>> entry_conditions_;
};

}  // namespace vivace::traceql
