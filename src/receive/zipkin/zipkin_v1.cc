#include "receive/zipkin/zipkin_v1.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/unix_time.h"
#include "columns/plain_text.h"
#include "columns/span_enums.h"

namespace vivace {
namespace {

constexpr std::string_view kUnknownService = "unknown-service";

// The annotations that stand for a kind: client or server sent or received, message sent or
// received. 0 for others.
uint8_t KindOf(std::string_view annotation) {
  if (annotation == "cs" || annotation == "cr") return kKindClient;
  if (annotation == "sr" || annotation == "ss") return kKindServer;
  if (annotation == "ms") return kKindProducer;
  return annotation == "mr" ? kKindConsumer : kKindUnspecified;
}

}  // namespace

void ZipkinV1Span::Clear() {
  trace_id = {};
  span_id = parent_span_id = {};
  name = {};
  start_micros = duration_micros = 0;
  annotations.clear();
  binary_annotations.clear();
}

// Whose span it is: the endpoint of the annotation that gives the kind, or that of a tag; else what
// the tag for local components says.
ZipkinV1Endpoint ZipkinV1Translator::EndpointOf(const ZipkinV1Span& span) {
  for (const ZipkinV1Annotation& annotation : span.annotations) {
    if (KindOf(annotation.value) != 0 && !annotation.endpoint.service_name.empty())
      return annotation.endpoint;
  }
  for (const ZipkinV1BinaryAnnotation& tag : span.binary_annotations) {
    if (!tag.endpoint.service_name.empty()) return tag.endpoint;
  }
  for (const ZipkinV1BinaryAnnotation& tag : span.binary_annotations) {
    if (tag.key == "lc" && tag.value.kind == ValueKind::kString && !tag.value.text.empty())
      return {.service_name = tag.value.text};
  }
  return {.service_name = kUnknownService};
}

uint32_t ZipkinV1Translator::ScopeOf(const ZipkinV1Endpoint& endpoint) {
  const auto [known, is_new] = scopes_.try_emplace(
      {std::string(endpoint.service_name), endpoint.ipv4, endpoint.ipv6, endpoint.port});
  if (!is_new) return known->second;
  std::vector<AttributeCode> codes;
  const auto add = [&](std::string_view key, std::string_view text) {
    if (!text.empty()) codes.push_back(builder_.AddAttribute(key, AttributeValue::String(text)));
  };
  add("service.name", endpoint.service_name);
  add("ipv4", endpoint.ipv4);
  add("ipv6", endpoint.ipv6);
  add("port", endpoint.port != 0 ? fmt::to_string(endpoint.port) : std::string());
  return known->second = builder_.AddScope(builder_.AddResource(codes, 0, {}), {}, {}, {}, 0, {});
}

void ZipkinV1Translator::AddSpan(const ZipkinV1Span& span) {
  const uint32_t scope = ScopeOf(EndpointOf(span));
  attributes_.Clear();
  for (const ZipkinV1BinaryAnnotation& tag : span.binary_annotations)
    attributes_.Put(tag.key == "lc" ? "component" : tag.key, tag.value);
  builder_.BeginSpan();
  SpanRow& row = builder_.row();
  row.trace_id = span.trace_id;
  row.span_id = span.span_id;
  row.parent_span_id = span.parent_span_id;
  row.name = builder_.AddString(span.name);
  SetTimes(span);
  for (const ZipkinV1Annotation& annotation : span.annotations) {
    const uint8_t kind = KindOf(annotation.value);
    if (kind != 0) {
      if (row.kind == 0) row.kind = kind;
      continue;
    }
    builder_.BeginEvent();
    builder_.event().time_unix_nanos = NanosOfMicros(annotation.time_micros);
    builder_.event().name = builder_.AddString(annotation.value);
    builder_.EndEvent();
  }
  TakeStatus();
  for (const auto& [key, value] : attributes_)
    builder_.SpanAttribute(builder_.AddAttribute(key, value));
  builder_.CommitSpan(scope);
}

void ZipkinV1Translator::SetTimes(const ZipkinV1Span& span) {
  SpanRow& row = builder_.row();
  uint64_t first = 0;
  uint64_t last = 0;
  for (const ZipkinV1Annotation& annotation : span.annotations) {
    if (annotation.time_micros == 0) continue;
    if (first == 0 || annotation.time_micros < first) first = annotation.time_micros;
    last = std::max(last, annotation.time_micros);
  }
  if (span.start_micros != 0) {
    first = span.start_micros;
    last =
        span.duration_micros != 0 ? AddNanos(first, span.duration_micros) : std::max(first, last);
  }
  if (first != 0) {
    row.start_unix_nanos = NanosOfMicros(first);
    row.end_unix_nanos = NanosOfMicros(last);
    return;
  }
  row.start_unix_nanos = now_unix_nanos_;
  row.end_unix_nanos = AddNanos(now_unix_nanos_, NanosOfMicros(span.duration_micros));
  if (marks_absent_start_)
    attributes_.Put("otel.zipkin.absentField.startTime", AttributeValue::Bool(true));
}

// The first of these that is present decides the status.
void ZipkinV1Translator::TakeStatus() {
  if (TakeStatusOf("census.status_code",
                   {"census.status_description", "opencensus.status_description"}))
    return;
  if (TakeStatusOf("otel.status_code", {"otel.status_description"})) return;
  if (attributes_.Find("error") != nullptr) {
    builder_.row().status_code = kStatusError;
    attributes_.Remove("error");
    return;
  }
  ReadHttpStatus();
}

// A number, 0 for OK.
bool ZipkinV1Translator::TakeStatusOf(std::string_view code_key,
                                      std::initializer_list<std::string_view> message_keys) {
  const AttributeValue* value = attributes_.Find(code_key);
  const std::optional<int64_t> code = value == nullptr ? std::nullopt : IntegerOf(*value);
  if (!code) return false;
  SpanRow& row = builder_.row();
  const bool is_otel = code_key.starts_with("otel.");  // OTLP's own codes
  row.status_code = is_otel      ? static_cast<uint8_t>(std::clamp<int64_t>(*code, 0, kStatusError))
                    : *code == 0 ? kStatusOk
                                 : kStatusError;
  for (const std::string_view key : message_keys) {
    const AttributeValue* message = attributes_.Find(key);
    if (message == nullptr) continue;
    if (row.status_message == 0 && message->kind == ValueKind::kString)
      row.status_message = builder_.AddString(message->text);
    attributes_.Remove(key);
  }
  attributes_.Remove(code_key);
  return true;
}

void ZipkinV1Translator::ReadHttpStatus() {
  const AttributeValue* value = attributes_.Find("http.status_code");
  const std::optional<int64_t> code = value == nullptr ? std::nullopt : IntegerOf(*value);
  if (!code) return;
  SpanRow& row = builder_.row();
  if (*code < 100 || *code > 399) row.status_code = kStatusError;
  const AttributeValue* message = attributes_.Find("http.status_message");
  if (message != nullptr && message->kind == ValueKind::kString)
    row.status_message = builder_.AddString(message->text);
}

}  // namespace vivace
