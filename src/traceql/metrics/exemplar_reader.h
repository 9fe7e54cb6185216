// ExemplarReader: what an exemplar shows of a span: its trace, its time, and the attributes that
// the query asks about (spec/traceql.md 5.8).
//
// Made once per view by the queries that choose exemplars, which loads the columns shown. One
// thread.
#pragma once

#include <span>

#include "traceql/metrics/series.h"
#include "traceql/search/shown_attributes.h"

namespace vivace::traceql {

class ExemplarReader {
 public:
  static Result<ExemplarReader> Make(std::span<const Condition> conditions, const ViewRows& rows);

  // Without a value: kNoSample.
  Exemplar Read(uint32_t span) const;

 private:
  ExemplarReader(const ViewRows& rows, ShownAttributes shown)
      : rows_(&rows), shown_(std::move(shown)) {}

  const ViewRows* rows_;
  ShownAttributes shown_;
  std::span<const TraceId> ids_;
  const Column* starts_ = nullptr;
};

}  // namespace vivace::traceql
