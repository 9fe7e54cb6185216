#include "receive/zipkin/zipkin_thrift.h"

#include <fmt/format.h>

#include <bit>
#include <deque>

#include "base/base64.h"
#include "base/unix_time.h"
#include "receive/wire/thrift_reader.h"
#include "receive/zipkin/zipkin_span.h"
#include "receive/zipkin/zipkin_v1.h"

namespace vivace {
namespace {

using Field = ThriftReader::Field;
using Type = ThriftType;

constexpr const char* kTooShort = "<not enough bytes representing the number>";

class SpansReader {
 public:
  SpansReader(ThriftReader& reader, SpanBatchBuilder& builder, uint64_t now_unix_nanos,
              RejectedSpans& rejected)
      : reader_(reader), translator_(builder, now_unix_nanos, false), rejected_(rejected) {}

  void Read() {
    reader_.ForEachElement(Type::kStruct, [&] { ReadSpan(); });
  }

 private:
  void ReadSpan() {
    span_.Clear();
    texts_.clear();
    int64_t low = 0, high = 0, id = 0, parent = 0;
    reader_.ForEachField([&](const Field& field) {
      const auto read = [&](int64_t& number) { return number = reader_.ReadInt(field.type), true; };
      if (field.Is(1, Type::kI64)) return read(low);
      if (field.Is(3, Type::kBytes)) return span_.name = reader_.ReadBytes(), true;
      if (field.Is(4, Type::kI64)) return read(id);
      if (field.Is(5, Type::kI64)) return read(parent);
      if (field.Is(6, Type::kList)) return ReadAnnotations();
      if (field.Is(8, Type::kList)) return ReadBinaryAnnotations();
      if (field.Is(10, Type::kI64)) return ReadMicros(span_.start_micros);
      if (field.Is(11, Type::kI64)) return ReadMicros(span_.duration_micros);
      return field.Is(12, Type::kI64) && read(high);
    });
    span_.trace_id = ThriftTraceId(high, low);
    span_.span_id = ThriftSpanId(id);
    span_.parent_span_id = ThriftSpanId(parent);
    if (span_.trace_id.IsZero())
      return rejected_.Add(RejectKind::kTraceId, "zipkinV1 span traceId: traceId is zero");
    if (span_.span_id.IsZero())
      return rejected_.Add(RejectKind::kSpanId, "zipkinV1 span id: ID is zero");
    translator_.AddSpan(span_);
  }

  bool ReadMicros(uint64_t& micros) {
    micros = static_cast<uint64_t>(std::max<int64_t>(reader_.ReadInt(Type::kI64), 0));
    return true;
  }

  bool ReadAnnotations() {
    reader_.ForEachElement(Type::kStruct, [&] {
      ZipkinV1Annotation annotation;
      reader_.ForEachField([&](const Field& field) {
        if (field.Is(1, Type::kI64)) return ReadMicros(annotation.time_micros);
        if (field.Is(2, Type::kBytes)) return annotation.value = reader_.ReadBytes(), true;
        return field.Is(3, Type::kStruct) && ReadEndpoint(annotation.endpoint);
      });
      span_.annotations.push_back(std::move(annotation));
    });
    return true;
  }

  bool ReadBinaryAnnotations() {
    reader_.ForEachElement(Type::kStruct, [&] {
      ZipkinV1BinaryAnnotation tag;
      std::string_view raw;
      int64_t type = 0;
      reader_.ForEachField([&](const Field& field) {
        if (field.Is(1, Type::kBytes)) return tag.key = reader_.ReadBytes(), true;
        if (field.Is(2, Type::kBytes)) return raw = reader_.ReadBytes(), true;
        if (field.Is(3, Type::kI32)) return type = reader_.ReadInt(field.type), true;
        return field.Is(4, Type::kStruct) && ReadEndpoint(tag.endpoint);
      });
      tag.value = ValueOf(type, raw);
      span_.binary_annotations.push_back(std::move(tag));
    });
    return true;
  }

  bool ReadEndpoint(ZipkinV1Endpoint& endpoint) {
    reader_.ForEachField([&](const Field& field) {
      if (field.Is(1, Type::kI32)) return ReadIpv4(endpoint);
      if (field.Is(2, Type::kI16))
        return endpoint.port = static_cast<uint16_t>(reader_.ReadInt(field.type)), true;
      if (field.Is(3, Type::kBytes)) return endpoint.service_name = reader_.ReadBytes(), true;
      return field.Is(4, Type::kBytes) &&
             (endpoint.ipv6 = ZipkinIpOfBytes(reader_.ReadBytes()), true);
    });
    return true;
  }

  bool ReadIpv4(ZipkinV1Endpoint& endpoint) {
    const auto address = static_cast<uint32_t>(reader_.ReadInt(Type::kI32));
    const uint32_t big_endian = __builtin_bswap32(address);
    if (address != 0)
      endpoint.ipv4 =
          ZipkinIpOfBytes({reinterpret_cast<const char*>(&big_endian), sizeof big_endian});
    return true;
  }

  AttributeValue ValueOf(int64_t type, std::string_view raw) {
    static constexpr size_t kSizes[] = {
        1, 0, 2, 4, 8, 8, 0};  // by type: BOOL, BYTES, I16, I32, I64, DOUBLE, STRING
    if (type < 0 || type >= static_cast<int64_t>(std::size(kSizes)))
      return AttributeValue::String(raw);
    if (raw.size() < kSizes[type]) return AttributeValue::String(kTooShort);
    uint64_t number = 0;
    for (const char c : raw.substr(0, kSizes[type])) number = number << 8 | static_cast<uint8_t>(c);
    switch (type) {
      case 0:
        return AttributeValue::Bool(number != 0);
      case 1:
        return AttributeValue::String(texts_.emplace_back(ToBase64(raw)));
      case 5:
        return AttributeValue::Double(std::bit_cast<double>(number));
      case 6:
        return AttributeValue::String(raw);
      default:
        return AttributeValue::Int(static_cast<int64_t>(number));
    }
  }

  ThriftReader& reader_;
  ZipkinV1Translator translator_;
  RejectedSpans& rejected_;
  ZipkinV1Span span_;
  std::deque<std::string> texts_;  // that values refer to
};

}  // namespace

Result<RejectedSpans> DecodeZipkinThrift(std::string_view body, SpanBatchBuilder& builder) {
  ThriftReader reader(ThriftProtocol::kBinary, body);
  RejectedSpans rejected;
  try {
    SpansReader(reader, builder, static_cast<uint64_t>(NowUnixNanos()), rejected).Read();
  } catch (const ThriftError& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("invalid Thrift at offset {}: {}", error.offset, error.reason));
  }
  return rejected;
}

}  // namespace vivace
