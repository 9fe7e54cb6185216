// PendingBatch: a batch on its way from Push to its answer. HeldBatches: those that wait because
// their tenant's segment is full and cannot be sealed yet.
//
// Of the commit thread. Held batches keep their order by tenant; they are bounded in bytes, in all
// and for each tenant, and in time.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "columns/span_batch.h"
#include "ingest/wal/wal_record.h"
#include "receive/span_sink.h"

namespace vivace {

struct PendingBatch {
  PushContext context;
  SpanBatch batch;
  WalRecord record;
  std::function<void(PushResult)> done;
  std::optional<std::chrono::steady_clock::time_point> held_until;

  size_t batch_bytes = 0;  // that its arrays take

  // What it takes of the queue's memory: batch, record and the rest.
  size_t queue_bytes() const { return batch_bytes + record.size() + 1024; }
};

// A batch is large to move.
using PendingPointer = std::unique_ptr<PendingBatch>;

class HeldBatches {
 public:
  using Clock = std::chrono::steady_clock;

  HeldBatches(size_t bytes_max, std::chrono::nanoseconds timeout)
      : bytes_max_(bytes_max), timeout_(timeout) {}

  bool empty() const { return tenants_.empty(); }
  bool HoldsFor(const std::string& tenant) const { return tenants_.contains(tenant); }

  // Takes the batch over; false where it has waited long enough, or where the tenant would hold
  // more than half of the room, or all together more than there is.
  bool Add(PendingPointer& pending, Clock::time_point now) {
    if (!pending->held_until) pending->held_until = now + timeout_;
    Tenant& tenant = tenants_[pending->context.tenant];
    const size_t bytes = pending->queue_bytes();
    const bool fits = bytes_ + bytes <= bytes_max_ && tenant.bytes + bytes <= bytes_max_ / 2;
    if (!fits || *pending->held_until <= now) {
      if (tenant.batches.empty()) tenants_.erase(pending->context.tenant);
      return false;
    }
    bytes_ += bytes;
    tenant.bytes += bytes;
    tenant.batches.push_back(std::move(pending));
    return true;
  }

  // Moves all to `out`, to be tried again.
  void TakeAll(std::vector<PendingPointer>& out) {
    for (auto& [name, tenant] : tenants_) {
      for (PendingPointer& pending : tenant.batches) out.push_back(std::move(pending));
    }
    tenants_.clear();
    bytes_ = 0;
  }

 private:
  struct Tenant {
    std::vector<PendingPointer> batches;
    size_t bytes = 0;
  };

  const size_t bytes_max_;
  const std::chrono::nanoseconds timeout_;
  std::map<std::string, Tenant> tenants_;
  size_t bytes_ = 0;
};

}  // namespace vivace
