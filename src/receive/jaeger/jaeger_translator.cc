#include "receive/jaeger/jaeger_translator.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/ascii.h"
#include "columns/plain_text.h"
#include "columns/span_enums.h"

namespace vivace {
namespace {

// From so many tags on, those with one key are looked up in a table.
constexpr size_t kFewTags = 48;
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

// Of tags with one key the last one's value counts, at the position of the first.
void JaegerTranslator::LoadTags(const std::vector<JaegerTag>& tags) {
  tags_.clear();
  std::unordered_map<std::string_view, size_t> positions;
  for (const JaegerTag& tag : tags) {
    auto known = tags_.end();
    if (tags.size() <= kFewTags) {
      known = std::ranges::find(tags_, tag.key, &JaegerTag::key);
    } else if (const auto [position, is_new] = positions.try_emplace(tag.key, tags_.size());
               !is_new) {
      known = tags_.begin() + static_cast<ptrdiff_t>(position->second);
    }
    if (known != tags_.end()) {
      known->value = tag.value;
    } else {
      tags_.push_back(tag);
    }
  }
}

const AttributeValue* JaegerTranslator::Find(std::string_view key) const {
  const auto tag = std::ranges::find(tags_, key, &JaegerTag::key);
  return tag == tags_.end() ? nullptr : &tag->value;
}

// The last tag moves to the position of the removed one.
void JaegerTranslator::Remove(std::string_view key) {
  const auto tag = std::ranges::find(tags_, key, &JaegerTag::key);
  if (tag == tags_.end()) return;
  *tag = tags_.back();
  tags_.pop_back();
}

std::string_view JaegerTranslator::TextOf(std::string_view key) const {
  const AttributeValue* value = Find(key);
  return value != nullptr && value->kind == ValueKind::kString ? value->text : std::string_view();
}

std::string_view JaegerTranslator::TakeText(std::string_view key) {
  const std::string_view text = TextOf(key);
  Remove(key);
  return text;
}

uint32_t JaegerTranslator::AddProcess(const JaegerProcess& process) {
  LoadTags(process.tags);
  if (!process.service_name.empty() && process.service_name != kNoServiceName) {
    Remove("service.name");
    tags_.insert(tags_.begin(), {"service.name", AttributeValue::String(process.service_name)});
  }
  const auto hostname = std::ranges::find(tags_, "hostname", &JaegerTag::key);
  if (hostname != tags_.end() && Find("host.name") == nullptr) hostname->key = "host.name";
  const auto version = std::ranges::find(tags_, "jaeger.version", &JaegerTag::key);
  if (version != tags_.end()) {
    scratch_ = "Jaeger-" + std::string(version->value.text);
    *version = {"opencensus.exporterversion", AttributeValue::String(scratch_)};
  }
  std::vector<AttributeCode> codes;
  for (const JaegerTag& tag : tags_) codes.push_back(builder_.AddAttribute(tag.key, tag.value));
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
  row.end_unix_nanos = span.start_unix_nanos + span.duration_nanos;
  row.kind = TakeKind();
  TakeStatus();
  if (dialect_ == Dialect::kProtobuf)
    row.trace_state = builder_.AddString(TakeText("w3c.tracestate"));
  for (const JaegerTag& tag : tags_)
    builder_.SpanAttribute(builder_.AddAttribute(tag.key, tag.value));
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
  const AttributeValue* error = Find("error");
  const bool has_failed = error != nullptr && error->kind == ValueKind::kBool && error->bits != 0;
  if (has_failed) {
    Remove("error");
    row.status_code = kStatusError;
    const std::string_view message = Find("otel.status_description") != nullptr
                                         ? TakeText("otel.status_description")
                                         : TextOf("http.status_message");
    row.status_message = builder_.AddString(message);
  }
  if (const AttributeValue* code = Find("otel.status_code"); code != nullptr) {
    TakeOtelStatus(*code, has_failed);
  } else if (const AttributeValue* http = Find("http.status_code");
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
  Remove("otel.status_code");
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
    for (uint32_t field = begin; field < log.fields_end; ++field) {
      const JaegerTag& tag = span.log_fields[field];
      if (tag.key == "event" && tag.value.kind == ValueKind::kString) {
        builder_.event().name = builder_.AddString(tag.value.text);
      } else {
        builder_.EventAttribute(builder_.AddAttribute(tag.key, tag.value));
      }
    }
    builder_.EndEvent();
    begin = log.fields_end;
  }
}

}  // namespace vivace
