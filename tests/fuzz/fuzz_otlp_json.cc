// OTLP/JSON: what the decoder takes must survive the WAL and the segment, whatever a sender sends.
#include "batch_checks.h"
#include "otlp_seeds.h"
#include "receive/otlp/otlp_json.h"

namespace vivace::fuzz {

std::vector<std::string> Seeds() { return JsonRequests(); }

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  static OtlpJsonDecoder decoder;
  SpanBatchBuilder builder;
  const Result<RejectedSpans> rejected = decoder.Decode(fuzz::AsText(data, size), builder);
  fuzz::Require(rejected.has_value() || !rejected.error().message.empty(),
                "an error has a message");
  if (rejected.has_value()) fuzz::CheckBatch(builder.batch());
  return 0;
}
