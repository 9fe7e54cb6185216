// BodyBudget: how many bytes of request bodies the server, and each of its connections, may hold at
// once.
//
// A lease counts the bytes of one request from arrival until it is answered. Budgets nest: a
// connection's takes from the server's. Any thread; an atomic addition a chunk. Counting what
// arrived, not what was announced, keeps idle announcements from blocking others.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace vivace {

class BodyBudget {
 public:
  explicit BodyBudget(size_t bytes_max, std::shared_ptr<BodyBudget> parent = nullptr)
      : bytes_max_(bytes_max), parent_(std::move(parent)) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  bool Take(size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_ &&
        (parent_ == nullptr || parent_->Take(bytes)))
      return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  void Release(size_t bytes) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    if (parent_ != nullptr) parent_->Release(bytes);
  }
  size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const size_t bytes_max_;
  const std::shared_ptr<BodyBudget> parent_;
  std::atomic<size_t> used_ = 0;
};

// The bytes of one request; gives them back when destroyed. Handlers may outlive connections, so
// leases own their budget.
class BodyLease {
 public:
  explicit BodyLease(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  ~BodyLease() { budget_->Release(bytes_); }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  bool Take(size_t bytes) {
    if (!budget_->Take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }

 private:
  const std::shared_ptr<BodyBudget> budget_;
  size_t bytes_ = 0;
};

}  // namespace vivace
