#include "block/write/attribute_traits.h"

#include "block/write/column_selection.h"

namespace vivace {

AttributeProfiles::AttributeProfiles(const Segment& segment, const AttributeValues& values)
    : profiles_(segment.attributes().size()), ranks_(RankKeys(segment)) {
  for (AttributeCode code = 0; code < profiles_.size(); ++code) {
    const Segment::Attribute& attribute = segment.attributes()[code];
    profiles_[code].key = attribute.key();
    profiles_[code].is_empty = Segment::Value(attribute).HasText() && attribute.size == 0 ? 1 : 0;
    profiles_[code].column = static_cast<uint32_t>(values.Column(code));
    profiles_[code].is_array = values.IsArray(code) ? 1 : 0;
  }
}

}  // namespace vivace
