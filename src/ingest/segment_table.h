// SegmentTable: the segments of all tenants that are not yet blocks: one that takes spans per
// tenant, and those that wait to be written.
//
// The ingester adds and seals, the flusher removes, lookups read: any thread, a short lock, at the
// cost of the tenant's own segments. Segments are shared, so a reader may keep one that has
// meanwhile become a block.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/live_segment.h"

namespace vivace {

class SegmentTable {
 public:
  using SegmentPointer = std::shared_ptr<LiveSegment>;

  // The tenant's segment that takes spans, or null.
  SegmentPointer Live(const std::string& tenant) const;
  void SetLive(SegmentPointer segment);
  // The tenant's live segment is now among the sealed ones; null where there was none.
  SegmentPointer Seal(const std::string& tenant);
  void AddSealed(SegmentPointer segment);
  void RemoveSealed(const SegmentPointer& segment);

  // Sealed ones first (older), then the live one.
  std::vector<SegmentPointer> OfTenant(const std::string& tenant) const;
  std::vector<SegmentPointer> LiveSegments() const;
  // Whether, and how many, tenants have segments.
  bool HasTenant(const std::string& tenant) const;
  size_t tenant_count() const;

 private:
  struct Tenant {
    SegmentPointer live;  // may be null
    std::vector<SegmentPointer> sealed;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Tenant> tenants_;
};

}  // namespace vivace
