// MetricsPlan: a metrics query as a whole: the functions that read data, and what is made of their
// series (spec/traceql.md 5.6, 8.1).
//
//   Make (feed the data to each of queries()) CurrentSeries
//
// One thread. Cost of CurrentSeries: the samples, a few times.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "traceql/metrics/series_query.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class MetricsPlan {
 public:
  // `query` is a metrics query.
  static std::unique_ptr<MetricsPlan> Make(Query query, const MetricsOptions& options);

  // Nothing can match, whatever the data: there will be no series.
  bool is_empty() const { return is_empty_; }
  const std::vector<std::unique_ptr<SeriesQuery>>& queries() const { return queries_; }
  bool is_truncated() const;

  // The series of what has been added so far, in the order in which answers show them.
  std::vector<Series> CurrentSeries() const;

 private:
  // Series, or a number.
  struct Outcome {
    std::vector<Series> series;
    std::optional<double> constant;
  };

  explicit MetricsPlan(Query query) : owner_(std::make_shared<const Query>(std::move(query))) {}
  Outcome Evaluate(MetricsId id) const;
  static Outcome ApplyBinary(Operator op, Outcome left, Outcome right);

  const std::shared_ptr<const Query> owner_;
  const Query& query_ = *owner_;
  bool is_empty_ = false;
  std::vector<std::unique_ptr<SeriesQuery>> queries_;
  std::vector<size_t> query_of_;  // by MetricsId: index into queries_
};

}  // namespace vivace::traceql
