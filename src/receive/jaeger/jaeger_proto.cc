#include "receive/jaeger/jaeger_proto.h"

#include <fmt/format.h>

#include <bit>
#include <deque>
#include <unordered_map>

#include "base/unix_time.h"
#include "receive/jaeger/jaeger_translator.h"
#include "receive/wire/protobuf_reader.h"

namespace vivace {
namespace {

// A google.protobuf.Timestamp or Duration, in nanoseconds.
uint64_t ReadNanos(std::string_view message) {
  uint64_t seconds = 0;
  uint64_t nanos = 0;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    if (tag == VarintTag(1)) {
      seconds = reader.Varint();
    } else if (tag == VarintTag(2)) {
      nanos = reader.Varint();
    } else {
      reader.Skip(tag);
    }
  }
  return NanosOf(static_cast<int64_t>(seconds), static_cast<int64_t>(nanos));
}

class SpansReader {
 public:
  SpansReader(size_t message_bytes, SpanBatchBuilder& builder, RejectedSpans& rejected)
      : elements_(message_bytes),
        translator_(JaegerTranslator::Dialect::kProtobuf, builder, rejected) {}

  void ReadPostSpans(std::string_view message) {
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      if (tag == BytesTag(1)) {
        ReadBatch(reader.Bytes());
      } else {
        reader.Skip(tag);
      }
    }
  }

  // `process`: the encoded one of the batch.
  void ReadSpan(std::string_view message, std::string_view process) {
    CountElement(elements_);
    span_.Clear();
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      switch (tag) {
        case BytesTag(1):
          span_.trace_id_bits = ReadJaegerId(reader.Bytes(), span_.trace_id);
          break;
        case BytesTag(2):
          span_.span_id_bits = ReadJaegerId(reader.Bytes(), span_.span_id);
          break;
        case BytesTag(3):
          span_.name = reader.Bytes();
          break;
        case BytesTag(4):
          ReadReference(reader.Bytes());
          break;
        case BytesTag(6):
          span_.start_unix_nanos = ReadNanos(reader.Bytes());
          break;
        case BytesTag(7):
          span_.duration_nanos = ReadNanos(reader.Bytes());
          break;
        case BytesTag(8):
          span_.tags.push_back(ReadTag(reader.Bytes()));
          break;
        case BytesTag(9):
          ReadLog(reader.Bytes());
          break;
        case BytesTag(10):
          process = reader.Bytes();
          break;
        default:
          reader.Skip(tag);
      }
    }
    translator_.AddSpan(span_, ResourceOf(process));
  }

 private:
  void ReadBatch(std::string_view message) {
    std::string_view process;
    ProtobufReader first(message);
    for (uint32_t tag = 0; first.Next(tag);) {
      if (tag == BytesTag(2)) {
        process = first.Bytes();
      } else {
        first.Skip(tag);
      }
    }
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      if (tag == BytesTag(1)) {
        ReadSpan(reader.Bytes(), process);
      } else {
        reader.Skip(tag);
      }
    }
  }

  // Spans of one process repeat it byte for byte.
  uint32_t ResourceOf(std::string_view message) {
    const auto [known, is_new] = resources_.try_emplace(message, 0);
    if (!is_new) return known->second;
    JaegerProcess process;
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      if (tag == BytesTag(1)) {
        process.service_name = reader.Bytes();
      } else if (tag == BytesTag(2)) {
        process.tags.push_back(ReadTag(reader.Bytes()));
      } else {
        reader.Skip(tag);
      }
    }
    return known->second = translator_.AddProcess(process);
  }

  void ReadReference(std::string_view message) {
    CountElement(elements_);
    JaegerReference reference;
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      if (tag == BytesTag(1)) {
        ReadJaegerId(reader.Bytes(), reference.trace_id);
      } else if (tag == BytesTag(2)) {
        ReadJaegerId(reader.Bytes(), reference.span_id);
      } else if (tag == VarintTag(3)) {
        reference.follows_from = reader.Varint() == kReferenceFollowsFrom;
      } else {
        reader.Skip(tag);
      }
    }
    span_.references.push_back(reference);
  }

  void ReadLog(std::string_view message) {
    CountElement(elements_);
    JaegerLog log;
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      if (tag == BytesTag(1)) {
        log.time_unix_nanos = ReadNanos(reader.Bytes());
      } else if (tag == BytesTag(2)) {
        span_.log_fields.push_back(ReadTag(reader.Bytes()));
      } else {
        reader.Skip(tag);
      }
    }
    log.fields_end = static_cast<uint32_t>(span_.log_fields.size());
    span_.logs.push_back(log);
  }

  // The member that counts is the one that v_type names.
  JaegerTag ReadTag(std::string_view message) {
    CountElement(elements_);
    JaegerTag tag;
    uint64_t type = 0;
    AttributeValue values[] = {AttributeValue::String({}), AttributeValue::Bool(false),
                               AttributeValue::Int(0), AttributeValue::Double(0),
                               AttributeValue::Bytes({})};
    ProtobufReader reader(message);
    for (uint32_t field = 0; reader.Next(field);) {
      switch (field) {
        case BytesTag(1):
          tag.key = reader.Bytes();
          break;
        case VarintTag(2):
          type = reader.Varint();
          break;
        case BytesTag(3):
          values[0] = AttributeValue::String(reader.Bytes());
          break;
        case VarintTag(4):
          values[1] = AttributeValue::Bool(reader.Varint() != 0);
          break;
        case VarintTag(5):
          values[2] = AttributeValue::Int(static_cast<int64_t>(reader.Varint()));
          break;
        case Fixed64Tag(6):
          values[3] = AttributeValue::Double(std::bit_cast<double>(reader.Fixed64()));
          break;
        case BytesTag(7):
          values[4] = AttributeValue::Bytes(reader.Bytes());
          break;
        default:
          reader.Skip(field);
      }
    }
    tag.value = type < std::size(values) ? values[type] : UnknownType(type);
    return tag;
  }

  AttributeValue UnknownType(uint64_t type) {
    return AttributeValue::String(
        unknown_.emplace_back(fmt::format("<Unknown Jaeger TagType \"{}\">", type)));
  }

  ElementLimit elements_;
  JaegerTranslator translator_;
  JaegerSpan span_;
  std::unordered_map<std::string_view, uint32_t> resources_;  // by encoded process
  std::deque<std::string> unknown_;                           // texts that tags refer to
};

template <typename Read>
Result<RejectedSpans> Decode(std::string_view message, SpanBatchBuilder& builder,
                             const Read& read) {
  RejectedSpans rejected;
  SpansReader reader(message.size(), builder, rejected);
  try {
    read(reader);
  } catch (const protozero::exception& error) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("malformed Jaeger protobuf after {} spans of {} bytes: {}",
                    builder.batch().spans.size() + rejected.total(), message.size(), error.what()));
  }
  return rejected;
}

}  // namespace

Result<RejectedSpans> DecodeJaegerPostSpans(std::string_view message, SpanBatchBuilder& builder) {
  return Decode(message, builder, [&](SpansReader& reader) { reader.ReadPostSpans(message); });
}

Result<RejectedSpans> DecodeJaegerSpan(std::string_view message, SpanBatchBuilder& builder) {
  return Decode(message, builder, [&](SpansReader& reader) { reader.ReadSpan(message, {}); });
}

}  // namespace vivace
