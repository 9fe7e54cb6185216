#include "receive/zipkin/zipkin_translator.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/unix_time.h"
#include "columns/span_enums.h"
#include "receive/zipkin/zipkin_tag_value.h"

namespace vivace {
namespace {

constexpr std::string_view kLibraryName = "otel.library.name";
constexpr std::string_view kLibraryVersion = "otel.library.version";
constexpr std::string_view kServiceSource = "otlp.service.name.source";
constexpr std::string_view kLinkPrefix = "otlp.link.";
constexpr size_t kLinksMax = 128;

// Tags that describe the resource.
bool IsResourceKey(std::string_view key) {
  static const std::unordered_set<std::string_view> keys = {"cloud.provider",
                                                            "cloud.account.id",
                                                            "cloud.region",
                                                            "cloud.availability_zone",
                                                            "cloud.platform",
                                                            "aws.ecs.container.arn",
                                                            "aws.ecs.cluster.arn",
                                                            "aws.ecs.launchtype",
                                                            "aws.ecs.task.arn",
                                                            "aws.ecs.task.family",
                                                            "aws.ecs.task.revision",
                                                            "aws.eks.cluster.arn",
                                                            "aws.log.group.names",
                                                            "aws.log.group.arns",
                                                            "aws.log.stream.names",
                                                            "aws.log.stream.arns",
                                                            "container.name",
                                                            "container.id",
                                                            "container.runtime",
                                                            "container.image.name",
                                                            "container.image.tag",
                                                            "deployment.environment",
                                                            "device.id",
                                                            "device.model.identifier",
                                                            "device.model.name",
                                                            "device.manufacturer",
                                                            "faas.name",
                                                            "faas.id",
                                                            "faas.version",
                                                            "faas.instance",
                                                            "faas.max_memory",
                                                            "host.id",
                                                            "host.name",
                                                            "host.type",
                                                            "host.arch",
                                                            "host.image.name",
                                                            "host.image.id",
                                                            "host.image.version",
                                                            "k8s.cluster.name",
                                                            "k8s.node.name",
                                                            "k8s.node.uid",
                                                            "k8s.namespace.name",
                                                            "k8s.pod.uid",
                                                            "k8s.pod.name",
                                                            "k8s.container.name",
                                                            "k8s.container.restart_count",
                                                            "k8s.replicaset.uid",
                                                            "k8s.replicaset.name",
                                                            "k8s.deployment.uid",
                                                            "k8s.deployment.name",
                                                            "k8s.statefulset.uid",
                                                            "k8s.statefulset.name",
                                                            "k8s.daemonset.uid",
                                                            "k8s.daemonset.name",
                                                            "k8s.job.uid",
                                                            "k8s.job.name",
                                                            "k8s.cronjob.uid",
                                                            "k8s.cronjob.name",
                                                            "os.type",
                                                            "os.description",
                                                            "os.name",
                                                            "os.version",
                                                            "process.pid",
                                                            "process.executable.name",
                                                            "process.executable.path",
                                                            "process.command",
                                                            "process.command_line",
                                                            "process.command_args",
                                                            "process.owner",
                                                            "process.runtime.name",
                                                            "process.runtime.version",
                                                            "process.runtime.description",
                                                            "service.name",
                                                            "service.namespace",
                                                            "service.instance.id",
                                                            "service.version",
                                                            "telemetry.sdk.name",
                                                            "telemetry.sdk.language",
                                                            "telemetry.sdk.version",
                                                            "telemetry.auto.version",
                                                            "webengine.name",
                                                            "webengine.version",
                                                            "webengine.description",
                                                            "opencensus.starttime",
                                                            "opencensus.exporterversion",
                                                            "opencensus.resourcetype"};
  return keys.contains(key);
}

std::string_view TagOf(const std::vector<ZipkinTag>& tags, std::string_view key) {
  const auto tag = std::ranges::find(tags, key, &ZipkinTag::key);
  return tag == tags.end() ? std::string_view() : tag->value;
}

// The part of `text` before the first '|', which goes with it.
std::string_view TakePart(std::string_view& text) {
  const size_t end = std::min(text.find('|'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool ParseCount(std::string_view text, uint32_t& count) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

ZipkinSpan& ZipkinTranslator::Next() {
  if (count_ == spans_.size()) spans_.emplace_back();
  ZipkinSpan& span = spans_[count_++];
  span.Clear();
  return span;
}

void ZipkinTranslator::Finish(SpanBatchBuilder& builder) {
  builder_ = &builder;
  libraries_.clear();
  for (size_t i = 0; i < count_; ++i) libraries_.push_back(TagOf(spans_[i].tags, kLibraryName));
  order_.resize(count_);
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::stable_sort(order_, {}, [&](uint32_t i) {
    return std::tie(spans_[i].local.service_name, libraries_[i]);
  });
  for (size_t begin = 0; begin < count_;) {
    size_t end = begin + 1;
    while (end < count_ &&
           spans_[order_[end]].local.service_name == spans_[order_[begin]].local.service_name)
      ++end;
    AddGroup(begin, end);
    begin = end;
  }
}

// The spans of one service.
void ZipkinTranslator::AddGroup(size_t begin, size_t end) {
  const uint32_t resource = AddResource(spans_[order_[begin]]);
  uint32_t scope = 0;
  for (size_t i = begin; i < end; ++i) {
    const ZipkinSpan& span = spans_[order_[i]];
    if (i == begin || libraries_[order_[i]] != libraries_[order_[i - 1]])
      scope = AddScope(span, resource);
    AddSpan(span, scope);
  }
}

uint32_t ZipkinTranslator::AddResource(const ZipkinSpan& first) {
  attributes_.Clear();
  resource_tags_.clear();
  const std::string_view service = first.local.service_name;
  if (!service.empty()) {
    const std::string_view source = TagOf(first.tags, kServiceSource);
    attributes_.Put(source.empty() ? "service.name" : source, AttributeValue::String(service));
    for (const ZipkinTag& tag : first.tags) {
      if (!IsResourceKey(tag.key) || (source.empty() && tag.key == "service.name")) continue;
      resource_tags_.push_back(tag);
      attributes_.Put(tag.key, AttributeValue::String(tag.value));
    }
  }
  codes_.clear();
  for (const auto& [key, value] : attributes_) codes_.push_back(builder_->AddAttribute(key, value));
  return builder_->AddResource(codes_, 0, {});
}

uint32_t ZipkinTranslator::AddScope(const ZipkinSpan& first, uint32_t resource) {
  return builder_->AddScope(resource, TagOf(first.tags, kLibraryName),
                            TagOf(first.tags, kLibraryVersion), {}, 0, {});
}

bool ZipkinTranslator::IsResourceTag(const ZipkinTag& tag) const {
  return std::ranges::any_of(resource_tags_, [&](const ZipkinTag& known) {
    return known.key == tag.key && known.value == tag.value;
  });
}

void ZipkinTranslator::LoadTags(const ZipkinSpan& span) {
  tags_.clear();
  for (const ZipkinTag& tag : span.tags) {
    const bool is_taken = tag.key == kLibraryName || tag.key == kLibraryVersion ||
                          tag.key == kServiceSource || IsResourceTag(tag);
    if (!is_taken) tags_.push_back(tag);
  }
}

std::string_view ZipkinTranslator::Take(std::string_view key) {
  const auto tag = std::ranges::find(tags_, key, &ZipkinTag::key);
  if (tag == tags_.end()) return {};
  const std::string_view value = tag->value;
  tags_.erase(tag);
  return value;
}

void ZipkinTranslator::AddSpan(const ZipkinSpan& span, uint32_t scope) {
  LoadTags(span);
  builder_->BeginSpan();
  SpanRow& row = builder_->row();
  row.trace_id = span.trace_id;
  row.span_id = span.span_id;
  if (span.parent_span_id != span.span_id) row.parent_span_id = span.parent_span_id;
  row.name = builder_->AddString(span.name);
  row.start_unix_nanos = span.start_unix_nanos;
  row.end_unix_nanos = AddNanos(span.start_unix_nanos, span.duration_nanos);
  TakeKind(span);
  TakeStatus();
  row.trace_state = builder_->AddString(Take("w3c.tracestate"));
  TakeLinks();
  AddAttributes(span);
  for (const ZipkinAnnotation& annotation : span.annotations) AddEvent(annotation);
  builder_->CommitSpan(scope);
}

// What the endpoints say is said last.
void ZipkinTranslator::AddAttributes(const ZipkinSpan& span) {
  attributes_.Clear();
  if (span.start_is_missing)
    attributes_.Put("otel.zipkin.absentField.startTime", AttributeValue::Bool(true));
  for (const ZipkinTag& tag : tags_) {
    attributes_.Put(tag.key, parse_string_tags_ ? ParseStringTag(tag.value)
                                                : AttributeValue::String(tag.value));
  }
  AddEndpoint(span.local, {}, "net.host.ip", "net.host.port");
  AddEndpoint(span.remote, "peer.service", "net.peer.ip", "net.peer.port");
  for (const auto& [key, value] : attributes_)
    builder_->SpanAttribute(builder_->AddAttribute(key, value));
}

void ZipkinTranslator::TakeKind(const ZipkinSpan& span) {
  SpanRow& row = builder_->row();
  row.kind = span.kind;
  if (span.kind != 0 || TagOf(tags_, "span.kind") != "internal") return;
  row.kind = kKindInternal;
  Take("span.kind");
}

void ZipkinTranslator::TakeStatus() {
  SpanRow& row = builder_->row();
  if (std::string_view code = Take("otel.status_code"); !code.empty()) {
    if (code == "Ok" || code == "STATUS_CODE_OK" || code == "OK") row.status_code = kStatusOk;
    if (code == "Error" || code == "STATUS_CODE_ERROR" || code == "ERROR")
      row.status_code = kStatusError;
    row.status_message = builder_->AddString(Take("otel.status_description"));
  }
  const auto error = std::ranges::find(tags_, "error", &ZipkinTag::key);
  if (error == tags_.end()) return;
  row.status_code = kStatusError;
  if (error->value == "true") tags_.erase(error);
}

void ZipkinTranslator::TakeLinks() {
  for (size_t i = 0; i < tags_.size();) {
    uint32_t number = 0;
    const std::string_view key = tags_[i].key;
    const bool is_link = key.starts_with(kLinkPrefix) &&
                         ParseCount(key.substr(kLinkPrefix.size()), number) && number < kLinksMax;
    if (is_link && AddLink(tags_[i].value)) {
      tags_.erase(tags_.begin() + static_cast<ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

// The attributes of a JSON object into codes_; of those with one key the last counts.
bool ZipkinTranslator::ReadAttributes(std::string_view json) {
  codes_.clear();
  std::unordered_map<StringCode, size_t> positions;
  return ReadJsonAttributes(json_, json, [&](std::string_view key, const AttributeValue& value) {
    const AttributeCode code = builder_->AddAttribute(key, value);
    const StringCode key_code = builder_->batch().attributes[code].key;
    const auto [at, is_new] = positions.try_emplace(key_code, codes_.size());
    if (is_new) {
      codes_.push_back(code);
    } else {
      codes_[at->second] = code;
    }
  });
}

// A link as OpenTelemetry's exporter writes it: trace|span|state|attributes|dropped. What does not
// read as one stays a tag.
bool ZipkinTranslator::AddLink(std::string_view text) {
  builder_->BeginLink();
  LinkRow& link = builder_->link();
  if (!ParseZipkinId(TakePart(text), link.trace_id) || !ParseZipkinId(TakePart(text), link.span_id))
    return false;
  const std::string_view state = TakePart(text);
  const size_t last = text.rfind('|');  // attributes may hold bars
  if (last == std::string_view::npos || !ParseCount(text.substr(last + 1), link.dropped_attributes))
    return false;
  if (!ReadAttributes(text.substr(0, last))) return false;
  link.trace_state = builder_->AddString(state);
  for (const AttributeCode code : codes_) builder_->LinkAttribute(code);
  builder_->EndLink();
  return true;
}

// name|attributes|dropped as OpenTelemetry's exporter writes it, or just a name, whatever it holds.
void ZipkinTranslator::AddEvent(const ZipkinAnnotation& annotation) {
  builder_->BeginEvent();
  EventRow& event = builder_->event();
  event.time_unix_nanos = annotation.time_unix_nanos;
  std::string_view rest = annotation.value;
  const std::string_view name = TakePart(rest);
  const size_t last = rest.rfind('|');
  const bool has_parts = last != std::string_view::npos &&
                         ParseCount(rest.substr(last + 1), event.dropped_attributes) &&
                         ReadAttributes(rest.substr(0, last));
  if (!has_parts) event.dropped_attributes = 0;
  event.name = builder_->AddString(has_parts ? name : annotation.value);
  if (has_parts) {
    for (const AttributeCode code : codes_) builder_->EventAttribute(code);
  }
  builder_->EndEvent();
}

void ZipkinTranslator::AddEndpoint(const ZipkinEndpoint& endpoint, std::string_view name_key,
                                   std::string_view ip_key, std::string_view port_key) {
  if (!name_key.empty() && !endpoint.service_name.empty())
    attributes_.Put(name_key, AttributeValue::String(endpoint.service_name));
  if (!endpoint.ip.empty()) attributes_.Put(ip_key, AttributeValue::String(endpoint.ip));
  if (endpoint.port != 0) attributes_.Put(port_key, AttributeValue::Int(endpoint.port));
}

}  // namespace vivace
