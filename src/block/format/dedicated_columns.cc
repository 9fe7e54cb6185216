#include "block/format/dedicated_columns.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "block/format/static_columns.h"

namespace vivace {
namespace {

bool HasStaticColumn(const DedicatedColumn& column) {
  if (column.scope == DedicatedScope::kResource)
    return std::ranges::find(kStaticResourceNames, column.name) != kStaticResourceNames.end();
  return std::ranges::find(kStaticSpanNames, column.name) != kStaticSpanNames.end();
}

bool FitsV4(const DedicatedColumn& column) {
  return column.type == DedicatedType::kString && column.options.empty() &&
         column.scope != DedicatedScope::kEvent;
}

template <size_t kSlots>
void Assign(std::array<std::string, kSlots>& slots, const std::string& name) {
  const auto free = std::ranges::find(slots, std::string());
  if (free != slots.end()) *free = name;
}

}  // namespace

std::string_view NameOf(DedicatedScope scope) {
  constexpr std::string_view kNames[] = {"span", "resource", "event"};
  return kNames[static_cast<size_t>(scope)];
}

std::string_view NameOf(DedicatedType type) {
  return type == DedicatedType::kString ? "string" : "int";
}

const DedicatedColumns& DefaultDedicatedColumns() {
  static const DedicatedColumns columns = [] {
    DedicatedColumns list;
    for (const char* name :
         {"k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name", "k8s.container.name"}) {
      list.push_back({DedicatedScope::kResource, name, DedicatedType::kString, {}});
    }
    const auto span = [&](const char* name, DedicatedType type) {
      list.push_back({DedicatedScope::kSpan, name, type, {}});
    };
    span("http.request.method", DedicatedType::kString);
    span("http.response.status_code", DedicatedType::kInt);
    span("url.path", DedicatedType::kString);
    span("url.route", DedicatedType::kString);
    span("server.address", DedicatedType::kString);
    span("server.port", DedicatedType::kInt);
    span("http.method", DedicatedType::kString);
    span("http.url", DedicatedType::kString);
    span("http.route", DedicatedType::kString);
    span("http.status_code", DedicatedType::kInt);
    return list;
  }();
  return columns;
}

DedicatedColumns FilterForV4(const DedicatedColumns& columns) {
  DedicatedColumns kept;
  size_t used[2] = {0, 0};
  for (const DedicatedColumn& column : columns) {
    if (!FitsV4(column) || HasStaticColumn(column) || column.name.empty()) continue;
    if (used[static_cast<size_t>(column.scope)]++ < kDedicatedSlots) kept.push_back(column);
  }
  return kept;
}

DedicatedSlots AssignSlots(const DedicatedColumns& columns) {
  DedicatedSlots slots;
  for (const DedicatedColumn& column : columns) {
    if (!FitsV4(column)) continue;
    Assign(column.scope == DedicatedScope::kResource ? slots.resource : slots.span, column.name);
  }
  return slots;
}

std::optional<Leaf> PromotedLeafOf(const DedicatedSlots& slots, RowKind owner,
                                   std::string_view key) {
  const auto find = [&](const auto& names, const auto& of_slots,
                        Leaf first) -> std::optional<Leaf> {
    if (const auto name = std::ranges::find(names, key); name != names.end()) {
      return LeafAfter(first, static_cast<size_t>(name - names.begin()));
    }
    const auto slot = key.empty() ? of_slots.end() : std::ranges::find(of_slots, key);
    if (slot == of_slots.end()) return std::nullopt;
    return DedicatedLeaf(owner, static_cast<size_t>(slot - of_slots.begin()));
  };
  if (owner == RowKind::kResource)
    return find(kStaticResourceNames, slots.resource, Leaf::kResourceServiceName);
  if (owner == RowKind::kSpan) return find(kStaticSpanNames, slots.span, Leaf::kSpanHttpMethod);
  return std::nullopt;
}

uint64_t HashOf(const DedicatedColumns& columns) {
  if (columns.empty()) return 0;
  constexpr char kSeparator = '\xff';
  std::string text;
  for (const DedicatedColumn& column : columns) {
    text.append(NameOf(column.scope)).push_back(kSeparator);
    text.append(column.name).push_back(kSeparator);
    text.append(NameOf(column.type));
    for (const std::string& option : column.options) {
      text.push_back(kSeparator);
      text.append(option);
    }
  }
  return XXH64(text.data(), text.size(), 0);
}

}  // namespace vivace
