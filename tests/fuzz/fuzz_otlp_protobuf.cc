// OTLP protobuf: what the decoder takes must survive the WAL and the segment, whatever a sender
// sends.
#include "batch_checks.h"
#include "otlp_seeds.h"
#include "receive/otlp/otlp_protobuf.h"

namespace vivace::fuzz {

std::vector<std::string> Seeds() { return ProtobufRequests(); }

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  constexpr size_t kAttributeBytesMax = 64;
  static OtlpProtobufDecoder decoder;
  SpanBatchBuilder builder(kAttributeBytesMax);
  RejectedSpans rejected;
  const Status status = decoder.Decode(fuzz::AsText(data, size), builder, rejected);
  fuzz::Require(status.has_value() || !status.error().message.empty(), "an error has a message");
  if (status.has_value()) fuzz::CheckBatch(builder.batch());
  return 0;
}
