// SpanStructure: which spans of a row group lie in which scope, resource and trace.
//
// Worked out from levels once and kept by the ParquetFile, since nearly every query needs it: 4 bytes a trace, resource and scope.
// Immutable, any thread. Inside src/block only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/row_set.h"
#include "parquet/read_stats.h"

namespace vivace {

class ParquetFile;

struct SpanStructure {
  // Row i has the rows [begins[i], begins[i + 1]) of the kind.
  std::vector<uint32_t> resource_begins;
  std::vector<uint32_t> scope_begins;
  std::vector<uint32_t> span_begins;

  // Of these rows alone, which must be there.
  SpanStructure Of(const RowSet& rows) const;

  uint32_t traces() const { return static_cast<uint32_t>(resource_begins.size()) - 1; }
  uint32_t resources() const { return resource_begins.back(); }
  uint32_t scopes() const { return scope_begins.back(); }
  uint32_t spans() const { return span_begins.back(); }
  size_t MemoryBytes() const {
    return sizeof *this + (resource_begins.capacity() + scope_begins.capacity() + span_begins.capacity()) * sizeof(uint32_t);
  }
};

// The kept one, or else read from a leaf that every span has. DATA_LOSS where levels make no sense.
Result<std::shared_ptr<const SpanStructure>> StructureOf(const ParquetFile& file, size_t row_group, ReadStats& stats);

}  // namespace vivace
