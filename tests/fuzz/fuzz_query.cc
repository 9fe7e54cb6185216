// Queries: any text must be refused with a message, or be run over a few spans and come to an end.
#include <algorithm>

#include "columns/random_batch_for_test.h"
#include "columns/segment_view.h"
#include "fuzz_target.h"
#include "traceql/metrics/metrics_plan.h"
#include "traceql/pipeline/pipeline_runner.h"
#include "traceql/syntax/parser.h"
#include "traceql/syntax/print.h"

namespace vivace::fuzz {
namespace {

constexpr std::string_view kSeparator = " ⟶ ";

// A few spans with every kind of value.
class Spans {
 public:
  Spans() {
    testing::Random random(1);
    const std::vector<TraceId> traces = {testing::RandomId<TraceId>(random),
                                         testing::RandomId<TraceId>(random)};
    segment_.Append(testing::RandomBatch(random, traces, 12));
    view_ = std::make_unique<SegmentView>(segment_);
    rows_ = traceql::ViewRows(*view_);
  }
  const traceql::ViewRows& rows() const { return rows_; }

 private:
  Segment segment_;
  std::unique_ptr<SegmentView> view_;
  traceql::ViewRows rows_;
};

void RunMetrics(const traceql::Query& query, const traceql::ViewRows& rows) {
  const traceql::MetricsOptions options{
      .steps = {.start_unix_nanos = 1, .step_nanos = uint64_t{1} << 60, .count = 3},
      .exemplars = 5,
      .static_columns = {},
      .well_known = {}};
  const auto plan = traceql::MetricsPlan::Make(query, options);
  for (const auto& counting : plan->queries()) {
    const auto job = counting->Open(rows);
    Require(job.has_value(), "a metrics query can be prepared for every view");
    if ((*job)->AddAllTraces().has_value())
      Require((*job)->Finish().has_value(), "what was taken can be finished");
  }
  (void)plan->CurrentSeries();
}

void RunPipelines(const traceql::Query& query) {
  static const Spans spans;
  if (query.is_metrics()) RunMetrics(query, spans.rows());
  for (traceql::PipelineId pipeline = 0; pipeline < query.pipelines.size(); ++pipeline) {
    const auto runner = traceql::PipelineRunner::Make(query, pipeline, spans.rows());
    Require(runner.has_value(), "a query can be prepared for every view");
    (void)(*runner)->PassingSpans();
    for (uint32_t trace = 0; trace < spans.rows().trace_count(); ++trace) {
      const auto sets = (*runner)->Run(trace);
      Require(!sets.has_value() ||
                  std::ranges::none_of(*sets, [](const auto& set) { return set.spans.empty(); }),
              "no set is empty");
    }
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const std::string& line : ReadSourceLines("tests/data/traceql/verdicts.txt")) {
    const size_t begin = line.find(kSeparator);
    if (line.starts_with('#') || begin == std::string::npos) continue;
    const size_t end = line.find(kSeparator, begin + kSeparator.size());
    seeds.push_back(line.substr(begin + kSeparator.size(), end - begin - kSeparator.size()));
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  const auto query = traceql::ParseQuery(fuzz::AsText(data, size));
  if (!query.has_value()) {
    fuzz::Require(!query.error().message.empty(), "a refusal has a message");
    return 0;
  }
  for (const traceql::Spanset& spanset : query->spansets) {
    if (spanset.kind == traceql::Spanset::Kind::kFilter)
      fuzz::Require(!Format(*query, spanset.filter).empty(), "a filter can be printed");
  }
  fuzz::RunPipelines(*query);
  return 0;
}
