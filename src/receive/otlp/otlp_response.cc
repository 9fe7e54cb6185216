#include "receive/otlp/otlp_response.h"

#include <fmt/format.h>

#include <protozero/pbf_writer.hpp>

#include "base/json_writer.h"

namespace vivace {
namespace {

constexpr std::string_view kRetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";

std::string EncodeRetryInfo(uint32_t seconds) {
  std::string retry_info;
  protozero::pbf_writer out(retry_info);
  protozero::pbf_writer(out, 1).add_int64(1, seconds);  // retry_delay: a google.protobuf.Duration
  return retry_info;
}

std::string StatusProtobuf(const Error& error, uint32_t retry_after_seconds) {
  std::string status;
  protozero::pbf_writer out(status);
  out.add_int32(1, static_cast<int32_t>(error.code));
  out.add_string(2, error.message);
  if (retry_after_seconds > 0) {
    protozero::pbf_writer any(out, 3);
    any.add_string(1, kRetryInfoType.data(), kRetryInfoType.size());
    any.add_bytes(2, EncodeRetryInfo(retry_after_seconds));
  }
  return status;
}

void WriteRetryInfo(uint32_t seconds, JsonWriter& json) {
  json.Key("details");
  json.BeginArray();
  json.BeginObject();
  json.Key("@type");
  json.String(kRetryInfoType);
  json.Key("retryDelay");
  json.String(fmt::format("{}s", seconds));
  json.EndObject();
  json.EndArray();
}

std::string StatusJson(const Error& error, uint32_t retry_after_seconds) {
  std::string status;
  JsonWriter json(status);
  json.BeginObject();
  json.Key("code");
  json.Int(static_cast<int>(error.code));
  json.Key("message");
  json.String(error.message);
  if (retry_after_seconds > 0) WriteRetryInfo(retry_after_seconds, json);
  json.EndObject();
  return status;
}

std::string ExportProtobuf(const RejectedSpans& rejected) {
  std::string response;
  protozero::pbf_writer out(response);
  std::string partial;
  if (rejected.total() > 0) {
    protozero::pbf_writer fields(partial);
    fields.add_int64(1, static_cast<int64_t>(rejected.total()));
    fields.add_string(2, rejected.first_reason);
  }
  out.add_message(1, partial);
  return response;
}

std::string ExportJson(const RejectedSpans& rejected) {
  std::string response;
  JsonWriter json(response);
  json.BeginObject();
  json.Key("partialSuccess");
  json.BeginObject();
  if (rejected.total() > 0) {
    json.Key("rejectedSpans");
    json.QuotedUint(rejected.total());
    json.Key("errorMessage");
    json.String(rejected.first_reason);
  }
  json.EndObject();
  json.EndObject();
  return response;
}

}  // namespace

std::string_view ContentTypeOf(OtlpFormat format) {
  return format == OtlpFormat::kJson ? "application/json" : "application/x-protobuf";
}

std::string EncodeExportResponse(OtlpFormat format, const RejectedSpans& rejected) {
  return format == OtlpFormat::kJson ? ExportJson(rejected) : ExportProtobuf(rejected);
}

std::string EncodeRpcStatus(OtlpFormat format, const Error& error, uint32_t retry_after_seconds) {
  return format == OtlpFormat::kJson ? StatusJson(error, retry_after_seconds)
                                     : StatusProtobuf(error, retry_after_seconds);
}

}  // namespace vivace
