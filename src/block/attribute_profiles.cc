#include "block/attribute_profiles.h"

#include "block/column_choice.h"

namespace vivace {

AttributeProfiles::AttributeProfiles(const Segment& segment, const AttributeValues& values)
    : profiles_(segment.attributes().size()), ranks_(RankKeys(segment)) {
  for (AttributeCode code = 0; code < profiles_.size(); ++code) {
    profiles_[code].key = segment.attributes()[code].key;
    profiles_[code].column = static_cast<uint32_t>(values.Column(code));
    profiles_[code].is_array = values.IsArray(code) ? 1 : 0;
  }
}

}  // namespace vivace
