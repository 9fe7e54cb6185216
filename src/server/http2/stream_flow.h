// StreamFlow: how much of a streaming answer waits to be sent, shared by the writing handler and
// the connection. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace vivace {

class StreamFlow {
 public:
  static constexpr size_t kWritableBytes = 1 << 20;

  void Queued(size_t bytes) {
    const std::lock_guard lock(mutex_);
    queued_ += bytes;
  }
  // Returns the callback that waits for room, where there is room now.
  std::function<void()> Sent(size_t bytes) {
    const std::lock_guard lock(mutex_);
    queued_ -= bytes;
    return Writable() ? std::exchange(callback_, nullptr) : nullptr;
  }
  std::function<void()> End() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    return std::exchange(callback_, nullptr);
  }
  bool writable() const {
    const std::lock_guard lock(mutex_);
    return Writable();
  }
  // False, and `callback` untouched, when it may run at once.
  bool Wait(std::function<void()>& callback) {
    const std::lock_guard lock(mutex_);
    if (Writable()) return false;
    callback_ = std::move(callback);
    return true;
  }

 private:
  bool Writable() const { return ended_ || queued_ < kWritableBytes; }

  mutable std::mutex mutex_;
  size_t queued_ = 0;
  bool ended_ = false;
  std::function<void()> callback_;
};

}  // namespace vivace
