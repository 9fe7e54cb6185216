// FaultPlan: which operations of a test's faulty twin (FaultyStore, FaultyFileSystem) are to fail.
//
//   plan.FailAt(3, error);                          // the fourth operation from now
//   plan.FailAll(Kind::kSync, error);               // all of a kind ...
//   plan.FailAll(Kind::kSync, error, "tenant-a");   // ... on what has this in its name
//
// Kind is the twin's own enum. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vivace {

template <typename Kind>
class FaultPlan {
 public:
  // The n-th operation from now (0: the next) fails, whatever it is.
  void FailAt(uint64_t n, Error error) {
    const std::lock_guard lock(mutex_);
    fail_at_ = {operations_ + n, std::move(error)};
  }
  // All operations of the kind on names that contain `part` fail until ClearFaults().
  void FailAll(Kind kind, Error error, std::string part = "") {
    const std::lock_guard lock(mutex_);
    fail_all_.insert_or_assign(kind, Fault{std::move(error), std::move(part)});
  }
  void ClearFaults() {
    const std::lock_guard lock(mutex_);
    fail_at_.reset();
    fail_all_.clear();
  }
  uint64_t operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }

  // Counts an operation and returns the error that it is to fail with, if any.
  Status MaybeFail(Kind kind, std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const uint64_t number = operations_++;
    if (fail_at_.has_value() && fail_at_->first == number) return std::unexpected(fail_at_->second);
    const auto all = fail_all_.find(kind);
    const bool fails = all != fail_all_.end() && name.contains(all->second.part);
    return fails ? Status(std::unexpected(all->second.error)) : Status();
  }

 private:
  struct Fault {
    Error error;
    std::string part;
  };

  mutable std::mutex mutex_;
  mutable uint64_t operations_ = 0;
  std::optional<std::pair<uint64_t, Error>> fail_at_;
  std::map<Kind, Fault> fail_all_;
};

}  // namespace vivace
