#include "ingest/segment_table.h"

namespace vivace {

SegmentTable::SegmentPointer SegmentTable::Live(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? nullptr : found->second.live;
}

void SegmentTable::SetLive(SegmentPointer segment) {
  const std::lock_guard lock(mutex_);
  tenants_[segment->tenant].live = std::move(segment);
}

SegmentTable::SegmentPointer SegmentTable::Seal(const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end() || !found->second.live) return nullptr;
  found->second.sealed.push_back(std::move(found->second.live));
  return found->second.sealed.back();
}

void SegmentTable::AddSealed(SegmentPointer segment) {
  const std::lock_guard lock(mutex_);
  tenants_[segment->tenant].sealed.push_back(std::move(segment));
}

void SegmentTable::RemoveSealed(const SegmentPointer& segment) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(segment->tenant);
  if (found == tenants_.end()) return;
  std::erase(found->second.sealed, segment);
  if (!found->second.live && found->second.sealed.empty()) tenants_.erase(found);
}

std::vector<SegmentTable::SegmentPointer> SegmentTable::OfTenant(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return {};
  std::vector<SegmentPointer> segments = found->second.sealed;
  if (found->second.live) segments.push_back(found->second.live);
  return segments;
}

std::vector<SegmentTable::SegmentPointer> SegmentTable::LiveSegments() const {
  const std::lock_guard lock(mutex_);
  std::vector<SegmentPointer> segments;
  for (const auto& [name, tenant] : tenants_) {
    if (tenant.live) segments.push_back(tenant.live);
  }
  return segments;
}

bool SegmentTable::HasTenant(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  return tenants_.contains(tenant);
}

size_t SegmentTable::tenant_count() const {
  const std::lock_guard lock(mutex_);
  return tenants_.size();
}

}  // namespace vivace
