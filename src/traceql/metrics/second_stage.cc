#include "traceql/metrics/second_stage.h"

#include "traceql/metrics/bottomk.h"
#include "traceql/metrics/threshold_filter.h"
#include "traceql/metrics/topk.h"

namespace vivace::traceql {

std::vector<Series> ApplySecondStage(const SecondStage& stage, std::vector<Series> series) {
  switch (stage.kind) {
    case SecondStage::Kind::kTopK:
      return TopK(std::move(series), static_cast<size_t>(stage.limit));
    case SecondStage::Kind::kBottomK:
      return BottomK(std::move(series), static_cast<size_t>(stage.limit));
    case SecondStage::Kind::kFilter:
      return FilterByThreshold(std::move(series), stage.op, stage.threshold);
  }
  return series;
}

}  // namespace vivace::traceql
