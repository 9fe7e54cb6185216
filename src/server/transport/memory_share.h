// MemoryShare: a number of bytes (or connections) that one party may take; parties are
// nested (server, port, peer, connection) and what one takes is taken from all above it.
//
// A party with a factor gets no fixed amount: it may take until it holds `factor` times what is
// then still free above it. So one that is alone may take most of it, several get less each, and
// something always stays for whoever comes next. Small requests go by four times the factor, so
// that a peer that fills its share with large ones can still be answered. Any thread; an atomic
// addition per level.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace vivace {

class MemoryShare {
 public:
  // `factor` 0: only `bytes_max` counts.
  explicit MemoryShare(size_t bytes_max, std::shared_ptr<MemoryShare> parent = nullptr,
                       size_t factor = 0)
      : bytes_max_(bytes_max), factor_(factor), parent_(std::move(parent)) {}
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  // All or nothing.
  bool Take(size_t bytes, bool is_small = false) {
    const size_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (used <= bytes_max_ && IsWithinShare(used, bytes, is_small) &&
        (parent_ == nullptr || parent_->Take(bytes, is_small)))
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
  bool IsWithinShare(size_t used, size_t bytes, bool is_small) const {
    if (factor_ == 0) return true;
    const size_t free = parent_->Free(is_small);
    return free >= bytes && used <= Factor(is_small) * (free - bytes);
  }
  // What the parties below may still take together: with every byte of it less is free above.
  size_t Free(bool is_small) const {
    const size_t used = this->used();
    if (parent_ == nullptr) return bytes_max_ - std::min(used, bytes_max_);
    const size_t above = parent_->Free(is_small);
    if (factor_ == 0) return std::min(above, bytes_max_ - std::min(used, bytes_max_));
    const size_t factor = Factor(is_small);
    const size_t share = (factor * above - std::min(used, factor * above)) / (factor + 1);
    return std::min(share, bytes_max_ - std::min(used, bytes_max_));
  }
  size_t Factor(bool is_small) const { return is_small ? 4 * factor_ : factor_; }

  const size_t bytes_max_;
  const size_t factor_;
  const std::shared_ptr<MemoryShare> parent_;
  std::atomic<size_t> used_ = 0;
};

}  // namespace vivace
