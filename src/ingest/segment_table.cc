#include "ingest/segment_table.h"

#include <algorithm>

namespace vivace {

SegmentTable::SegmentPointer SegmentTable::Live(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(tenant);
  return found == live_.end() ? nullptr : found->second;
}

void SegmentTable::SetLive(SegmentPointer segment) {
  const std::lock_guard lock(mutex_);
  live_[segment->tenant] = std::move(segment);
}

SegmentTable::SegmentPointer SegmentTable::Seal(const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(tenant);
  if (found == live_.end()) return nullptr;
  SegmentPointer segment = std::move(found->second);
  live_.erase(found);
  sealed_.push_back(segment);
  return segment;
}

void SegmentTable::AddSealed(SegmentPointer segment) {
  const std::lock_guard lock(mutex_);
  sealed_.push_back(std::move(segment));
}

void SegmentTable::RemoveSealed(const SegmentPointer& segment) {
  const std::lock_guard lock(mutex_);
  std::erase(sealed_, segment);
}

std::vector<SegmentTable::SegmentPointer> SegmentTable::OfTenant(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  std::vector<SegmentPointer> segments;
  std::copy_if(sealed_.begin(), sealed_.end(), std::back_inserter(segments),
               [&](const auto& segment) { return segment->tenant == tenant; });
  if (const auto found = live_.find(tenant); found != live_.end())
    segments.push_back(found->second);
  return segments;
}

std::vector<std::string> SegmentTable::LiveTenants() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> tenants;
  for (const auto& [tenant, segment] : live_) tenants.push_back(tenant);
  return tenants;
}

std::vector<SegmentTable::SegmentPointer> SegmentTable::Sealed() const {
  const std::lock_guard lock(mutex_);
  return sealed_;
}

}  // namespace vivace
