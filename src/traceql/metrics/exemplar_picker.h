// ExemplarPicker: chooses which spans become exemplars (spec/traceql.md 5.8): at most one of a
// trace, spread over time.
//
// The range is cut into slots, each of which takes two. A FunctionQuery owns it. One thread;
// memory: a byte per slot.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"

namespace vivace::traceql {

// A span that was chosen, and what it is an example of.
struct ChosenSpan {
  uint32_t group = 0;
  size_t interval = 0;
  Exemplar exemplar;  // the value is the span's, where the function has one
};

class ExemplarPicker {
 public:
  static constexpr uint8_t kPerSlot = 2;

  // `wanted`: 0 for none.
  ExemplarPicker(size_t wanted, const TimeSteps& steps)
      : wanted_(wanted),
        start_unix_nanos_(steps.start_unix_nanos),
        slots_(std::max<size_t>(1, wanted / kPerSlot)) {
    slot_nanos_ =
        std::max<uint64_t>(1, (steps.end_unix_nanos() - start_unix_nanos_) / slots_.size());
  }

  // Whether one at this time is welcome; takes up room for one if so.
  bool TryAdd(uint64_t unix_nanos) {
    if (is_full() || unix_nanos < start_unix_nanos_) return false;
    uint8_t& slot =
        slots_[std::min<size_t>((unix_nanos - start_unix_nanos_) / slot_nanos_, slots_.size() - 1)];
    if (slot >= kPerSlot) return false;
    ++slot;
    ++taken_;
    return true;
  }
  bool is_full() const { return taken_ >= wanted_; }

 private:
  size_t wanted_;
  size_t taken_ = 0;
  uint64_t start_unix_nanos_;
  uint64_t slot_nanos_;
  std::vector<uint8_t> slots_;
};

}  // namespace vivace::traceql
