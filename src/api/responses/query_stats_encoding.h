// The statistics of a query as tempopb.SearchMetrics: JSON and protobuf. Pure functions, any
// thread.
#pragma once

#include <protozero/pbf_writer.hpp>

#include "base/json_writer.h"
#include "query/query_stats.h"

namespace vivace {

// An object; figures that are zero are left out, inspected traces unless `with_traces`.
void WriteQueryStats(const QueryStats& stats, JsonWriter& json, bool with_traces = false);
// Field `number` of `out`.
void AppendQueryStats(const QueryStats& stats, uint32_t number, protozero::pbf_writer& out,
                      bool with_traces = false);

}  // namespace vivace
