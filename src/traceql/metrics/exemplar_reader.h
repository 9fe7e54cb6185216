// ExemplarReader: what an exemplar shows of a span: its trace, its time, and the attributes that
// the query asks about (spec/traceql.md 5.8).
//
// Made by the queries that choose exemplars, once per view, which loads the columns shown. One
// thread.
#pragma once

#include <span>
#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/search/shown_attributes.h"

namespace vivace::traceql {

class ExemplarReader {
 public:
  static Result<ExemplarReader> Make(std::span<const Condition> conditions, const ViewRows& rows);
  // Of spans of these traces alone, ascending: reads the ids of no others.
  static Result<ExemplarReader> MakeFor(std::vector<uint32_t> traces,
                                        std::span<const Condition> conditions,
                                        const ViewRows& rows);

  // Without a value: kNoSample.
  Exemplar Read(uint32_t span) const;

 private:
  ExemplarReader(const ViewRows& rows, ShownAttributes shown)
      : rows_(&rows), shown_(std::move(shown)) {}
  const TraceId& IdOf(uint32_t trace) const;

  const ViewRows* rows_;
  ShownAttributes shown_;
  std::vector<uint32_t> traces_;   // those that ids_ are of; empty: all
  std::vector<TraceId> some_ids_;  // of traces_
  std::span<const TraceId> ids_;
  const Column* starts_ = nullptr;
};

}  // namespace vivace::traceql
