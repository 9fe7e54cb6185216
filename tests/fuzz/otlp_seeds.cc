#include "otlp_seeds.h"

#include <numeric>

#include "api/responses/trace_protobuf.h"
#include "columns/random_batch_for_test.h"
#include "receive/otlp/otlp_json.h"

namespace vivace::fuzz {
namespace {

// TracesData and ExportTraceServiceRequest are the same on the wire.
std::string ToRequest(const SpanBatch& batch) {
  std::vector<uint32_t> rows(batch.spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  return TraceToProtobuf(batch, rows);
}

}  // namespace

std::vector<std::string> ProtobufRequests() {
  std::vector<std::string> requests;
  for (const std::string& json : JsonRequests()) {
    SpanBatchBuilder builder;
    if (DecodeOtlpJson(json, builder).has_value()) requests.push_back(ToRequest(builder.batch()));
  }
  testing::Random random(7);
  for (int i = 0; i < 20; ++i) {
    const std::vector<TraceId> traces = {testing::RandomId<TraceId>(random),
                                         testing::RandomId<TraceId>(random)};
    requests.push_back(ToRequest(testing::RandomBatch(random, traces, 4)));
  }
  return requests;
}

}  // namespace vivace::fuzz
