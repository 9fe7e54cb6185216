// Nested set numbers of the spans of one trace: what structural TraceQL works on
// (spec/storage.md 3.5, "Nested set numbering"). Pure but for the scratch memory; n log n in the
// spans of the trace.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"

namespace vivace {

struct NestedSetInput {
  SpanId span_id;
  SpanId parent_span_id;  // all zero: a root
  uint8_t kind = 0;       // OTLP's number
};

// left, right and the parent's left (-1 for a root). All 0 where the span can't be reached from a
// root.
struct NestedSetNumbers {
  int32_t left = 0;
  int32_t right = 0;
  int32_t parent = 0;
};

// Memory that is used again from trace to trace.
struct NestedSetScratch {
  std::vector<uint32_t> by_id;
  std::vector<uint32_t> first_child;
  std::vector<uint32_t> next_child;
  std::vector<uint32_t> path;
};

// Numbers the spans, given in document order, into `numbers` (same size). Three or more spans with
// one id: all zero, as Tempo has it.
void NumberNestedSets(std::span<const NestedSetInput> spans, std::span<NestedSetNumbers> numbers,
                      NestedSetScratch& scratch);

}  // namespace vivace
