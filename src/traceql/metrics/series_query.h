// SeriesQuery: one metrics function over the spans of a pipeline: is fed view after view and yields
// series.
//
// Made by MakeSeriesQuery; one thread. Memory: at most about `bytes_max` for series; series beyond
// that are left out, see is_truncated().
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/pipeline/view_query.h"
#include "traceql/syntax/ast.h"
#include "traceql/value/well_known_attributes.h"

namespace vivace::traceql {

struct MetricsOptions {
  TimeSteps steps;
  size_t exemplars = 0;  // wanted at most
  size_t bytes_max = size_t{128} << 20;
  // Attributes whose absence compare() counts: those with a column of their own in every block, and
  // in blocks that have any.
  std::vector<std::pair<Scope, std::string>> static_columns;
  WellKnownAttributes well_known;
};

// How many series an answer may have: what each costs on its way, with its samples as numbers and
// as text, and its labels.
inline size_t SeriesMax(const MetricsOptions& options) {
  constexpr size_t kBytesPerSeries = 600;
  constexpr size_t kBytesPerSample = 64;
  return std::max<size_t>(
      1, options.bytes_max / (kBytesPerSeries + options.steps.count * kBytesPerSample));
}

class SeriesQuery : public ViewQuery {
 public:
  // Of what has been added so far, in any order.
  virtual std::vector<Series> CurrentSeries() const = 0;
  // Whether series were left out for lack of memory.
  virtual bool is_truncated() const = 0;
};

// `query` must outlive the result. `pipeline` and `stage` are of it.
std::unique_ptr<SeriesQuery> MakeSeriesQuery(const Query& query, PipelineId pipeline,
                                             const MetricsStage& stage,
                                             const MetricsOptions& options);

}  // namespace vivace::traceql
