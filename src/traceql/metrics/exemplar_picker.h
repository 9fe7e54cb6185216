// ExemplarPicker: chooses which spans stand as examples beside metrics (spec/traceql.md 5.8): at most one of a trace, spread over time.
//
// The range is cut into slots, each of which takes two. One thread; memory: the exemplars.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "traceql/metrics/time_steps.h"

namespace vivace::traceql {

class ExemplarPicker {
 public:
  // `wanted`: 0 for none.
  ExemplarPicker(size_t wanted, const TimeSteps& steps);

  // Whether one at this time is welcome; takes the place if so.
  bool Take(uint64_t unix_nanos);
  bool is_full() const { return taken_ >= wanted_; }

 private:
  static constexpr uint8_t kPerSlot = 2;

  size_t wanted_;
  size_t taken_ = 0;
  uint64_t start_unix_nanos_;
  uint64_t slot_nanos_;
  std::vector<uint8_t> slots_;
};

}  // namespace vivace::traceql
