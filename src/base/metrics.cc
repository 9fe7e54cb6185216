#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <unordered_map>

#include "base/process_metrics.h"

namespace vivace {
namespace {

std::map<std::string, std::string> LabelMap(const MetricLabels& labels) {
  return {labels.begin(), labels.end()};
}

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Add(double amount) override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }
  void Add(double amount) override { gauge_.Increment(amount); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

// The series of each name, by labels.
template <typename Handle>
using Handles = std::unordered_map<std::string, std::map<MetricLabels, std::unique_ptr<Handle>>>;

// The handle of that series, made by make(labels) where there is none yet.
template <typename Handle, typename Make>
Handle& FindOrMake(Handles<Handle>& handles, const std::string& name, const MetricLabels& labels,
                   const Make& make) {
  auto& series = handles[name];
  if (const auto found = series.find(labels); found != series.end()) return *found->second;
  MetricLabels own = labels;
  if (series.size() >= Metrics::kSeriesMax) {
    for (auto& [label, value] : own) value = Metrics::kOthers;
  }
  std::unique_ptr<Handle>& handle = series[own];
  if (!handle) handle = make(LabelMap(own));
  return *handle;
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  std::mutex mutex;
  Handles<Counter> counters;
  Handles<Gauge> gauges;
  Handles<Histogram> histograms;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::GetCounter(const std::string& name, const std::string& help,
                             const MetricLabels& labels) {
  const std::lock_guard lock(state_->mutex);
  return FindOrMake(state_->counters, name, labels, [&](const auto& all) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
    return std::make_unique<PrometheusCounter>(family.Add(all));
  });
}

Gauge& Metrics::GetGauge(const std::string& name, const std::string& help,
                         const MetricLabels& labels) {
  const std::lock_guard lock(state_->mutex);
  return FindOrMake(state_->gauges, name, labels, [&](const auto& all) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
    return std::make_unique<PrometheusGauge>(family.Add(all));
  });
}

Histogram& Metrics::GetHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& bounds, const MetricLabels& labels) {
  const std::lock_guard lock(state_->mutex);
  return FindOrMake(state_->histograms, name, labels, [&](const auto& all) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
    return std::make_unique<PrometheusHistogram>(family.Add(all, bounds));
  });
}

std::string Metrics::Render() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  for (prometheus::MetricFamily& family : ProcessMetrics()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace vivace
