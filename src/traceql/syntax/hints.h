// Hints: `with (name=literal, …)` at the end of a query (spec/traceql.md 3.5).
//
// Any name is accepted; of those that Tempo knows these have an effect:
//   exemplars            how many exemplars a metrics query shows
//   cache                false: the query does without what earlier ones have collected of blocks
//                        (ours; Tempo knows no such hint)
// and these have none:
//   most_recent          a search finds the newest traces anyway
//   sample, span_sample, trace_sample, extrapolate
//                        answers are exact (docs/traceql-differences.md)
//   job_size, time_overlap_cutoff, concurrent_blocks, debug, info, debug_return_in,
//   debug_std_dev, debug_data_factor
//                        how Tempo itself runs a query: it too ignores them unless a tenant may
//                        use unsafe hints
// Pure functions, any thread; linear in the number of hints.
#pragma once

#include <cstdint>
#include <optional>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// `exemplars=`: a number, below 0 none; false: none. True, and values of other types, say nothing:
// then a later one may.
std::optional<uint64_t> ExemplarsHint(const Query& query);
// False only where `cache=` says so.
bool CacheHint(const Query& query);

}  // namespace vivace::traceql
