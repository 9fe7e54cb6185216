#include "block/write/promotion.h"

#include <span>
#include <string_view>

#include "block/format/static_columns.h"

namespace vivace {
namespace {

constexpr uint8_t kServiceName = 0;
constexpr uint8_t kHttpStatusCode = 2;

// The column for a key: a well-known name first, then a slot.
uint8_t TargetOfKey(std::string_view key, std::span<const std::string_view> names,
                    const std::array<std::string, kDedicatedSlots>& slots) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (key == names[i]) return static_cast<uint8_t>(i);
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].empty() && key == slots[i]) return static_cast<uint8_t>(names.size() + i);
  }
  return Promotion::kGeneric;
}

}  // namespace

Promotion::Promotion(const Segment& segment, const DedicatedSlots& slots) {
  for (uint32_t key = 0; key < segment.keys().size(); ++key) {
    const std::string_view name = segment.keys()[key].view();
    resource_targets_.push_back(TargetOfKey(name, kStaticResourceNames, slots.resource));
    span_targets_.push_back(TargetOfKey(name, kStaticSpanNames, slots.span));
  }
}

uint8_t Promotion::TargetOf(RowKind owner, AttributeTraits::Entry attribute) const {
  if (owner == RowKind::kResource) {
    const uint8_t target = resource_targets_[attribute.key];
    return attribute.IsString() && !(target == kServiceName && attribute.is_empty) ? target
                                                                                   : kGeneric;
  }
  if (owner != RowKind::kSpan) return kGeneric;
  const uint8_t target = span_targets_[attribute.key];
  return (target == kHttpStatusCode ? attribute.IsInt() : attribute.IsString()) ? target : kGeneric;
}

}  // namespace vivace
