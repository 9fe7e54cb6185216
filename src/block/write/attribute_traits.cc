#include "block/write/attribute_traits.h"

#include "block/write/column_selection.h"

namespace vivace {

AttributeTraits::AttributeTraits(const Segment& segment, const AttributeValues& values)
    : entries_(segment.attributes().size()), ranks_(RankKeys(segment)) {
  for (AttributeCode code = 0; code < entries_.size(); ++code) {
    const Segment::Attribute& attribute = segment.attributes()[code];
    entries_[code].key = attribute.key();
    entries_[code].is_empty = Segment::Value(attribute).HasText() && attribute.size == 0 ? 1 : 0;
    entries_[code].column = static_cast<uint32_t>(values.Column(code));
    entries_[code].is_array = values.IsArray(code) ? 1 : 0;
  }
}

}  // namespace vivace
