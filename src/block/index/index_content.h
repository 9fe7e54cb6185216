// What vivace-index.bin knows of its block, as values: the same for who builds an index and for who
// reads one (docs/index-file.md).
//
// Plain values: read-only and shared by all threads once they are read. Rows are those of the
// block: row groups follow each other, in each the rows stand as a ColumnView of it has them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "columns/column_view.h"
#include "columns/row_kind.h"

namespace vivace {

// The traces of the block that began last: in descending order of start, then ascending of row; for
// all vectors an entry per trace. No other trace of the block comes before the last of them. Times
// and roots are what a view of the block gives as Field::kTraceStart, kTraceEnd, kTraceRootService
// and kTraceRootName. 44 bytes per trace.
struct NewestTraces {
  std::vector<uint32_t> rows;
  std::vector<TraceId> ids;
  std::vector<uint64_t> start_unix_nanos;
  std::vector<uint64_t> end_unix_nanos;
  // Codes of the tables below; Column::kMissing: none.
  std::vector<uint32_t> root_services;
  std::vector<uint32_t> root_names;
  std::shared_ptr<const ValueTable> services;  // distinct texts
  std::shared_ptr<const ValueTable> names;

  size_t size() const { return rows.size(); }
};

// The keys that attributes of the block have: by their owner ascending, each once.
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
// of the whole block, every span once.
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

}  // namespace vivace
