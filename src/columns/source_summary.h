// SourceSummary: what is known of a source of spans as a whole, without a look at its columns:
// keys, values, counts. A block's sidecar index knows it (docs/index-file.md); queries are answered
// by it where it suffices (ViewQuery::AddSummary).
//
// What it gives are plain values, read-only and shared by all threads. A summary is for one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "columns/column_view.h"
#include "columns/row_kind.h"

namespace vivace {

// The keys that attributes of the source have: by their owner ascending, each once.
struct KeyLists {
  std::span<const std::string> Of(RowKind owner) const {
    return by_owner[static_cast<size_t>(owner)];
  }
  std::vector<std::string> by_owner[7];
};

// All distinct values that a column has in a row group, in an order that means nothing, and how
// many rows have each.
//
// A value is what a condition is compared with: a text, a bool, an int, a double; of an array and
// of a key that comes several times each element that differs counts for the row, so the numbers
// may add up to more than there are rows. kEmpty: the rows whose value is there but can't be
// queried (bytes, lists of keys and values, mixed and empty arrays). Kinds and status codes are
// ints.
struct ListedValues {
  std::shared_ptr<const ValueTable> values;
  std::vector<uint32_t> rows;  // by code of `values`
};

// How many spans started in each minute, by service, name, kind and status, with their durations:
// of the whole source, every span once.
struct SpanCounts {
  // Spans of one minute: those that started in (end_unix_minutes - 1, end_unix_minutes] minutes
  // since 1970, closed on the right as the intervals of metrics are.
  struct Cell {
    uint32_t end_unix_minutes;
    uint32_t spans;
    uint32_t buckets_begin, buckets_end;
  };
  // Spans whose duration is in (2^(exponent - 1), 2^exponent] nanoseconds. Those below 2 ns are in
  // none. The rule of Log2Histogram in traceql/metrics.
  struct Bucket {
    uint8_t exponent;
    uint32_t spans;
  };
  struct Group {
    uint32_t service;  // the resource's service.name; Column::kMissing: it has none
    uint32_t name;     // of the span
    uint32_t kind;     // OTLP's numbers, as Field::kSpanKind and kSpanStatus
    uint32_t status;
    uint32_t cells_begin, cells_end;
  };
  std::vector<Group> groups;    // each (service, name, kind, status) once
  std::vector<Cell> cells;      // of a group by minute ascending
  std::vector<Bucket> buckets;  // of a cell by exponent ascending
  // Of any kind but those that can't be queried, which are kEmpty; a service.name that has several
  // values is an array, as ColumnView::LoadAttribute gives it.
  std::shared_ptr<const ValueTable> services;
  std::shared_ptr<const ValueTable> names;
};

// Of the following, null: it is not known. Errors are the store's.
class SourceSummary {
 public:
  virtual ~SourceSummary() = default;

  virtual size_t view_count() const = 0;
  virtual Result<std::shared_ptr<const KeyLists>> Keys() = 0;
  virtual Result<std::shared_ptr<const SpanCounts>> Counts() = 0;
  // Of a view (of a row group).
  virtual Result<std::shared_ptr<const ListedValues>> Values(size_t view,
                                                             const ColumnName& column) = 0;
};

}  // namespace vivace
