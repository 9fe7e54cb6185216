// SummaryQuery: number, errors and latencies of spans by attributes: what the older
// /api/metrics/summary shows (spec/api.md 1.5).
//
// One thread. Memory: at most kGroupsMax groups; spans of others are left out.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "traceql/metrics/log2_histogram.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/pipeline/view_query.h"
#include "traceql/syntax/ast.h"
#include "traceql/value/owned_datum.h"

namespace vivace::traceql {

struct SpanSummary {
  std::vector<OwnedDatum> values;  // of the attributes asked for, in their order
  uint64_t span_count = 0;
  uint64_t error_count = 0;
  Log2Histogram durations{1};  // nanoseconds
};

class SummaryQuery final : public ViewQuery {
 public:
  static constexpr size_t kGroupsMax = 100'000;

  // Spans that start within `window` (one step) count.
  SummaryQuery(Query query, PipelineId pipeline, std::vector<Attribute> by,
               const TimeSteps& window);

  Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) override;
  bool needs_whole_traces() const override { return needs_whole_traces_; }
  std::unique_ptr<ViewQuery> NewPart(const std::optional<DataRange>& range) const override;
  void Merge(const ViewQuery& part) override;
  const Pruning& pruning() const override { return pruning_; }
  size_t MemoryBytes() const override { return bytes_; }

  // In order of their values as bytes.
  const std::map<std::string, SpanSummary>& summaries() const { return summaries_; }

 private:
  class Job;

  const Query query_;
  const PipelineId pipeline_;
  const std::vector<Attribute> by_;
  const TimeSteps window_;
  const bool needs_whole_traces_;
  const Pruning pruning_;
  std::map<std::string, SpanSummary> summaries_;
  size_t bytes_ = 0;  // that they take
};

}  // namespace vivace::traceql
