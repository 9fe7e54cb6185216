// Test support: encodes the requests that tests/data/receive describes in JSON as clients of Zipkin
// and Jaeger send them.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>

#include "base/base64.h"
#include "base/rfc3339.h"
#include "receive/wire/thrift_writer_for_test.h"

namespace vivace::testing {

using Json = nlohmann::json;

inline std::string FromHex(std::string hex, size_t bytes) {
  hex.insert(0, 2 * bytes - hex.size(), '0');
  std::string raw;
  for (size_t i = 0; i < hex.size(); i += 2)
    raw += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return raw;
}
inline int64_t IdNumber(const std::string& hex) {
  return static_cast<int64_t>(std::stoull(hex, nullptr, 16));
}
inline std::string LowHex(const std::string& hex) {
  return hex.size() > 16 ? hex.substr(hex.size() - 16) : hex;
}
inline std::string HighHex(const std::string& hex) {
  return hex.size() > 16 ? hex.substr(0, hex.size() - 16) : "0";
}

// Jaeger's Batch in Thrift.
class JaegerThriftEncoder {
 public:
  explicit JaegerThriftEncoder(ThriftProtocol protocol) : out_(protocol) {}

  std::string Batch(const Json& batch) {
    WriteBatch(batch);
    return out_.bytes;
  }
  std::string Datagram(const Json& batch) {
    out_.Message("emitBatch");
    out_.BeginStruct();
    out_.Field(1, ThriftType::kStruct);
    WriteBatch(batch);
    out_.EndStruct();
    return out_.bytes;
  }

 private:
  void WriteBatch(const Json& batch) {
    out_.BeginStruct();
    out_.Field(1, ThriftType::kStruct);
    out_.BeginStruct();
    out_.Text(1, batch["process"].value("serviceName", ""));
    Tags(2, batch["process"].value("tags", Json::array()));
    out_.EndStruct();
    out_.Field(2, ThriftType::kList);
    out_.List(ThriftType::kStruct, batch["spans"].size());
    for (const Json& span : batch["spans"]) Span(span);
    out_.EndStruct();
  }
  void Span(const Json& span) {
    out_.BeginStruct();
    out_.Int(1, ThriftType::kI64, IdNumber(LowHex(span["traceId"])));
    out_.Int(2, ThriftType::kI64, IdNumber(HighHex(span["traceId"])));
    out_.Int(3, ThriftType::kI64, IdNumber(span["spanId"]));
    out_.Int(4, ThriftType::kI64, IdNumber(span.value("parentSpanId", "0")));
    out_.Text(5, span.value("operationName", ""));
    const Json references = span.value("references", Json::array());
    out_.Field(6, ThriftType::kList);
    out_.List(ThriftType::kStruct, references.size());
    for (const Json& reference : references) {
      out_.BeginStruct();
      out_.Int(1, ThriftType::kI32, reference["type"] == "FOLLOWS_FROM" ? 1 : 0);
      out_.Int(2, ThriftType::kI64, IdNumber(LowHex(reference["traceId"])));
      out_.Int(3, ThriftType::kI64, IdNumber(HighHex(reference["traceId"])));
      out_.Int(4, ThriftType::kI64, IdNumber(reference["spanId"]));
      out_.EndStruct();
    }
    out_.Int(7, ThriftType::kI32, span.value("flags", 0));
    out_.Int(8, ThriftType::kI64, span.value("startTime", int64_t{0}));
    out_.Int(9, ThriftType::kI64, span.value("duration", int64_t{0}));
    Tags(10, span.value("tags", Json::array()));
    const Json logs = span.value("logs", Json::array());
    out_.Field(11, ThriftType::kList);
    out_.List(ThriftType::kStruct, logs.size());
    for (const Json& log : logs) {
      out_.BeginStruct();
      out_.Int(1, ThriftType::kI64, log["timestamp"]);
      Tags(2, log["fields"]);
      out_.EndStruct();
    }
    out_.EndStruct();
  }
  void Tags(int16_t id, const Json& tags) {
    out_.Field(id, ThriftType::kList);
    out_.List(ThriftType::kStruct, tags.size());
    for (const Json& tag : tags) {
      out_.BeginStruct();
      out_.Text(1, std::string(tag["key"]));
      const Json value = tag.value("value", Json());
      const int type = tag.contains("binary")      ? 4
                       : value.is_string()         ? 0
                       : value.is_boolean()        ? 2
                       : value.is_number_integer() ? 3
                                                   : 1;
      out_.Int(2, ThriftType::kI32, type);
      if (type == 0) out_.Text(3, std::string(value));
      if (type == 1) out_.Double(4, value);
      if (type == 2) out_.Bool(5, value);
      if (type == 3) out_.Int(6, ThriftType::kI64, value);
      if (type == 4) out_.Text(7, FromHex(tag["binary"], std::string(tag["binary"]).size() / 2));
      out_.EndStruct();
    }
  }

  ThriftWriter out_;
};

using protozero::pbf_writer;

inline void WriteJaegerTags(pbf_writer& out, uint32_t field, const Json& tags) {
  for (const Json& tag : tags) {
    pbf_writer one(out, field);
    one.add_string(1, std::string(tag["key"]));
    const Json value = tag.value("value", Json());
    if (tag.contains("binary")) {
      one.add_enum(2, 4);
      one.add_bytes(7, FromHex(tag["binary"], std::string(tag["binary"]).size() / 2));
    } else if (value.is_string()) {
      one.add_string(3, std::string(value));
    } else if (value.is_boolean()) {
      one.add_enum(2, 1);
      one.add_bool(4, value);
    } else if (value.is_number_integer()) {
      one.add_enum(2, 2);
      one.add_int64(5, value);
    } else {
      one.add_enum(2, 3);
      one.add_double(6, value);
    }
  }
}

// A google.protobuf.Timestamp or Duration.
inline void WriteMicros(pbf_writer& out, uint32_t field, int64_t micros) {
  pbf_writer time(out, field);
  time.add_int64(1, micros / 1'000'000);
  time.add_int32(2, static_cast<int32_t>(micros % 1'000'000 * 1000));
}

// Jaeger's PostSpansRequest.
inline std::string EncodeJaegerPostSpans(const Json& request) {
  std::string bytes;
  pbf_writer out(bytes);
  pbf_writer batch(out, 1);
  for (const Json& span : request["spans"]) {
    pbf_writer one(batch, 1);
    one.add_bytes(1, FromHex(span["traceId"], 16));
    one.add_bytes(2, FromHex(span["spanId"], 8));
    one.add_string(3, span.value("operationName", ""));
    for (const Json& reference : span.value("references", Json::array())) {
      pbf_writer to(one, 4);
      to.add_bytes(1, FromHex(reference["traceId"], 16));
      to.add_bytes(2, FromHex(reference["spanId"], 8));
      to.add_enum(3, reference["type"] == "FOLLOWS_FROM" ? 1 : 0);
    }
    one.add_uint32(5, span.value("flags", 0u));
    WriteMicros(one, 6, span.value("startTime", int64_t{0}));
    WriteMicros(one, 7, span.value("duration", int64_t{0}));
    WriteJaegerTags(one, 8, span.value("tags", Json::array()));
    for (const Json& log : span.value("logs", Json::array())) {
      pbf_writer to(one, 9);
      WriteMicros(to, 1, log["timestamp"]);
      WriteJaegerTags(to, 2, log["fields"]);
    }
  }
  pbf_writer process(batch, 2);
  process.add_string(1, request["process"].value("serviceName", ""));
  WriteJaegerTags(process, 2, request["process"].value("tags", Json::array()));
  return bytes;
}

inline Json JaegerJsonTags(const Json& tags) {
  Json out = Json::array();
  for (const Json& tag : tags) {
    Json one{{"key", tag["key"]}};
    const Json value = tag.value("value", Json());
    if (tag.contains("binary")) {
      one.update(
          {{"vType", "BINARY"},
           {"vBinary", ToBase64(FromHex(tag["binary"], std::string(tag["binary"]).size() / 2))}});
    } else if (value.is_string()) {
      one["vStr"] = value;
    } else if (value.is_boolean()) {
      one.update({{"vType", "BOOL"}, {"vBool", value}});
    } else if (value.is_number_integer()) {
      one.update({{"vType", "INT64"}, {"vInt64", std::to_string(int64_t{value})}});
    } else {
      one.update({{"vType", 3}, {"vFloat64", value}});
    }
    out.push_back(std::move(one));
  }
  return out;
}

inline std::string JaegerJsonTime(int64_t micros) {
  const std::string whole = FormatRfc3339(micros / 1'000'000);
  return fmt::format("{}.{:06}Z", whole.substr(0, whole.size() - 1), micros % 1'000'000);
}

// A span of the request with its process, in protobuf's JSON mapping.
inline std::string EncodeJaegerJsonSpan(const Json& request, const Json& span) {
  const auto id = [](const std::string& hex, size_t bytes) {
    return ToBase64(FromHex(hex, bytes));
  };
  Json out{{"traceId", id(span["traceId"], 16)},
           {"spanId", id(span["spanId"], 8)},
           {"operationName", span.value("operationName", "")},
           {"startTime", JaegerJsonTime(span.value("startTime", int64_t{0}))},
           {"duration",
            fmt::format("{:.6f}s", static_cast<double>(span.value("duration", int64_t{0})) / 1e6)},
           {"tags", JaegerJsonTags(span.value("tags", Json::array()))},
           {"process",
            {{"serviceName", request["process"].value("serviceName", "")},
             {"tags", JaegerJsonTags(request["process"].value("tags", Json::array()))}}}};
  for (const Json& reference : span.value("references", Json::array())) {
    out["references"].push_back(
        {{"traceId", id(reference["traceId"], 16)}, {"spanId", id(reference["spanId"], 8)}});
    if (reference["type"] == "FOLLOWS_FROM") out["references"].back()["refType"] = "FOLLOWS_FROM";
  }
  for (const Json& log : span.value("logs", Json::array()))
    out["logs"].push_back({{"timestamp", JaegerJsonTime(log["timestamp"])},
                           {"fields", JaegerJsonTags(log["fields"])}});
  return out.dump();
}

inline std::string IpBytes(const std::string& text, int family) {
  std::string raw(family == AF_INET ? 4 : 16, '\0');
  inet_pton(family, text.c_str(), raw.data());
  return raw;
}

inline void WriteZipkinEndpoint(pbf_writer& out, uint32_t field, const Json& endpoint) {
  pbf_writer to(out, field);
  to.add_string(1, endpoint.value("serviceName", ""));
  if (endpoint.contains("ipv4")) to.add_bytes(2, IpBytes(endpoint["ipv4"], AF_INET));
  if (endpoint.contains("ipv6")) to.add_bytes(3, IpBytes(endpoint["ipv6"], AF_INET6));
  to.add_int32(4, endpoint.value("port", 0));
}

// Zipkin's ListOfSpans.
inline std::string EncodeZipkinProto(const Json& spans) {
  std::string bytes;
  pbf_writer out(bytes);
  for (const Json& span : spans) {
    pbf_writer one(out, 1);
    one.add_bytes(1, FromHex(span["traceId"], std::string(span["traceId"]).size() > 16 ? 16 : 8));
    if (span.contains("parentId")) one.add_bytes(2, FromHex(span["parentId"], 8));
    one.add_bytes(3, FromHex(span["id"], 8));
    const std::string kind = span.value("kind", "");
    one.add_enum(4, kind == "CLIENT"     ? 1
                    : kind == "SERVER"   ? 2
                    : kind == "PRODUCER" ? 3
                    : kind == "CONSUMER" ? 4
                                         : 0);
    one.add_string(5, span.value("name", ""));
    one.add_fixed64(6, span.value("timestamp", uint64_t{0}));
    one.add_uint64(7, span.value("duration", uint64_t{0}));
    if (span.contains("localEndpoint")) WriteZipkinEndpoint(one, 8, span["localEndpoint"]);
    if (span.contains("remoteEndpoint")) WriteZipkinEndpoint(one, 9, span["remoteEndpoint"]);
    for (const Json& annotation : span.value("annotations", Json::array())) {
      pbf_writer to(one, 10);
      to.add_fixed64(1, annotation["timestamp"]);
      to.add_string(2, std::string(annotation["value"]));
    }
    const Json tags = span.value("tags", Json::object());
    for (const auto& [key, value] : tags.items()) {
      pbf_writer to(one, 11);
      to.add_string(1, key);
      to.add_string(2, std::string(value));
    }
  }
  return bytes;
}

inline void WriteZipkinV1Endpoint(ThriftWriter& out, int16_t id, const Json& endpoint) {
  out.Field(id, ThriftType::kStruct);
  out.BeginStruct();
  if (endpoint.contains("ipv4")) {
    int32_t address = 0;
    for (const char c : IpBytes(endpoint["ipv4"], AF_INET))
      address = static_cast<int32_t>(static_cast<uint32_t>(address) << 8 | static_cast<uint8_t>(c));
    out.Int(1, ThriftType::kI32, address);
  }
  out.Int(2, ThriftType::kI16, endpoint.value("port", 0));
  out.Text(3, endpoint.value("serviceName", ""));
  if (endpoint.contains("ipv6")) out.Text(4, IpBytes(endpoint["ipv6"], AF_INET6));
  out.EndStruct();
}

// A list of Zipkin's v1 spans in Thrift. Values are texts unless a type says otherwise.
inline std::string EncodeZipkinThrift(const Json& spans) {
  ThriftWriter out(ThriftProtocol::kBinary);
  out.List(ThriftType::kStruct, spans.size());
  for (const Json& span : spans) {
    out.BeginStruct();
    out.Int(1, ThriftType::kI64, IdNumber(LowHex(span["traceId"])));
    out.Text(3, span.value("name", ""));
    out.Int(4, ThriftType::kI64, IdNumber(span["id"]));
    if (span.contains("parentId")) out.Int(5, ThriftType::kI64, IdNumber(span["parentId"]));
    const Json annotations = span.value("annotations", Json::array());
    out.Field(6, ThriftType::kList);
    out.List(ThriftType::kStruct, annotations.size());
    for (const Json& annotation : annotations) {
      out.BeginStruct();
      out.Int(1, ThriftType::kI64, annotation["timestamp"]);
      out.Text(2, std::string(annotation["value"]));
      if (annotation.contains("endpoint")) WriteZipkinV1Endpoint(out, 3, annotation["endpoint"]);
      out.EndStruct();
    }
    const Json tags = span.value("binaryAnnotations", Json::array());
    out.Field(8, ThriftType::kList);
    out.List(ThriftType::kStruct, tags.size());
    for (const Json& tag : tags) {
      out.BeginStruct();
      out.Text(1, std::string(tag["key"]));
      out.Text(2, tag.contains("raw") ? FromHex(tag["raw"], std::string(tag["raw"]).size() / 2)
                                      : std::string(tag["value"]));
      out.Int(3, ThriftType::kI32, tag.value("type", 6));
      if (tag.contains("endpoint")) WriteZipkinV1Endpoint(out, 4, tag["endpoint"]);
      out.EndStruct();
    }
    if (span.contains("timestamp")) out.Int(10, ThriftType::kI64, span["timestamp"]);
    if (span.contains("duration")) out.Int(11, ThriftType::kI64, span["duration"]);
    out.Int(12, ThriftType::kI64, IdNumber(HighHex(span["traceId"])));
    out.EndStruct();
  }
  return out.bytes;
}

}  // namespace vivace::testing
