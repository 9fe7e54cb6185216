#include "traceql/metrics/exemplar_picker.h"

#include <algorithm>

namespace vivace::traceql {

ExemplarPicker::ExemplarPicker(size_t wanted, const TimeSteps& steps)
    : wanted_(wanted), start_unix_nanos_(steps.start_unix_nanos), slots_(std::max<size_t>(1, wanted / kPerSlot)) {
  slot_nanos_ = std::max<uint64_t>(1, (steps.end_unix_nanos() - start_unix_nanos_) / slots_.size());
}

bool ExemplarPicker::Take(uint64_t unix_nanos) {
  if (is_full() || unix_nanos < start_unix_nanos_) return false;
  uint8_t& slot = slots_[std::min<size_t>((unix_nanos - start_unix_nanos_) / slot_nanos_, slots_.size() - 1)];
  if (slot >= kPerSlot) return false;
  ++slot;
  ++taken_;
  return true;
}

}  // namespace vivace::traceql
