#include "api/responses/query_stats_encoding.h"

#include <algorithm>
#include <string>

#include "api/responses/sparse_fields.h"

namespace vivace {

void WriteQueryStats(const QueryStats& stats, JsonWriter& json, bool with_traces) {
  json.BeginObject();
  if (with_traces) WriteNumber("inspectedTraces", stats.inspected_traces, json);
  WriteLong("inspectedBytes", stats.inspected_bytes, json);
  WriteNumber("totalBlocks", stats.total_blocks, json);
  WriteNumber("completedJobs", stats.completed_jobs, json);
  WriteNumber("totalJobs", stats.total_jobs, json);
  WriteLong("totalBlockBytes", stats.total_block_bytes, json);
  json.EndObject();
}

void AppendQueryStats(const QueryStats& stats, uint32_t number, protozero::pbf_writer& out,
                      bool with_traces) {
  std::string data;
  protozero::pbf_writer message(data);
  if (with_traces) AddUint(message, 1, std::min<uint64_t>(stats.inspected_traces, UINT32_MAX));
  AddUint(message, 2, stats.inspected_bytes);
  AddUint(message, 3, stats.total_blocks);
  AddUint(message, 4, stats.completed_jobs);
  AddUint(message, 5, stats.total_jobs);
  AddUint(message, 6, stats.total_block_bytes);
  out.add_message(number, data);
}

}  // namespace vivace
