// SeriesQuery: one metrics function over the spans of a pipeline: is fed view after view and yields
// series.
//
// Made by MakeSeriesQuery; one thread. Memory: at most about `bytes_max` for series; series beyond
// that are left out, see is_truncated().
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/pipeline/view_query.h"
#include "traceql/syntax/ast.h"
#include "traceql/value/well_known_attributes.h"

namespace vivace::traceql {

struct MetricsOptions {
  // Names the question: queries of the same name differ in steps and exemplars at most. Empty: what
  // they collect is not to be kept.
  std::string name;
  TimeSteps steps;
  size_t exemplars = 0;  // wanted at most
  // Of a part whose steps are those that its data lie in: where they lie.
  std::optional<DataRange> data_range;
  size_t bytes_max = size_t{128} << 20;
  // Attributes whose absence compare() counts: those with a column of their own in every block, and
  // in blocks that have any.
  std::vector<std::pair<Scope, std::string>> static_columns;
  WellKnownAttributes well_known;
  // Whether compare() counts attribute lists in one pass, or key by key; the same answer (tests).
  bool pairs_at_once = true;
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
  explicit SeriesQuery(const MetricsOptions& options) : options_(options) {}

  std::optional<std::string> PartKey(const DataRange& range) const override;
  bool lacks_data() const override { return lacks_data_ && options_.data_range.has_value(); }
  // Of what has been added so far, in any order.
  virtual std::vector<Series> CurrentSeries() const = 0;
  // Whether series were left out for lack of memory.
  virtual bool is_truncated() const = 0;

 protected:
  // Those of a part: its steps are those that the data lie in, so that the part does not depend on
  // the query's window, and it chooses as many exemplars as the query would within them.
  MetricsOptions OptionsOfPart(const std::optional<DataRange>& range) const;

  const MetricsOptions options_;
  bool lacks_data_ = false;

 private:
  std::optional<TimeSteps> StepsOfPart(const DataRange& range) const;
  uint64_t NanosPerExemplarSlot() const;
};

// `pipeline` and `stage` are of `query`.
std::unique_ptr<SeriesQuery> MakeSeriesQuery(std::shared_ptr<const Query> query,
                                             PipelineId pipeline, const MetricsStage& stage,
                                             const MetricsOptions& options);

}  // namespace vivace::traceql
