#include "app/request_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/ascii.h"

namespace vivace {
namespace {

// Clients may send any word as a method.
std::string MethodLabel(std::string_view method) {
  static constexpr std::string_view kKnown[] = {"GET",    "HEAD",    "POST",  "PUT",
                                                "DELETE", "OPTIONS", "PATCH", "gRPC"};
  return std::string(std::ranges::find(kKnown, method) != std::end(kKnown) ? method : "other");
}

Histogram& DurationOf(Metrics& metrics, const MetricLabels& labels) {
  return metrics.GetHistogram(
      "tempo_request_duration_seconds",
      "Time to respond to a request. Series with alias=\"true\" count pushes and traces by id a "
      "second time, under the routes that common dashboards use (vivace.seed_metric_aliases): sums "
      "are over alias=\"\".",
      {.01, .025, .05, .1, .25, .5, 1, 1.5, 2.5, 5, 10, 25, 50, 100}, labels);
}

}  // namespace

Histogram& RequestDuration(Metrics& metrics, const std::string& method, const std::string& route,
                           const std::string& status) {
  return DurationOf(
      metrics, {{"method", method}, {"route", route}, {"status_code", status}, {"ws", "false"}});
}

Histogram& AliasRequestDuration(Metrics& metrics, const std::string& method,
                                const std::string& route, const std::string& status) {
  return DurationOf(metrics, {{"alias", "true"},
                              {"method", method},
                              {"route", route},
                              {"status_code", status},
                              {"ws", "false"}});
}

std::string RouteLabel(std::string_view pattern) {
  std::string label;
  for (const char c : pattern) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      label += ToLowerAscii(c);
    } else if (!label.empty() && label.back() != '_' && c != '}' && c != '{') {
      label += '_';
    }
  }
  return label;
}

void RequestMetrics::OnResponse(std::string_view method_sent, std::string_view route, int status,
                                double seconds) {
  const std::string method = MethodLabel(method_sent);
  std::vector<Histogram*> histograms;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Histogram*>& known = durations_[{method, std::string(route), status}];
    if (known.empty()) {
      known.push_back(
          &RequestDuration(metrics_, method, RouteLabel(route), fmt::to_string(status)));
      const bool is_lookup =
          route == "/api/traces/{traceID}" || route == "/api/v2/traces/{traceID}";
      if (seed_aliases_ && is_lookup) {
        known.push_back(
            &AliasRequestDuration(metrics_, method, std::string(route), fmt::to_string(status)));
      }
    }
    histograms = known;
  }
  for (Histogram* histogram : histograms) histogram->Observe(seconds);
}

bool IsWithinSlo(const QueryOutcome& outcome, const SloConfig& slo) {
  if (outcome.failed) return false;
  if (slo.duration_slo <= Duration::zero() || slo.throughput_bytes_slo <= 0) return true;
  const double limit = std::chrono::duration<double>(slo.duration_slo).count();
  return outcome.seconds <= limit ||
         static_cast<double>(outcome.inspected_bytes) >= slo.throughput_bytes_slo * outcome.seconds;
}

const SloConfig& SloOf(const QueryFrontendConfig& config, std::string_view operation) {
  if (operation == "traces") return config.trace_by_id.slo;
  if (operation == "metrics") return config.metrics.slo;
  return operation == "metadata" ? config.search.metadata_slo : config.search.slo;
}

void RequestMetrics::OnQuery(const QueryOutcome& outcome) {
  const MetricLabels query{{"tenant", outcome.tenant}, {"op", outcome.operation}};
  MetricLabels result = query;
  result.emplace_back("result", outcome.cancelled ? "canceled" : "completed");
  metrics_.GetCounter("tempo_query_frontend_queries_total", "Queries answered.", result).Add(1);
  metrics_
      .GetCounter("tempo_query_frontend_queries_within_slo_total",
                  "Queries answered within the SLO.", result)
      .Add(IsWithinSlo(outcome, SloOf(config_, outcome.operation)) ? 1 : 0);
  metrics_
      .GetCounter("tempo_query_frontend_bytes_inspected_total", "Bytes inspected by queries.",
                  query)
      .Add(static_cast<double>(outcome.inspected_bytes));
}

}  // namespace vivace
