#include "traceql/metrics/second_stage.h"

#include "traceql/metrics/bottomk.h"
#include "traceql/metrics/threshold_filter.h"
#include "traceql/metrics/topk.h"

namespace vivace::traceql {

std::vector<Series> ApplySecondStage(const SeriesStage& stage, std::vector<Series> series) {
  switch (stage.kind) {
    case SeriesStage::Kind::kTopK:
      return TopK(std::move(series), static_cast<size_t>(stage.limit));
    case SeriesStage::Kind::kBottomK:
      return BottomK(std::move(series), static_cast<size_t>(stage.limit));
    case SeriesStage::Kind::kFilter:
      return FilterByThreshold(std::move(series), stage.op, stage.threshold);
  }
  return series;
}

}  // namespace vivace::traceql
