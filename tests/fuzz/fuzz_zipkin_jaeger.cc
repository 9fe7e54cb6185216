// Zipkin's and Jaeger's requests: what a decoder takes must survive the WAL and the segment,
// whatever a sender sends. The first byte of an input chooses the decoder.
#include <fstream>

#include "batch_checks.h"
#include "receive/jaeger/jaeger_json.h"
#include "receive/jaeger/jaeger_proto.h"
#include "receive/jaeger/jaeger_thrift.h"
#include "receive/jaeger_zipkin_requests_for_test.h"
#include "receive/zipkin/zipkin_json.h"
#include "receive/zipkin/zipkin_proto.h"
#include "receive/zipkin/zipkin_thrift.h"

namespace vivace::fuzz {
namespace {

using testing::Json;

enum Format : uint8_t {
  kZipkinV2Json,
  kZipkinV1Json,
  kZipkinProto,
  kZipkinThrift,
  kJaegerBatch,
  kJaegerBinary,
  kJaegerCompact,
  kJaegerProto,
  kJaegerJson,
  kFormats
};

Result<RejectedSpans> Decode(uint8_t format, std::string_view body, SpanBatchBuilder& builder) {
  static ZipkinJsonDecoder zipkin;
  switch (format % kFormats) {
    case kZipkinV2Json:
      return zipkin.DecodeV2(body, true, builder);
    case kZipkinV1Json:
      return zipkin.DecodeV1(body, true, builder);
    case kZipkinProto:
      return DecodeZipkinProto(body, false, builder);
    case kZipkinThrift:
      return DecodeZipkinThrift(body, builder);
    case kJaegerBatch:
      return DecodeJaegerBatch(body, builder);
    case kJaegerBinary:
      return DecodeJaegerDatagram(ThriftProtocol::kBinary, body, builder);
    case kJaegerCompact:
      return DecodeJaegerDatagram(ThriftProtocol::kCompact, body, builder);
    case kJaegerJson:
      return DecodeJaegerJsonSpan(body, builder);
    default:
      return DecodeJaegerPostSpans(body, builder);
  }
}

Json Cases(const char* file) {
  std::ifstream in(std::string(VIVACE_SOURCE_DIR "/tests/data/receive/") + file);
  return Json::parse(in);
}

bool AppliesTo(const Json& one, const char* encoding) {
  return !one.contains("only") || one["only"] == encoding;
}

}  // namespace

// The cases of the translation tests in every encoding.
std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  const auto add = [&](Format format, const std::string& body) {
    seeds.push_back(static_cast<char>(format) + body);
  };
  for (const Json& one : Cases("zipkin_v2.json")) {
    add(kZipkinV2Json, one["request"].dump());
    if (AppliesTo(one, "protobuf")) add(kZipkinProto, testing::EncodeZipkinProto(one["request"]));
  }
  for (const Json& one : Cases("zipkin_v1.json")) {
    add(kZipkinV1Json, one["request"].dump());
    if (AppliesTo(one, "thrift")) add(kZipkinThrift, testing::EncodeZipkinThrift(one["request"]));
  }
  for (const Json& one : Cases("jaeger.json")) {
    add(kJaegerBatch, testing::JaegerThriftEncoder(ThriftProtocol::kBinary).Batch(one));
    add(kJaegerBinary, testing::JaegerThriftEncoder(ThriftProtocol::kBinary).Datagram(one));
    add(kJaegerCompact, testing::JaegerThriftEncoder(ThriftProtocol::kCompact).Datagram(one));
    add(kJaegerProto, testing::EncodeJaegerPostSpans(one));
    if (AppliesTo(one, "protobuf"))
      add(kJaegerJson, testing::EncodeJaegerJsonSpan(one, one["spans"][0]));
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  if (size == 0) return 0;
  SpanBatchBuilder builder;
  const Result<RejectedSpans> rejected =
      fuzz::Decode(data[0], fuzz::AsText(data + 1, size - 1), builder);
  fuzz::Require(rejected.has_value() || !rejected.error().message.empty(),
                "an error has a message");
  if (rejected.has_value()) fuzz::CheckBatch(builder.batch());
  return 0;
}
