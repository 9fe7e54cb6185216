// ExemplarSearch: how long exemplars are looked for among the traces of a row group.
//
// Its traces stand by their ids, which mostly say nothing about time: a few hundred of them are as
// good as all. So the search is over once as many traces as had been looked at when the last one
// was taken, and kPatience more, were in vain. Ids that begin with a time (X-Ray's) are the
// exception: so those seen must spread over some of the time in which the block's spans lie, and
// over more of it for later row groups not to be searched. A FunctionQuery owns it. One thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "traceql/pipeline/view_query.h"

namespace vivace::traceql {

class ExemplarSearch {
 public:
  static constexpr uint64_t kPatience = 128;

  // Is never over.
  ExemplarSearch() = default;
  // In a source whose spans lie within `range`: those of some may end late, so that starts take
  // less of it.
  explicit ExemplarSearch(const DataRange& range)
      : range_nanos_(range.last_unix_nanos - range.first_unix_nanos) {}

  // A trace, by one of its spans, was taken or not.
  void Note(uint64_t unix_nanos, bool is_taken) {
    ++traces_;
    if (is_taken) last_taken_ = traces_;
    first_unix_nanos_ = std::min(first_unix_nanos_, unix_nanos);
    last_unix_nanos_ = std::max(last_unix_nanos_, unix_nanos);
  }
  bool is_over() const {
    return traces_ > 2 * last_taken_ + kPatience && spread_nanos() >= range_nanos_ / 8;
  }
  // Whether that was enough of all row groups.
  bool covers_source() const { return is_over() && spread_nanos() >= range_nanos_ / 2; }

 private:
  // Once there is one; too large before.
  uint64_t spread_nanos() const { return last_unix_nanos_ - first_unix_nanos_; }

  uint64_t range_nanos_ = UINT64_MAX;
  uint64_t traces_ = 0;      // looked at
  uint64_t last_taken_ = 0;  // how many were when one was taken
  uint64_t first_unix_nanos_ = UINT64_MAX;
  uint64_t last_unix_nanos_ = 0;
};

}  // namespace vivace::traceql
