#include "traceql/value/attribute.h"

#include <fmt/format.h>

#include <array>

namespace vivace::traceql {
namespace {

struct IntrinsicInfo {
  std::string_view printed;
  std::optional<ValueType> type;
};

// By Intrinsic.
constexpr std::array<IntrinsicInfo, 23> kIntrinsics = {{
    {"", std::nullopt},
    {"duration", ValueType::kDuration},
    {"name", ValueType::kString},
    {"status", ValueType::kStatus},
    {"statusMessage", ValueType::kString},
    {"kind", ValueType::kKind},
    {"span:id", ValueType::kString},
    {"span:parentID", ValueType::kString},
    {"span:childCount", ValueType::kInt},
    {"rootName", ValueType::kString},
    {"rootServiceName", ValueType::kString},
    {"traceDuration", ValueType::kDuration},
    {"trace:id", ValueType::kString},
    {"event:name", ValueType::kString},
    {"event:timeSinceStart", ValueType::kDuration},
    {"link:traceID", ValueType::kString},
    {"link:spanID", ValueType::kString},
    {"instrumentation:name", std::nullopt},
    {"instrumentation:version", std::nullopt},
    {"nestedSetLeft", ValueType::kInt},
    {"nestedSetRight", ValueType::kInt},
    {"nestedSetParent", ValueType::kInt},
    {"parent", ValueType::kNil},
}};
static_assert(kIntrinsics.size() == static_cast<size_t>(Intrinsic::kParent) + 1);

constexpr std::array<std::string_view, 6> kScopeNames = {"", "span", "resource", "event", "link", "instrumentation"};

}  // namespace

std::optional<ValueType> TypeOf(const Attribute& attribute) { return kIntrinsics[static_cast<size_t>(attribute.intrinsic)].type; }

std::string_view ScopeName(Scope scope) { return kScopeNames[static_cast<size_t>(scope)]; }

std::string Format(const Attribute& attribute) {
  if (attribute.intrinsic != Intrinsic::kNone) return std::string(kIntrinsics[static_cast<size_t>(attribute.intrinsic)].printed);
  const std::string_view parent = attribute.of_parent ? "parent." : "";
  const std::string_view point = attribute.scope == Scope::kNone && attribute.of_parent ? "" : ".";
  return fmt::format("{}{}{}{}", parent, ScopeName(attribute.scope), point, attribute.key);
}

}  // namespace vivace::traceql
