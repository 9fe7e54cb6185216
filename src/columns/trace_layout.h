// TraceLayout: the spans of a segment arranged by trace, and in each trace by resource and scope,
// as a block stores them and a query sees them.
//
// Equal resources and scopes of a trace become one; a span that came twice stays twice (lookups by
// id show it once). What is known of a trace as a whole (nested sets, root, times) is computed
// here, once. Owned by one block build or one view of a segment; holds about 60 bytes per span.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "columns/nested_set.h"
#include "columns/segment.h"

namespace vivace {

struct TraceLayout {
  static constexpr uint32_t kNone = Segment::kNone;

  // Rows (traces), in ascending order of id.
  std::vector<uint32_t> traces;           // the segment's trace numbers
  std::vector<uint32_t> resource_begins;  // row i holds resources [begins[i], begins[i + 1])
  std::vector<uint32_t> root_spans;       // as an index into span_rows, or kNone
  std::vector<uint64_t> start_unix_nanos;
  std::vector<uint64_t> end_unix_nanos;

  std::vector<uint32_t> resource_rows;  // the segment's resource numbers
  std::vector<uint32_t> scope_begins;
  std::vector<uint32_t> scope_rows;
  std::vector<uint32_t> span_begins;
  std::vector<uint32_t> span_rows;
  std::vector<NestedSetNumbers> nested_sets;  // by span
  std::vector<uint32_t> event_begins;         // by span
  std::vector<uint32_t> event_rows;
  std::vector<uint32_t> link_begins;
  std::vector<uint32_t> link_rows;

  size_t rows() const { return traces.size(); }
  size_t spans() const { return span_rows.size(); }
};

// Lays out traces `order[begin..)` of the segment until `spans_max` is reached (at least one
// trace). `end` becomes the first trace that is not among them. The segment must be sealed.
TraceLayout LayOutTraces(const Segment& segment, std::span<const uint32_t> order, size_t begin,
                         size_t spans_max, size_t& end);

// The same of everything that a segment held when it was asked, in the order in which the traces
// came; it may be appended to meanwhile.
TraceLayout LayOutTraces(const Segment& segment, const SegmentSnapshot& snapshot);

// Everything that a segment held when it was asked in the order in which it came: rows are the
// segment's own. Only the rows and the begins of events and links are filled in.
TraceLayout LayOutByArrival(const Segment& segment, const SegmentSnapshot& snapshot);

// The segment's trace numbers in ascending order of trace id.
std::vector<uint32_t> SortTraces(const Segment& segment);

}  // namespace vivace
