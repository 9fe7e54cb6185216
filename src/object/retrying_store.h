// RetryingStore: reads of another store, repeated where they failed for a reason that may pass.
//
// All that is read for queries goes through it, so that a moment without descriptors or a slow disk
// costs a delay and not an answer. What is certain is returned at once: NOT_FOUND,
// INVALID_ARGUMENT, OUT_OF_RANGE and DATA_LOSS. Any other error is tried again, kAttempts times
// altogether with a growing pause between, and then returned as UNAVAILABLE, whatever its code was:
// "cannot be read now" is one thing to whoever asks. Writes are passed on as they are. Any thread;
// a failing read blocks it for the pauses.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "object/object_store.h"

namespace vivace {

class RetryingStore final : public ObjectStore {
 public:
  static constexpr int kAttempts = 3;
  static constexpr std::chrono::milliseconds kFirstPause{20};  // the next one is four times as long

  using Sleep = std::function<void(std::chrono::milliseconds)>;
  // `inner` must outlive this. `sleep`: for tests; unset: the thread's.
  explicit RetryingStore(ObjectStore& inner, Sleep sleep = nullptr);

  Result<std::string> Read(const std::string& key) const override;
  Result<std::string> ReadRange(const std::string& key, uint64_t offset,
                                uint64_t size) const override;
  Result<std::vector<std::string>> ReadRanges(const std::string& key,
                                              std::span<const ByteRange> ranges) const override;
  Result<uint64_t> Size(const std::string& key) const override;
  Result<ObjectPart> ReadEnd(const std::string& key, ObjectEnd end,
                             uint64_t size_max) const override;
  bool is_remote() const override { return inner_.is_remote(); }
  Result<std::vector<std::string>> List(const std::string& prefix) const override;

  Status Write(const std::string& key, std::string_view bytes) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Status Delete(const std::string& key) override;
  Status DeleteAll(const std::string& prefix) override;
  Status Rename(const std::string& from, const std::string& to) override;

 private:
  // What `operation` returns, tried again as above.
  template <typename Operation>
  auto Retried(const Operation& operation) const -> decltype(operation());

  ObjectStore& inner_;
  const Sleep sleep_;
};

}  // namespace vivace
