#include "traceql/value/attribute.h"

#include <fmt/format.h>

#include <array>

namespace vivace::traceql {
namespace {

constexpr std::array<std::string_view, 6> kScopeNames = {"",      "span", "resource",
                                                         "event", "link", "instrumentation"};

}  // namespace

bool IsServiceName(const Attribute& attribute) {
  return attribute.intrinsic == Intrinsic::kNone && attribute.key == "service.name" &&
         (attribute.scope == Scope::kResource || attribute.scope == Scope::kNone);
}

std::string_view ScopeName(Scope scope) { return kScopeNames[static_cast<size_t>(scope)]; }

std::string Format(const Attribute& attribute) {
  if (attribute.intrinsic != Intrinsic::kNone)
    return std::string(IntrinsicName(attribute.intrinsic));
  const std::string_view parent = attribute.of_parent ? "parent." : "";
  const std::string_view point = attribute.scope == Scope::kNone && attribute.of_parent ? "" : ".";
  return fmt::format("{}{}{}{}", parent, ScopeName(attribute.scope), point, attribute.key);
}

}  // namespace vivace::traceql
