// SpanStructure: which spans of a row group lie in which scope, resource and trace.
//
// Worked out from levels once and kept by the BlockReader, since nearly every query needs it: 4
// bytes per trace, resource and scope. Immutable, any thread. Inside src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/containers/row_set.h"
#include "base/result.h"
#include "parquet/read_stats.h"

namespace vivace {

class ParquetFile;

struct SpanStructure {
  // Row i has the rows [begins[i], begins[i + 1]) of the kind.
  std::vector<uint32_t> resource_begins;
  std::vector<uint32_t> scope_begins;
  std::vector<uint32_t> span_begins;

  // The structure of these rows alone, which must exist.
  SpanStructure Select(const RowSet& rows) const;

  uint32_t traces() const { return static_cast<uint32_t>(resource_begins.size()) - 1; }
  uint32_t resources() const { return resource_begins.back(); }
  uint32_t scopes() const { return scope_begins.back(); }
  uint32_t spans() const { return span_begins.back(); }
  size_t MemoryBytes() const {
    return sizeof *this +
           (resource_begins.capacity() + scope_begins.capacity() + span_begins.capacity()) *
               sizeof(uint32_t);
  }
};

// The structures of the row groups of one file, each read when it is first asked for, from a leaf
// that every span has, and kept. Any thread.
class SpanStructures {
 public:
  explicit SpanStructures(size_t row_groups) : kept_(row_groups), few_reads_(row_groups) {}

  // `file`: always the same. DATA_LOSS where levels make no sense.
  Result<std::shared_ptr<const SpanStructure>> Get(const ParquetFile& file, size_t row_group,
                                                   ReadStats& stats);
  // That of some rows, from the pages that have them where these are few and nobody has asked for
  // all.
  Result<std::shared_ptr<const SpanStructure>> Get(const ParquetFile& file, size_t row_group,
                                                   const RowSet& rows, ReadStats& stats);
  // Forgets all; they are read again where they are needed.
  void Drop();
  size_t MemoryBytes() const;

 private:
  std::shared_ptr<const SpanStructure> Kept(size_t row_group) const;
  bool MayReadFew(size_t row_group);
  void Keep(size_t row_group, std::shared_ptr<const SpanStructure> structure);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const SpanStructure>> kept_;  // by row group; null until asked for
  std::vector<uint8_t> few_reads_;  // by row group: how often some rows were read alone
  size_t bytes_ = 0;
};

}  // namespace vivace
