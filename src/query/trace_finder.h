// TraceFinder: finds a trace in the segments and blocks of this process.
//
// Segments first (they are memory), then every block that the request's times and ids allow, by the
// indexed path of BlockReader. A damaged block is reported and skipped. Any thread; blocks the
// caller for a bloom filter per block and about a millisecond per block that has it.
#pragma once

#include <functional>
#include <string>

#include "ingest/ingester.h"
#include "query/block_catalog.h"
#include "query/trace_lookup.h"

namespace vivace {

class TraceFinder final : public TraceLookup {
 public:
  // `trace_bytes_max`: a tenant's max_bytes_per_trace, 0 for no limit. Both references must outlive
  // the finder.
  TraceFinder(const Ingester& ingester, BlockCatalog& catalog,
              std::function<uint64_t(const std::string& tenant)> trace_bytes_max);

  Result<TraceResult> Find(const TraceRequest& request) override;

 private:
  Status SearchBlocks(const TraceRequest& request, uint64_t bytes_max, SpanBatchBuilder& spans,
                      TraceResult& result);

  const Ingester& ingester_;
  BlockCatalog& catalog_;
  const std::function<uint64_t(const std::string& tenant)> trace_bytes_max_;
};

}  // namespace vivace
