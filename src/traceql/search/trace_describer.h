// TraceDescriber: makes what a search shows (FoundTrace) of a trace that matched.
//
// Made once per view, which loads the columns that are shown. One thread. Cost: the spans of the
// trace for its services, the shown spans' attributes.
#pragma once

#include <span>
#include <vector>

#include "traceql/pipeline/spanset_result.h"
#include "traceql/search/shown_attributes.h"

namespace vivace::traceql {

class TraceDescriber {
 public:
  static Result<TraceDescriber> Make(std::span<const Condition> conditions, const ViewRows& rows);

  // Shows at most `spans_max` spans of each set. Each of the trace's times is that of the whole
  // trace in the view.
  FoundTrace Describe(uint32_t trace, const std::vector<SpansetResult>& sets,
                      uint32_t spans_max) const;

 private:
  TraceDescriber(const ViewRows& rows, ShownAttributes shown, AttributeReader service_name)
      : rows_(&rows), shown_(std::move(shown)), service_name_(std::move(service_name)) {}
  Status Load();
  FoundSet DescribeSet(const SpansetResult& set, uint32_t spans_max) const;
  FoundSpan DescribeSpan(uint32_t span) const;
  void CountServices(uint32_t trace, FoundTrace& found) const;

  const ViewRows* rows_;
  ShownAttributes shown_;
  AttributeReader service_name_;
  std::span<const TraceId> ids_;
  const Column* trace_start_ = nullptr;
  const Column* trace_end_ = nullptr;
  const Column* root_name_ = nullptr;
  const Column* root_service_ = nullptr;
  const Column* span_id_ = nullptr;
  const Column* span_start_ = nullptr;
  const Column* span_end_ = nullptr;
  const Column* span_status_ = nullptr;
};

}  // namespace vivace::traceql
