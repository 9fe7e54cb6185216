// SpanFilter: leaves spans and events out for which a condition holds
// (distributor.forwarders[].filter). Immutable, any thread.
#pragma once

#include <string>
#include <vector>

#include "forward/ottl.h"

namespace vivace {

class SpanFilter {
 public:
  // Conditions in OTTL. INVALID_ARGUMENT where one cannot be parsed.
  static Result<SpanFilter> Make(const std::vector<std::string>& spans,
                                 const std::vector<std::string>& events);

  // Whether it lets everything through.
  bool IsEmpty() const { return spans_.empty() && events_.empty(); }
  // A copy of what is left.
  SpanBatch Apply(const SpanBatch& batch) const;

 private:
  std::vector<OttlCondition> spans_;
  std::vector<OttlCondition> events_;
};

}  // namespace vivace
