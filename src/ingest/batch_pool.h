// BatchPool: batches whose spans are stored, kept so that their memory serves the next requests: a
// batch is some fifty arrays, more work to allocate than a small request is to decode.
//
// Any thread, a short lock. Keeps at most so many bytes and batches; others are freed.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "columns/span_batch.h"

namespace vivace {

class BatchPool {
 public:
  // The memory of a stored batch; an empty one where there is none.
  SpanBatch Take() {
    const std::lock_guard lock(mutex_);
    if (batches_.empty()) return {};
    auto [batch, bytes] = std::move(batches_.back());
    batches_.pop_back();
    bytes_ -= bytes;
    return std::move(batch);
  }

  // `bytes`: about what its arrays take.
  void Give(SpanBatch batch, size_t bytes) {
    if (bytes > kBatchBytesMax) return;
    const std::lock_guard lock(mutex_);
    if (batches_.size() == kBatchesMax || bytes_ + bytes > kBytesMax) return;
    bytes_ += bytes;
    batches_.emplace_back(std::move(batch), bytes);
  }

 private:
  static constexpr size_t kBatchesMax = 256;
  static constexpr size_t kBatchBytesMax = 1 << 20;
  static constexpr size_t kBytesMax = 16 << 20;

  std::mutex mutex_;
  std::vector<std::pair<SpanBatch, size_t>> batches_;
  size_t bytes_ = 0;
};

}  // namespace vivace
