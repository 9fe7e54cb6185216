#include "receive/kafka/kafka_decoders.h"

#include <memory>

#include "base/ascii.h"
#include "receive/jaeger/jaeger_json.h"
#include "receive/jaeger/jaeger_proto.h"
#include "receive/otlp/otlp_json.h"
#include "receive/otlp/otlp_protobuf.h"
#include "receive/zipkin/zipkin_json.h"
#include "receive/zipkin/zipkin_proto.h"
#include "receive/zipkin/zipkin_thrift.h"

namespace vivace {
namespace {

// A decoder keeps buffers for records up to this size.
constexpr size_t kKeptBytesMax = 1 << 20;

SpanDecoder OtlpJson() {
  return [decoder = std::make_shared<OtlpJsonDecoder>()](std::string_view body,
                                                         SpanBatchBuilder& builder) {
    Result<RejectedSpans> decoded = decoder->Decode(body, builder);
    decoder->ShrinkBuffers(kKeptBytesMax);
    return decoded;
  };
}

SpanDecoder ZipkinJson() {
  return [decoder = std::make_shared<ZipkinJsonDecoder>()](std::string_view body,
                                                           SpanBatchBuilder& builder) {
    Result<RejectedSpans> decoded = decoder->DecodeV2(body, false, builder);
    decoder->ShrinkBuffers(kKeptBytesMax);
    return decoded;
  };
}

}  // namespace

SpanDecoder KafkaDecoderOf(std::string_view encoding) {
  if (encoding == "otlp_proto") return DecodeOtlpProtobuf;
  if (encoding == "otlp_json") return OtlpJson();
  if (encoding == "jaeger_proto") return DecodeJaegerSpan;
  if (encoding == "jaeger_json") return DecodeJaegerJsonSpan;
  if (encoding == "zipkin_proto")
    return [](std::string_view body, SpanBatchBuilder& builder) {
      return DecodeZipkinProto(body, false, builder);
    };
  if (encoding == "zipkin_json") return ZipkinJson();
  if (encoding == "zipkin_thrift") return DecodeZipkinThrift;
  return {};
}

void AddHeaderAttributes(const HttpHeaders& headers, std::span<const std::string> wanted,
                         SpanBatchBuilder& builder) {
  std::vector<AttributeCode> added;
  for (const std::string& name : wanted) {
    const std::string_view value = FindHeader(headers, ToLowerAscii(name));
    if (!value.empty())
      added.push_back(builder.AddAttribute("kafka.header." + name, AttributeValue::String(value)));
  }
  if (added.empty()) return;
  AttributeLists& lists = builder.batch().resources.attributes;
  AttributeLists longer;
  for (size_t row = 0; row < lists.ends.size(); ++row) {
    const auto codes = lists.Row(row);
    longer.codes.insert(longer.codes.end(), codes.begin(), codes.end());
    longer.codes.insert(longer.codes.end(), added.begin(), added.end());
    longer.EndRow();
  }
  lists = std::move(longer);
}

}  // namespace vivace
