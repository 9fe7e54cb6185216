// Metrics of Vivace itself: counters, gauges and histograms under Tempo's names (spec/api.md
// section 5), rendered for /metrics.
//
// `main` builds one Metrics and hands it down; a module registers its metrics once, keeps the
// handles and touches only those on its hot paths. Handles are valid as long as the Metrics and may
// be used from any thread; an increment is one atomic operation. Labels that come from outside
// (tenants) cannot make series without end: beyond kSeriesMax of one name all further ones are one.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vivace {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double amount) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

class Metrics {
 public:
  // Of one name: about 1 KB each, histograms 3 KB.
  static constexpr size_t kSeriesMax = 20'000;
  // The value of every label of the series that stands for those beyond it.
  static constexpr const char* kOthers = "others";

  Metrics();
  ~Metrics();

  // The same name and labels give the same handle. Getting one takes a lock: keep it.
  Counter& GetCounter(const std::string& name, const std::string& help,
                      const MetricLabels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help,
                  const MetricLabels& labels = {});
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const MetricLabels& labels = {});

  // Text of the Prometheus exposition format 0.0.4, the process itself included.
  std::string Render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vivace
