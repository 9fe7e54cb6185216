#include "receive/jaeger/jaeger_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <deque>

#include "base/rfc3339.h"
#include "base/unix_time.h"
#include "receive/jaeger/jaeger_translator.h"
#include "receive/wire/json_reader.h"

namespace vivace {
namespace {

using Value = JsonReader::Value;

// In the order of Jaeger's numbers for them.
constexpr std::array<std::string_view, 5> kTypes = {"STRING", "BOOL", "INT64", "FLOAT64", "BINARY"};

class SpanReader {
 public:
  SpanReader(JsonReader& reader, SpanBatchBuilder& builder, RejectedSpans& rejected)
      : reader_(reader), translator_(JaegerTranslator::Dialect::kProtobuf, builder, rejected) {}

  bool Read(JsonReader::Object span) {
    JaegerProcess process;
    const bool is_read = reader_.ForEachField(span, [&](std::string_view name, Value value) {
      if (name == "traceId") return ReadId(value, span_.trace_id, span_.trace_id_bits);
      if (name == "spanId") return ReadId(value, span_.span_id, span_.span_id_bits);
      if (name == "operationName") return reader_.ReadString(value, span_.name);
      if (name == "references") return ReadReferences(value);
      if (name == "startTime") return ReadTime(value, span_.start_unix_nanos);
      if (name == "duration") return ReadDuration(value);
      if (name == "tags") return ReadTags(value, span_.tags);
      if (name == "logs") return ReadLogs(value);
      return name != "process" || ReadProcess(value, process);
    });
    if (is_read) translator_.AddSpan(span_, translator_.AddProcess(process));
    return is_read;
  }

 private:
  // Base64; `bits` is 0 where it is zero or none.
  template <typename Id>
  bool ReadId(Value value, Id& id, size_t& bits) {
    std::string raw;
    if (!reader_.ReadBytes(value, raw)) return false;
    bits = ReadJaegerId(raw, id);
    return true;
  }

  bool ReadTime(Value value, uint64_t& nanos) {
    std::string_view text;
    if (!reader_.ReadString(value, text)) return false;
    const Result<ParsedTime> time = ParseRfc3339(text);
    if (!time) return reader_.Fail(time.error().message);
    nanos = NanosOf(time->unix_seconds, time->nanos);
    return true;
  }

  // "1.5s".
  bool ReadDuration(Value value) {
    std::string_view text;
    if (!reader_.ReadString(value, text)) return false;
    double seconds = 0;
    const char* last = text.data() + text.size() - (text.ends_with('s') ? 1 : 0);
    const auto [end, error] = std::from_chars(text.data(), last, seconds);
    const bool is_good =
        text.ends_with('s') && error == std::errc() && end == last && seconds >= 0 && seconds < 1e9;
    if (!is_good) return reader_.Fail("invalid duration, expected a form like 1.5s");
    span_.duration_nanos = static_cast<uint64_t>(std::llround(seconds * kNanosPerSecond));
    return true;
  }

  bool ReadReferences(Value list) {
    return reader_.ForEachElement(list, [&](Value element) {
      JaegerReference reference;
      size_t bits = 0;
      const bool is_read = reader_.ForEachField(element, [&](std::string_view name, Value value) {
        if (name == "traceId") return ReadId(value, reference.trace_id, bits);
        if (name == "spanId") return ReadId(value, reference.span_id, bits);
        return name != "refType" || ReadReferenceType(value, reference.follows_from);
      });
      span_.references.push_back(reference);
      return is_read;
    });
  }

  bool ReadReferenceType(Value value, bool& follows_from) {
    std::string_view text;
    uint32_t number = 0;
    if (!JsonReader::IsString(value))
      return reader_.ReadUint32(value, number) && (follows_from = number == 1, true);
    return reader_.ReadString(value, text) && (follows_from = text == "FOLLOWS_FROM", true);
  }

  bool ReadTags(Value list, std::vector<JaegerTag>& tags) {
    return reader_.ForEachElement(
        list, [&](Value element) { return ReadTag(element, tags.emplace_back()); });
  }

  // The member that counts is the one that vType names; none is a text.
  bool ReadTag(Value json, JaegerTag& tag) {
    size_t type = 0;
    std::array<AttributeValue, kTypes.size()> values = {
        AttributeValue::String({}), AttributeValue::Bool(false), AttributeValue::Int(0),
        AttributeValue::Double(0), AttributeValue::Bytes({})};
    const bool is_read = reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "key") return reader_.ReadString(value, tag.key);
      if (name == "vType") return ReadType(value, type);
      return ReadTagValue(name, value, values);
    });
    tag.value = values[type];
    return is_read;
  }

  bool ReadTagValue(std::string_view name, Value value,
                    std::array<AttributeValue, kTypes.size()>& values) {
    std::string_view text;
    bool is_true = false;
    int64_t integer = 0;
    double real = 0;
    if (name == "vStr")
      return reader_.ReadString(value, text) && (values[0] = AttributeValue::String(text), true);
    if (name == "vBool")
      return reader_.ReadBool(value, is_true) && (values[1] = AttributeValue::Bool(is_true), true);
    if (name == "vInt64")
      return reader_.ReadInt64(value, integer) && (values[2] = AttributeValue::Int(integer), true);
    if (name == "vFloat64")
      return reader_.ReadDouble(value, real) && (values[3] = AttributeValue::Double(real), true);
    if (name != "vBinary") return true;
    return reader_.ReadBytes(value, bytes_.emplace_back()) &&
           (values[4] = AttributeValue::Bytes(bytes_.back()), true);
  }

  bool ReadType(Value value, size_t& type) {
    std::string_view text;
    uint32_t number = 0;
    if (!JsonReader::IsString(value)) {
      if (!reader_.ReadUint32(value, number)) return false;
      type = number;
    } else {
      if (!reader_.ReadString(value, text)) return false;
      type = static_cast<size_t>(std::ranges::find(kTypes, text) - kTypes.begin());
    }
    return type < kTypes.size() || reader_.Fail("unknown tag type");
  }

  bool ReadLogs(Value list) {
    return reader_.ForEachElement(list, [&](Value element) {
      JaegerLog log;
      const bool is_read = reader_.ForEachField(element, [&](std::string_view name, Value value) {
        if (name == "timestamp") return ReadTime(value, log.time_unix_nanos);
        return name != "fields" || ReadTags(value, span_.log_fields);
      });
      log.fields_end = static_cast<uint32_t>(span_.log_fields.size());
      span_.logs.push_back(log);
      return is_read;
    });
  }

  bool ReadProcess(Value json, JaegerProcess& process) {
    return reader_.ForEachField(json, [&](std::string_view name, Value value) {
      if (name == "serviceName") return reader_.ReadString(value, process.service_name);
      return name != "tags" || ReadTags(value, process.tags);
    });
  }

  JsonReader& reader_;
  JaegerTranslator translator_;
  JaegerSpan span_;
  std::deque<std::string> bytes_;  // decoded values that tags refer to
};

}  // namespace

Result<RejectedSpans> DecodeJaegerJsonSpan(std::string_view body, SpanBatchBuilder& builder) {
  JsonReader reader;
  RejectedSpans rejected;
  JsonReader::Object span;
  if (!reader.Open(body, span) || !SpanReader(reader, builder, rejected).Read(span) ||
      !reader.Close())
    return std::unexpected(reader.error());
  return rejected;
}

}  // namespace vivace
