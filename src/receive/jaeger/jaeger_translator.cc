#include "receive/jaeger/jaeger_translator.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/unix_time.h"
#include "columns/plain_text.h"
#include "columns/span_enums.h"

namespace vivace {
namespace {

// What OpenTelemetry's own Jaeger exporter writes for a resource without a service.
constexpr std::string_view kNoServiceName = "OTLPResourceNoServiceName";

constexpr std::pair<std::string_view, uint8_t> kKinds[] = {{"internal", kKindInternal},
                                                           {"server", kKindServer},
                                                           {"client", kKindClient},
                                                           {"producer", kKindProducer},
                                                           {"consumer", kKindConsumer}};

// A client that was answered 4xx has failed, the server that answered it has not.
bool IsHttpError(int64_t status, uint8_t kind) {
  if (status >= 100 && status < 399) return false;
  return !(status >= 400 && status < 500 && kind == kKindServer);
}

}  // namespace

void JaegerSpan::Clear() {
  references.clear();
  tags.clear();
  logs.clear();
  log_fields.clear();
  trace_id = {};
  span_id = parent_span_id = {};
  trace_id_bits = span_id_bits = 0;
  name = {};
  start_unix_nanos = duration_nanos = 0;
}

void JaegerTranslator::LoadTags(std::span<const JaegerTag> tags) {
  tags_.Clear();
  for (const JaegerTag& tag : tags) tags_.Put(tag.key, tag.value);
}

std::string_view JaegerTranslator::TextOf(std::string_view key) const {
  const AttributeValue* value = tags_.Find(key);
  return value != nullptr && value->kind == ValueKind::kString ? value->text : std::string_view();
}

std::string_view JaegerTranslator::TakeText(std::string_view key) {
  const std::string_view text = TextOf(key);
  tags_.Remove(key);
  return text;
}

uint32_t JaegerTranslator::AddProcess(const JaegerProcess& process) {
  tags_.Clear();
  if (!process.service_name.empty() && process.service_name != kNoServiceName)
    tags_.Put("service.name", AttributeValue::String(process.service_name));
  for (const JaegerTag& tag : process.tags) tags_.Put(tag.key, tag.value);
  const AttributeValue* host = tags_.Find("hostname");
  if (host != nullptr && tags_.Find("host.name") == nullptr)
    tags_.Replace("hostname", "host.name", AttributeValue(*host));
  if (const AttributeValue* version = tags_.Find("jaeger.version"); version != nullptr) {
    scratch_ = "Jaeger-" + std::string(version->text);
    tags_.Replace("jaeger.version", "opencensus.exporterversion", AttributeValue::String(scratch_));
  }
  std::vector<AttributeCode> codes;
  for (const auto& [key, value] : tags_) codes.push_back(builder_.AddAttribute(key, value));
  return builder_.AddResource(codes, 0, {});
}

bool JaegerTranslator::HasIds(const JaegerSpan& span) {
  if (span.trace_id.IsZero()) return rejected_.AddInvalidTraceId(span.trace_id_bits), false;
  if (span.span_id.IsZero()) return rejected_.AddInvalidSpanId(span.span_id_bits), false;
  return true;
}

void JaegerTranslator::AddSpan(const JaegerSpan& span, uint32_t resource) {
  if (!HasIds(span)) return;
  LoadTags(span.tags);
  const uint32_t scope = ScopeOf(resource);
  builder_.BeginSpan();
  SpanRow& row = builder_.row();
  row.trace_id = span.trace_id;
  row.span_id = span.span_id;
  row.parent_span_id = ParentOf(span);
  row.name = builder_.AddString(span.name);
  row.start_unix_nanos = span.start_unix_nanos;
  row.end_unix_nanos = AddNanos(span.start_unix_nanos, span.duration_nanos);
  row.kind = TakeKind();
  TakeStatus();
  if (dialect_ == Dialect::kProtobuf)
    row.trace_state = builder_.AddString(TakeText("w3c.tracestate"));
  for (const auto& [key, value] : tags_) builder_.SpanAttribute(builder_.AddAttribute(key, value));
  AddEvents(span);
  AddLinks(span);
  builder_.CommitSpan(scope);
}

uint32_t JaegerTranslator::ScopeOf(uint32_t resource) {
  std::string_view name, version;
  if (dialect_ == Dialect::kProtobuf) {
    name = TakeText("otel.scope.name");
    version = TakeText("otel.scope.version");
  }
  if (const auto known = scopes_.find(std::tie(resource, name, version)); known != scopes_.end())
    return known->second;
  return scopes_[{resource, std::string(name), std::string(version)}] =
             builder_.AddScope(resource, name, version, {}, 0, {});
}

uint8_t JaegerTranslator::TakeKind() {
  const std::string_view text = TakeText("span.kind");
  const auto kind = std::ranges::find(kKinds, text, &std::pair<std::string_view, uint8_t>::first);
  return kind == std::end(kKinds) ? kKindUnspecified : kind->second;
}

void JaegerTranslator::TakeStatus() {
  SpanRow& row = builder_.row();
  const AttributeValue* error = tags_.Find("error");
  const bool has_failed = error != nullptr && error->kind == ValueKind::kBool && error->bits != 0;
  if (has_failed) {
    tags_.Remove("error");
    row.status_code = kStatusError;
    const std::string_view message = tags_.Find("otel.status_description") != nullptr
                                         ? TakeText("otel.status_description")
                                         : TextOf("http.status_message");
    row.status_message = builder_.AddString(message);
  }
  if (const AttributeValue* code = tags_.Find("otel.status_code"); code != nullptr) {
    TakeOtelStatus(*code, has_failed);
  } else if (const AttributeValue* http = tags_.Find("http.status_code");
             http != nullptr && !has_failed) {
    ReadHttpStatus(*http);
  }
}

void JaegerTranslator::TakeOtelStatus(const AttributeValue& code, bool is_known) {
  SpanRow& row = builder_.row();
  if (!is_known) {
    if (EqualsIgnoringCase(code.text, "OK")) row.status_code = kStatusOk;
    if (EqualsIgnoringCase(code.text, "ERROR")) row.status_code = kStatusError;
    row.status_message = builder_.AddString(TakeText("otel.status_description"));
  }
  tags_.Remove("otel.status_code");
}

void JaegerTranslator::ReadHttpStatus(const AttributeValue& code) {
  const std::optional<int64_t> status = IntegerOf(code);
  if (!status) return;
  SpanRow& row = builder_.row();
  if (IsHttpError(*status, row.kind)) row.status_code = kStatusError;
  row.status_message = builder_.AddString(TextOf("http.status_message"));
}

SpanId JaegerTranslator::ParentOf(const JaegerSpan& span) {
  if (!span.parent_span_id.IsZero()) return span.parent_span_id;
  for (const bool follows_from : {false, true}) {
    for (const JaegerReference& reference : span.references) {
      if (reference.follows_from == follows_from && reference.trace_id == span.trace_id)
        return reference.span_id;
    }
  }
  return {};
}

void JaegerTranslator::AddLinks(const JaegerSpan& span) {
  for (const JaegerReference& reference : span.references) {
    if (!reference.follows_from && reference.span_id == builder_.row().parent_span_id) continue;
    builder_.BeginLink();
    builder_.link().trace_id = reference.trace_id;
    builder_.link().span_id = reference.span_id;
    const std::string_view type = reference.follows_from ? "follows_from" : "child_of";
    builder_.LinkAttribute(
        builder_.AddAttribute("opentracing.ref_type", AttributeValue::String(type)));
    builder_.EndLink();
  }
}

void JaegerTranslator::AddEvents(const JaegerSpan& span) {
  uint32_t begin = 0;
  for (const JaegerLog& log : span.logs) {
    builder_.BeginEvent();
    builder_.event().time_unix_nanos = log.time_unix_nanos;
    LoadTags(std::span(span.log_fields).subspan(begin, log.fields_end - begin));
    builder_.event().name = builder_.AddString(TextOf("event"));
    for (const auto& [key, value] : tags_) {
      if (key == "event" && value.kind == ValueKind::kString) continue;
      builder_.EventAttribute(builder_.AddAttribute(key, value));
    }
    builder_.EndEvent();
    begin = log.fields_end;
  }
}

}  // namespace vivace
