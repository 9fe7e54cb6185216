#include "api/query_stats_answer.h"

#include <algorithm>
#include <string>

namespace vivace {
namespace {

void WriteNumber(std::string_view key, uint64_t number, JsonWriter& json) {
  if (number != 0) json.Key(key), json.Uint(number);
}
void WriteLong(std::string_view key, uint64_t number, JsonWriter& json) {
  if (number != 0) json.Key(key), json.QuotedUint(number);
}
void Add(protozero::pbf_writer& out, uint32_t number, uint64_t value) {
  if (value != 0) out.add_uint64(number, value);
}

}  // namespace

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

void AppendQueryStats(const QueryStats& stats, uint32_t number, protozero::pbf_writer& out, bool with_traces) {
  std::string data;
  protozero::pbf_writer message(data);
  if (with_traces) Add(message, 1, std::min<uint64_t>(stats.inspected_traces, UINT32_MAX));
  Add(message, 2, stats.inspected_bytes);
  Add(message, 3, stats.total_blocks);
  Add(message, 4, stats.completed_jobs);
  Add(message, 5, stats.total_jobs);
  Add(message, 6, stats.total_block_bytes);
  out.add_message(number, data);
}

}  // namespace vivace
