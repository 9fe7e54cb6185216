#include "forward/ottl_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <compare>
#include <map>

#include "base/ids.h"
#include "columns/span_enums.h"

namespace vivace {
namespace {

using Getters = std::map<std::string_view, OttlGetter>;

constexpr std::array<std::string_view, 6> kKinds = {"Unspecified", "Internal", "Server",
                                                    "Client",      "Producer", "Consumer"};

uint32_t ScopeOf(const OttlRow& row) { return row.batch.spans.scope[row.span]; }
uint32_t ResourceOf(const OttlRow& row) { return row.batch.scopes.resource[ScopeOf(row)]; }

template <typename Id>
OttlValue IdValue(const Id& id) {
  return OttlValue::Bytes(id.View());
}

template <typename Id>
OttlValue HexValue(const OttlRow& row, const Id& id) {
  return OttlValue::String(row.texts.emplace_back(ToHex(id.View())));
}

OttlValue Time(uint64_t unix_nanos) { return OttlValue::Int(static_cast<int64_t>(unix_nanos)); }

OttlValue StringValue(const OttlRow& row, StringCode code) {
  return OttlValue::String(row.batch.String(code));
}

template <typename Names>
OttlValue EnumName(const Names& names, size_t number) {
  return number < names.size() ? OttlValue::String(names[number]) : OttlValue{};
}

const Getters& SpanGetters() {
  static const Getters getters = {
      {"name", [](const OttlRow& row) { return StringValue(row, row.batch.spans.name[row.span]); }},
      {"trace_id", [](const OttlRow& row) { return IdValue(row.batch.spans.trace_id[row.span]); }},
      {"trace_id.string",
       [](const OttlRow& row) { return HexValue(row, row.batch.spans.trace_id[row.span]); }},
      {"span_id", [](const OttlRow& row) { return IdValue(row.batch.spans.span_id[row.span]); }},
      {"span_id.string",
       [](const OttlRow& row) { return HexValue(row, row.batch.spans.span_id[row.span]); }},
      {"parent_span_id",
       [](const OttlRow& row) { return IdValue(row.batch.spans.parent_span_id[row.span]); }},
      {"parent_span_id.string",
       [](const OttlRow& row) { return HexValue(row, row.batch.spans.parent_span_id[row.span]); }},
      {"trace_state",
       [](const OttlRow& row) { return StringValue(row, row.batch.spans.trace_state[row.span]); }},
      {"kind", [](const OttlRow& row) { return OttlValue::Int(row.batch.spans.kind[row.span]); }},
      {"kind.string",
       [](const OttlRow& row) { return EnumName(kKinds, row.batch.spans.kind[row.span]); }},
      {"kind.deprecated_string",
       [](const OttlRow& row) { return EnumName(kKindNames, row.batch.spans.kind[row.span]); }},
      {"status.code",
       [](const OttlRow& row) { return OttlValue::Int(row.batch.spans.status_code[row.span]); }},
      {"status.message",
       [](const OttlRow& row) {
         return StringValue(row, row.batch.spans.status_message[row.span]);
       }},
      {"start_time_unix_nano",
       [](const OttlRow& row) { return Time(row.batch.spans.start_unix_nanos[row.span]); }},
      {"end_time_unix_nano",
       [](const OttlRow& row) { return Time(row.batch.spans.end_unix_nanos[row.span]); }},
      {"dropped_attributes_count",
       [](const OttlRow& row) {
         return OttlValue::Int(row.batch.spans.dropped_attributes[row.span]);
       }},
      {"dropped_events_count",
       [](const OttlRow& row) { return OttlValue::Int(row.batch.spans.dropped_events[row.span]); }},
      {"dropped_links_count",
       [](const OttlRow& row) { return OttlValue::Int(row.batch.spans.dropped_links[row.span]); }},
  };
  return getters;
}

const Getters& EventGetters() {
  static const Getters getters = {
      {"name",
       [](const OttlRow& row) { return StringValue(row, row.batch.events.name[row.event]); }},
      {"time_unix_nano",
       [](const OttlRow& row) { return Time(row.batch.events.time_unix_nanos[row.event]); }},
      {"dropped_attributes_count",
       [](const OttlRow& row) {
         return OttlValue::Int(row.batch.events.dropped_attributes[row.event]);
       }},
  };
  return getters;
}

const Getters& ScopeGetters() {
  static const Getters getters = {
      {"name",
       [](const OttlRow& row) { return StringValue(row, row.batch.scopes.name[ScopeOf(row)]); }},
      {"version",
       [](const OttlRow& row) { return StringValue(row, row.batch.scopes.version[ScopeOf(row)]); }},
  };
  return getters;
}

// Where a path starts: span, spanevent, scope or resource.
struct PathContext {
  const Getters* getters;
  std::span<const AttributeCode> (*attributes)(const OttlRow& row);
};

const Getters kNone;

PathContext PathContextOf(std::string_view name) {
  if (name == "span")
    return {&SpanGetters(),
            [](const OttlRow& row) { return row.batch.spans.attributes.Row(row.span); }};
  if (name == "spanevent")
    return {&EventGetters(),
            [](const OttlRow& row) { return row.batch.events.attributes.Row(row.event); }};
  if (name == "resource")
    return {&kNone,
            [](const OttlRow& row) { return row.batch.resources.attributes.Row(ResourceOf(row)); }};
  if (name == "scope" || name == "instrumentation_scope")
    return {&ScopeGetters(),
            [](const OttlRow& row) { return row.batch.scopes.attributes.Row(ScopeOf(row)); }};
  return {nullptr, nullptr};
}

OttlGetter AttributeGetter(std::span<const AttributeCode> (*attributes)(const OttlRow& row),
                           std::string key) {
  return [attributes, key = std::move(key)](const OttlRow& row) {
    for (const AttributeCode code : attributes(row)) {
      if (row.batch.AttributeKey(code) == key) return row.batch.Value(code);
    }
    return OttlValue{};
  };
}

bool IsNumber(const OttlValue& value) {
  return value.kind == ValueKind::kInt || value.kind == ValueKind::kDouble;
}
double AsNumber(const OttlValue& value) {
  return value.kind == ValueKind::kInt ? static_cast<double>(value.AsInt()) : value.AsDouble();
}

// Nothing where the two cannot be compared.
std::partial_ordering Order(const OttlValue& left, const OttlValue& right) {
  if (left.kind == ValueKind::kInt && right.kind == ValueKind::kInt)
    return left.AsInt() <=> right.AsInt();
  if (IsNumber(left) && IsNumber(right)) return AsNumber(left) <=> AsNumber(right);
  if (left.kind != right.kind) return std::partial_ordering::unordered;
  if (left.HasText()) return left.text <=> right.text;
  return left.bits <=> right.bits;
}

}  // namespace

std::string OttlPath::Text() const {
  const std::string text = fmt::to_string(fmt::join(names, "."));
  return has_key ? fmt::format("{}[\"{}\"]", text, key) : text;
}

Result<OttlGetter> OttlGetterOf(const OttlPath& path, OttlContext context) {
  std::span<const std::string> names(path.names);
  PathContext path_context = PathContextOf(names[0]);
  if (path_context.getters != nullptr) {
    names = names.subspan(1);
  } else {
    path_context = PathContextOf(context == OttlContext::kSpan ? "span" : "spanevent");
  }
  const bool is_hidden = context == OttlContext::kSpan && path.names[0] == "spanevent";
  const std::string rest = fmt::to_string(fmt::join(names, "."));
  if (!is_hidden && rest == "attributes" && path.has_key)
    return AttributeGetter(path_context.attributes, path.key);
  const auto found = path_context.getters->find(rest);
  if (is_hidden || path.has_key || found == path_context.getters->end())
    return Fail(ErrorCode::kInvalidArgument, fmt::format("unknown path {}", path.Text()));
  return found->second;
}

bool OttlCompare(const OttlValue& left, std::string_view op, const OttlValue& right) {
  const std::partial_ordering order = Order(left, right);
  if (op == "==") return order == 0;
  if (op == "!=") return order != 0;
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  return order >= 0;
}

}  // namespace vivace
