// TraceFinder: finds a trace in the segments and blocks of this process.
//
// Segments first (they are memory), then every block that the request's times and ids allow, by the
// indexed path of BlockReader. What cannot be read is handled as block/read_failure.h has it: where
// a damaged block may have had the trace, the result says that it is partial. Any thread; blocks
// the caller for a bloom filter per block and about a millisecond per block that has it. Memory:
// what is found, within the budget of a query.
#pragma once

#include <functional>
#include <string>

#include "ingest/ingester.h"
#include "query/block_catalog.h"
#include "query/fresh_blocks.h"
#include "query/trace_lookup.h"

namespace vivace {

class TraceFinder final : public TraceLookup {
 public:
  // `trace_bytes_max`: a tenant's max_bytes_per_trace, 0 for no limit. `memory`: of all queries
  // together, may be null. All references must outlive the finder.
  TraceFinder(const Ingester& ingester, BlockCatalog& catalog,
              std::function<uint64_t(const std::string& tenant)> trace_bytes_max,
              MemoryBudget* memory = nullptr);

  Result<TraceResult> Find(const TraceRequest& request) override;

 private:
  const Ingester& ingester_;
  BlockCatalog& catalog_;
  const std::function<uint64_t(const std::string& tenant)> trace_bytes_max_;
  MemoryBudget* const memory_;
};

}  // namespace vivace
