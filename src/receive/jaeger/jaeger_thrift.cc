#include "receive/jaeger/jaeger_thrift.h"

#include <fmt/format.h>

#include <deque>
#include <optional>
#include <utility>

#include "base/unix_time.h"
#include "receive/jaeger/jaeger_translator.h"

namespace vivace {
namespace {

using Field = ThriftReader::Field;
using Type = ThriftType;

// Reads one batch.
class BatchReader {
 public:
  BatchReader(ThriftReader& reader, SpanBatchBuilder& builder, RejectedSpans& rejected)
      : reader_(reader), translator_(JaegerTranslator::Dialect::kThrift, builder, rejected) {}

  // Every client writes the process before the spans, though none need to.
  void Read() {
    std::optional<ThriftReader> early_spans;
    reader_.ForEachField([&](const Field& field) {
      if (field.Is(1, Type::kStruct)) return ReadProcess();
      if (!field.Is(2, Type::kList)) return false;
      if (resource_) return ReadSpans();
      early_spans = reader_;
      return false;
    });
    if (!early_spans) return;
    if (!resource_) resource_ = translator_.AddProcess({});
    const ThriftReader behind = std::exchange(reader_, *early_spans);
    ReadSpans();
    reader_ = behind;
  }

 private:
  bool ReadProcess() {
    JaegerProcess process;
    reader_.ForEachField([&](const Field& field) {
      if (field.Is(1, Type::kBytes)) return process.service_name = reader_.ReadBytes(), true;
      return field.Is(2, Type::kList) && ReadTags(process.tags);
    });
    resource_ = translator_.AddProcess(process);
    return true;
  }

  bool ReadSpans() {
    reader_.ForEachElement(Type::kStruct, [&] { ReadSpan(); });
    return true;
  }

  void ReadSpan() {
    span_.Clear();
    int64_t low = 0, high = 0, parent = 0, id = 0;
    reader_.ForEachField([&](const Field& field) {
      const auto read = [&](int64_t& number) { return number = reader_.ReadInt(field.type), true; };
      const auto read_time = [&](uint64_t& nanos) { return nanos = ReadMicros(field), true; };
      if (field.Is(1, Type::kI64)) return read(low);
      if (field.Is(2, Type::kI64)) return read(high);
      if (field.Is(3, Type::kI64)) return read(id);
      if (field.Is(4, Type::kI64)) return read(parent);
      if (field.Is(5, Type::kBytes)) return span_.name = reader_.ReadBytes(), true;
      if (field.Is(6, Type::kList)) return ReadReferences();
      if (field.Is(8, Type::kI64)) return read_time(span_.start_unix_nanos);
      if (field.Is(9, Type::kI64)) return read_time(span_.duration_nanos);
      if (field.Is(10, Type::kList)) return ReadTags(span_.tags);
      return field.Is(11, Type::kList) && ReadLogs();
    });
    span_.trace_id = ThriftTraceId(high, low);
    span_.span_id = ThriftSpanId(id);
    span_.parent_span_id = ThriftSpanId(parent);
    translator_.AddSpan(span_, *resource_);
  }

  // In nanoseconds. Negative is not known, and no time.
  uint64_t ReadMicros(const Field& field) {
    return NanosOfMicros(static_cast<uint64_t>(std::max<int64_t>(reader_.ReadInt(field.type), 0)));
  }

  bool ReadReferences() {
    reader_.ForEachElement(Type::kStruct, [&] {
      int64_t type = 0, low = 0, high = 0, id = 0;
      reader_.ForEachField([&](const Field& field) {
        const auto read = [&](int64_t& number) {
          return number = reader_.ReadInt(field.type), true;
        };
        if (field.Is(1, Type::kI32)) return read(type);
        if (field.Is(2, Type::kI64)) return read(low);
        if (field.Is(3, Type::kI64)) return read(high);
        return field.Is(4, Type::kI64) && read(id);
      });
      span_.references.push_back({ThriftTraceId(high, low), ThriftSpanId(id),
                                  type == static_cast<int>(kReferenceFollowsFrom)});
    });
    return true;
  }

  bool ReadLogs() {
    reader_.ForEachElement(Type::kStruct, [&] {
      JaegerLog log;
      reader_.ForEachField([&](const Field& field) {
        if (field.Is(1, Type::kI64)) {
          log.time_unix_nanos = ReadMicros(field);
          return true;
        }
        return field.Is(2, Type::kList) && ReadTags(span_.log_fields);
      });
      log.fields_end = static_cast<uint32_t>(span_.log_fields.size());
      span_.logs.push_back(log);
    });
    return true;
  }

  bool ReadTags(std::vector<JaegerTag>& tags) {
    reader_.ForEachElement(Type::kStruct, [&] { tags.push_back(ReadTag()); });
    return true;
  }

  // The member that counts is the one that vType names.
  JaegerTag ReadTag() {
    JaegerTag tag;
    int64_t type = 0, integer = 0;
    std::string_view text, binary;
    double real = 0;
    bool is_true = false;
    reader_.ForEachField([&](const Field& field) {
      if (field.Is(1, Type::kBytes)) return tag.key = reader_.ReadBytes(), true;
      if (field.Is(2, Type::kI32)) return type = reader_.ReadInt(field.type), true;
      if (field.Is(3, Type::kBytes)) return text = reader_.ReadBytes(), true;
      if (field.Is(4, Type::kDouble)) return real = reader_.ReadDouble(), true;
      if (field.Is(5, Type::kBool)) return is_true = reader_.ReadBool(field), true;
      if (field.Is(6, Type::kI64)) return integer = reader_.ReadInt(field.type), true;
      return field.Is(7, Type::kBytes) && (binary = reader_.ReadBytes(), true);
    });
    const AttributeValue values[] = {AttributeValue::String(text), AttributeValue::Double(real),
                                     AttributeValue::Bool(is_true), AttributeValue::Int(integer),
                                     AttributeValue::Bytes(binary)};
    tag.value = type >= 0 && type < static_cast<int64_t>(std::size(values)) ? values[type]
                                                                            : UnknownType(type);
    return tag;
  }

  AttributeValue UnknownType(int64_t type) {
    return AttributeValue::String(
        unknown_.emplace_back(fmt::format("<Unknown Jaeger TagType \"{}\">", type)));
  }

  ThriftReader& reader_;
  JaegerTranslator translator_;
  std::optional<uint32_t> resource_;
  JaegerSpan span_;
  std::deque<std::string> unknown_;  // texts that tags refer to
};

template <typename Read>
Result<RejectedSpans> Decode(ThriftProtocol protocol, std::string_view message, const Read& read) {
  ThriftReader reader(protocol, message);
  RejectedSpans rejected;
  try {
    VIVACE_TRY(read(reader, rejected));
  } catch (const ThriftError& error) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("invalid Thrift at offset {}: {}", error.offset, error.reason));
  }
  return rejected;
}

}  // namespace

Result<RejectedSpans> DecodeJaegerBatch(std::string_view message, SpanBatchBuilder& builder) {
  return Decode(ThriftProtocol::kBinary, message,
                [&](ThriftReader& reader, RejectedSpans& rejected) -> Status {
                  BatchReader(reader, builder, rejected).Read();
                  return {};
                });
}

Result<RejectedSpans> DecodeJaegerDatagram(ThriftProtocol protocol, std::string_view datagram,
                                           SpanBatchBuilder& builder) {
  return Decode(protocol, datagram, [&](ThriftReader& reader, RejectedSpans& rejected) -> Status {
    const ThriftReader::MessageHeader header = reader.ReadMessage();
    if (header.name != "emitBatch") {
      return Fail(ErrorCode::kUnimplemented,
                  fmt::format("unknown call \"{}\"", header.name.substr(0, 64)));
    }
    reader.ForEachField([&](const Field& field) {
      if (!field.Is(1, Type::kStruct)) return false;
      BatchReader(reader, builder, rejected).Read();
      return true;
    });
    return {};
  });
}

}  // namespace vivace
