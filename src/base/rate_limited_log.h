// RateLimitedLog: logs what outsiders can cause at will, at most once a second.
//
// Owned by what refuses or loses something (receivers without answers, the ingester, listeners);
// any thread. A report takes a lock, and seldom writes a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/log.h"

namespace vivace {

class RateLimitedLog {
 public:
  // `message` is the text of the log line, `unit` what is counted in it: "datagrams".
  RateLimitedLog(std::string message, std::string unit)
      : message_(std::move(message)), unit_(std::move(unit)) {}

  // Logs the error and how many there were since the last line, unless that was less than a second
  // ago.
  void Report(const std::string& source, const std::string& problem);

 private:
  const std::string message_;
  const std::string unit_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_report_;  // guarded by mutex_
  uint64_t unreported_ = 0;                            // guarded by mutex_
};

}  // namespace vivace
