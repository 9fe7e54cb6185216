// NewestCollector: finds the traces of a block that began last, for its index (NewestTraces), while
// row groups are written or read one after the other.
//
// Owned by one IndexBuilder. Cost: a comparison for each trace, and what is kept of those that are
// among the newest so far. Memory: up to twice kIndexNewestMax traces with the texts of their
// roots.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "block/index/index_content.h"
#include "columns/column_view.h"

namespace vivace {

// A row group's traces: times as a view gives them, root services and names as codes.
struct RowGroupTraces {
  std::span<const TraceId> ids;
  std::span<const uint64_t> start_unix_nanos;
  std::span<const uint64_t> end_unix_nanos;
  std::span<const uint32_t> root_services;  // Column::kMissing: none
  std::span<const uint32_t> root_names;
  const ValueTable& services;
  const ValueTable& names;
};

class NewestCollector {
 public:
  // The traces of the next row group.
  void Add(const RowGroupTraces& traces);
  // How many there were.
  uint64_t trace_count() const { return trace_count_; }
  // The newest, as many as an index of a block of `data_bytes` has.
  NewestTraces Take(uint64_t data_bytes);

 private:
  struct Trace {
    uint32_t row;
    TraceId id;
    uint64_t start_unix_nanos;
    uint64_t end_unix_nanos;
    std::optional<std::string> root_service;
    std::optional<std::string> root_name;
  };

  static bool ComesBefore(const Trace& a, const Trace& b);
  static std::optional<std::string> TextOf(const ValueTable& table, uint32_t code);
  // The texts of the roots of traces as a table, and the codes of all.
  static std::shared_ptr<const ValueTable> MakeCodes(std::span<const Trace> traces,
                                                     std::optional<std::string> Trace::*text,
                                                     std::vector<uint32_t>& codes);

  uint64_t trace_count_ = 0;
  std::vector<Trace> newest_;  // sorted
};

}  // namespace vivace
