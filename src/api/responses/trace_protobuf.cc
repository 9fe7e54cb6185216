#include "api/responses/trace_protobuf.h"

#include "base/protobuf.h"
#include "columns/otlp_writer.h"

namespace vivace {

using protozero::pbf_writer;

std::string TraceToProtobuf(const SpanBatch& batch, std::span<const uint32_t> rows) {
  return ToTracesData(batch, rows);
}

std::string TraceByIdResponseToProtobuf(const SpanBatch& batch, std::span<const uint32_t> rows,
                                        const TraceResponseInfo& info) {
  std::string data;
  pbf_writer response(data);
  AppendMessage(data, response, 1, [&](pbf_writer& trace) {
    return WriteResourceSpans(batch, rows, data, trace), true;
  });
  AppendMessage(data, response, 2, [&](pbf_writer& metrics) {
    if (info.inspected_bytes > 0) metrics.add_uint64(1, info.inspected_bytes);
    return true;
  });
  if (info.is_partial) response.add_enum(3, 1);
  if (!info.message.empty()) response.add_string(4, info.message);
  return data;
}

}  // namespace vivace
