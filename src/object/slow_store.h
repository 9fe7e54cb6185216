// SlowStore: another store as it would be over a network, for tests of what queries wait for: each
// request takes a latency, only so many are under way at a time, the others wait for their turn;
// and what was asked for is counted.
//
// A request is a call, except for ReadRanges: each range is a request of its own, as object stores
// have it, all sent at once. A created object is sent in one request when it is closed. Requests
// that fail take as long and count too. Turns are given in the order of arrival: a call reserves
// the moments at which its requests end and sleeps until the last of them, so that a clock of a
// test's own, even one that jumps, gives the same times as the real one. Any thread. The inner
// store and this one must outlive the writers they hand out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "object/object_store.h"

namespace vivace {

class SlowStore final : public ObjectStore {
 public:
  enum class Kind { kRead, kSize, kWrite, kList, kDelete, kRename };
  using Time = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::nanoseconds latency = std::chrono::milliseconds(50);
    size_t requests_max = 16;  // under way at a time; at least 1
    // For tests; unset: the steady clock and the thread's sleep.
    std::function<Time()> now;
    std::function<void(Time until)> sleep_until;
  };
  // Requests, and the bytes that they read or wrote.
  struct Count {
    uint64_t requests = 0;
    uint64_t bytes = 0;
  };

  explicit SlowStore(ObjectStore& inner);
  SlowStore(ObjectStore& inner, Options options);

  // Since the last Reset(), of keys and prefixes that contain `part`.
  Count CountOf(Kind kind, std::string_view part = "") const;
  // The most requests that were under way at a time.
  size_t most_under_way() const;
  void Reset();

  Result<std::string> Read(const std::string& key) const override;
  Result<std::string> ReadRange(const std::string& key, uint64_t offset,
                                uint64_t size) const override;
  Result<std::vector<std::string>> ReadRanges(const std::string& key,
                                              std::span<const ByteRange> ranges) const override;
  Result<uint64_t> Size(const std::string& key) const override;
  Result<ObjectPart> ReadEnd(const std::string& key, ObjectEnd end,
                             uint64_t size_max) const override;
  bool is_remote() const override { return true; }
  Status Write(const std::string& key, std::string_view bytes) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  Status Delete(const std::string& key) override;
  Status DeleteAll(const std::string& prefix) override;
  Status Rename(const std::string& from, const std::string& to) override;

 private:
  class Writer;

  // Waits for `requests` at once and counts them.
  void Wait(Kind kind, const std::string& key, size_t requests = 1) const;
  // When the last of them ends.
  Time Reserve(size_t requests, Time now) const;
  void CountBytes(Kind kind, const std::string& key, uint64_t bytes) const;

  ObjectStore& inner_;
  const Options options_;
  mutable std::mutex mutex_;
  mutable std::vector<Time> ends_;  // of the last request in each turn: a heap, the earliest first
  mutable size_t most_under_way_ = 0;
  mutable std::map<std::pair<Kind, std::string>, Count> counts_;
};

}  // namespace vivace
