#include "base/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace vivace {
namespace {

// Fields of /proc/self/stat behind the name of the program, which may hold anything (proc(5): field
// 3 and on).
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return {};
  std::istringstream fields(text.substr(end_of_name + 1));
  return {std::istream_iterator<std::string>(fields), {}};
}

std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    if (word == "btime" && file >> word) return std::stod(word);
  }
  return std::nullopt;
}

double OpenDescriptors() {
  std::error_code ignored;
  const std::filesystem::directory_iterator entries("/proc/self/fd", ignored);
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

prometheus::MetricFamily Family(std::string name, std::string help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {std::move(name), std::move(help), type, {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics() {
  using prometheus::MetricType;
  constexpr size_t kStartTicks = 19;
  constexpr size_t kVirtualBytes = 20;
  constexpr size_t kResidentPages = 21;
  const std::vector<std::string> stat = StatFields();
  std::vector<prometheus::MetricFamily> families;
  families.push_back(Family("process_open_fds", "Number of open file descriptors.",
                            MetricType::Gauge, OpenDescriptors()));
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.push_back(Family("process_max_fds", "Maximum number of open file descriptors.",
                              MetricType::Gauge, static_cast<double>(limit.rlim_cur)));
  }
  if (rusage used{}; getrusage(RUSAGE_SELF, &used) == 0) {
    families.push_back(
        Family("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
               MetricType::Counter, Seconds(used.ru_utime) + Seconds(used.ru_stime)));
  }
  if (stat.size() <= kResidentPages) return families;
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  families.push_back(Family("process_virtual_memory_bytes", "Virtual memory size in bytes.",
                            MetricType::Gauge, std::stod(stat[kVirtualBytes])));
  families.push_back(
      Family("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge,
             std::stod(stat[kResidentPages]) * static_cast<double>(sysconf(_SC_PAGESIZE))));
  if (const auto boot = BootTime()) {
    families.push_back(Family("process_start_time_seconds",
                              "Start time of the process since unix epoch in seconds.",
                              MetricType::Gauge, *boot + std::stod(stat[kStartTicks]) / ticks));
  }
  return families;
}

}  // namespace vivace
