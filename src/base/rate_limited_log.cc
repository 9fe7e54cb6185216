#include "base/rate_limited_log.h"

#include <utility>

namespace vivace {
namespace {

constexpr std::chrono::seconds kReportInterval{1};

}  // namespace

void RateLimitedLog::Report(const std::string& source, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  ++unreported_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_report_) return;
  next_report_ = now + kReportInterval;
  LogWarn(message_, {{"source", source},
                     {"err", problem},
                     {unit_, std::to_string(std::exchange(unreported_, 0))}});
}

}  // namespace vivace
