// StreamFlow: how much of a streaming answer waits to be sent, shared by the writing handler and
// the connection, and counted among the connection's unread answers. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "server/transport/connection_memory.h"

namespace vivace {

class StreamFlow {
 public:
  static constexpr size_t kWritableBytes = 1 << 20;

  explicit StreamFlow(std::shared_ptr<ConnectionMemory> memory) : memory_(std::move(memory)) {}
  ~StreamFlow() { memory_->ReleaseAnswer(queued_); }
  StreamFlow(const StreamFlow&) = delete;
  StreamFlow& operator=(const StreamFlow&) = delete;

  // False where there is no memory for so much.
  bool Queue(size_t bytes) {
    if (!memory_->TakeAnswer(bytes)) return false;
    const std::lock_guard lock(mutex_);
    queued_ += bytes;
    return true;
  }
  // Returns the callback that waits for room, where there is room now.
  std::function<void()> Sent(size_t bytes) {
    memory_->ReleaseAnswer(bytes);
    const std::lock_guard lock(mutex_);
    queued_ -= bytes;
    return HasRoom() ? std::exchange(callback_, nullptr) : nullptr;
  }
  std::function<void()> End() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    return std::exchange(callback_, nullptr);
  }
  bool writable() const {
    const std::lock_guard lock(mutex_);
    return HasRoom() && (ended_ || memory_->has_answer_room());
  }
  // False, and `callback` untouched, when it may run at once.
  bool Wait(std::function<void()>& callback) {
    {
      const std::lock_guard lock(mutex_);
      if (!HasRoom()) {
        callback_ = std::move(callback);
        return true;
      }
      if (ended_ || memory_->has_answer_room()) return false;
    }
    memory_->WhenAnswerRoom(std::move(callback));
    return true;
  }

 private:
  bool HasRoom() const { return ended_ || queued_ < kWritableBytes; }

  const std::shared_ptr<ConnectionMemory> memory_;
  mutable std::mutex mutex_;
  size_t queued_ = 0;
  bool ended_ = false;
  std::function<void()> callback_;
};

}  // namespace vivace
