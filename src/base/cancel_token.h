// CancelToken: signals work in progress that its result is no longer needed, because the client
// left or its deadline passed.
//
// The server owns and sets it, handlers hold it as const. Any thread. Asking costs an atomic load,
// and a clock reading if there is a deadline: once per row group or page, not once per row.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vivace {

class CancelToken {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kNoDeadline = Clock::time_point::max();

  explicit CancelToken(Clock::time_point deadline = kNoDeadline) : deadline_(deadline) {}

  bool IsCancelled() const {
    if (cancelled_.load(std::memory_order_acquire)) return true;
    return deadline_ != kNoDeadline && Clock::now() >= deadline_;
  }
  explicit operator bool() const { return IsCancelled(); }
  Clock::time_point deadline() const { return deadline_; }

  // The first call runs the callbacks on the calling thread.
  void Cancel() {
    std::vector<std::function<void()>> callbacks;
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
      callbacks.swap(callbacks_);
    }
    for (const auto& callback : callbacks) callback();
  }

  // Runs `callback` when Cancel is called (not by a passing deadline alone); at once if it was. It
  // must be short and must not block.
  void OnCancel(std::function<void()> callback) const {
    {
      const std::lock_guard lock(mutex_);
      if (!cancelled_.load(std::memory_order_acquire)) {
        callbacks_.push_back(std::move(callback));
        return;
      }
    }
    callback();
  }

 private:
  const Clock::time_point deadline_;
  std::atomic<bool> cancelled_ = false;
  mutable std::mutex mutex_;
  mutable std::vector<std::function<void()>> callbacks_;
};

// How many traces a loop over traces may take between two checks.
inline constexpr uint32_t kTracesPerCheck = 16;

// CANCELLED or DEADLINE_EXCEEDED where the token (which may be null) is cancelled.
inline Status CheckCancelled(const CancelToken* token) {
  if (token == nullptr || !token->IsCancelled()) return {};
  if (CancelToken::Clock::now() >= token->deadline())
    return Fail(ErrorCode::kDeadlineExceeded, "context deadline exceeded");
  return Fail(ErrorCode::kCancelled, "context canceled");
}

}  // namespace vivace
