#include "receive/attribute_map.h"

#include <algorithm>

namespace vivace {

void AttributeMap::Clear() {
  entries_.clear();
  positions_.clear();
}

size_t AttributeMap::PositionOf(std::string_view key) const {
  if (!positions_.empty()) {
    const auto known = positions_.find(key);
    return known == positions_.end() ? kNone : known->second;
  }
  const auto known = std::ranges::find(entries_, key, &Entry::key);
  return known == entries_.end() ? kNone : static_cast<size_t>(known - entries_.begin());
}

void AttributeMap::MakeTable() {
  for (size_t i = 0; i < entries_.size(); ++i) positions_.emplace(entries_[i].key, i);
}

void AttributeMap::Put(std::string_view key, const AttributeValue& value) {
  if (const size_t known = PositionOf(key); known != kNone) {
    entries_[known].value = value;
    return;
  }
  if (!positions_.empty()) positions_.emplace(key, entries_.size());
  entries_.push_back({key, value});
  if (positions_.empty() && entries_.size() > kFew) MakeTable();
}

const AttributeValue* AttributeMap::Find(std::string_view key) const {
  const size_t known = PositionOf(key);
  return known == kNone ? nullptr : &entries_[known].value;
}

void AttributeMap::Replace(std::string_view key, std::string_view by, const AttributeValue& value) {
  const size_t known = PositionOf(key);
  if (known == kNone || PositionOf(by) != kNone) {
    Remove(key);
    return Put(by, value);
  }
  entries_[known] = {by, value};
  if (positions_.empty()) return;
  positions_.erase(key);
  positions_.emplace(by, known);
}

void AttributeMap::Remove(std::string_view key) {
  const size_t known = PositionOf(key);
  if (known == kNone) return;
  if (!positions_.empty()) {
    positions_[entries_.back().key] = known;
    positions_.erase(key);
  }
  entries_[known] = entries_.back();
  entries_.pop_back();
}

}  // namespace vivace
