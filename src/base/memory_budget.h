// MemoryBudget: memory that is reserved before it is used, so that all its users together stay
// below a limit. MemoryLease: what one of them has reserved.
//
// Budgets may be chained: what is taken of a query's own comes out of the server's too. Any thread;
// an atomic addition each.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vivace {

class MemoryBudget {
 public:
  // `parent`, which may be null, must outlive the budget.
  explicit MemoryBudget(size_t bytes_max, MemoryBudget* parent = nullptr)
      : bytes_max_(bytes_max), parent_(parent) {}

  size_t used() const { return used_.load(std::memory_order_relaxed); }
  size_t bytes_max() const { return bytes_max_; }

  // All or nothing.
  bool TryReserve(size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes > bytes_max_ ||
        (parent_ != nullptr && !parent_->TryReserve(bytes))) {
      used_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    return true;
  }
  void Release(size_t bytes) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    if (parent_ != nullptr) parent_->Release(bytes);
  }

 private:
  const size_t bytes_max_;
  MemoryBudget* const parent_;
  std::atomic<size_t> used_ = 0;
};

// Gives back what it holds when it goes. One thread.
class MemoryLease {
 public:
  // Without a budget everything is granted.
  explicit MemoryLease(MemoryBudget* budget = nullptr) : budget_(budget) {}
  MemoryLease(MemoryLease&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryLease& operator=(MemoryLease&&) = delete;
  ~MemoryLease() {
    if (budget_ != nullptr) budget_->Release(bytes_);
  }

  // RESOURCE_EXHAUSTED, with nothing more held, where there is not so much left.
  Status Grow(size_t bytes) {
    if (budget_ == nullptr) return {};
    if (!budget_->TryReserve(bytes)) {
      return Fail(ErrorCode::kResourceExhausted,
                  fmt::format("the query needs more memory than its limit: {} bytes on top of {} "
                              "in use, of at most {}; select fewer attributes or a "
                              "shorter range",
                              bytes, budget_->used(), budget_->bytes_max()));
    }
    bytes_ += bytes;
    return {};
  }

 private:
  MemoryBudget* budget_;
  size_t bytes_ = 0;
};

}  // namespace vivace
