#include "block/write/attribute_values.h"

#include "columns/any_value_json.h"
#include "columns/array_elements.h"

namespace vivace {
namespace {

constexpr uint8_t kArrayFlag = 0x80;

ValueColumn ColumnOfKind(ValueKind kind) {
  switch (kind) {
    case ValueKind::kString:
      return ValueColumn::kString;
    case ValueKind::kInt:
      return ValueColumn::kInt;
    case ValueKind::kDouble:
      return ValueColumn::kDouble;
    case ValueKind::kBool:
      return ValueColumn::kBool;
    default:
      return ValueColumn::kUnsupported;
  }
}

}  // namespace

AttributeValues::AttributeValues(const Segment& segment)
    : segment_(segment),
      classes_(segment.attributes().size()),
      side_index_(segment.attributes().size()) {
  for (AttributeCode code = 0; code < classes_.size(); ++code) Classify(code);
}

void AttributeValues::Classify(AttributeCode code) {
  const Segment::Attribute& attribute = segment_.attributes()[code];
  if (attribute.value_kind() == ValueKind::kArray)
    return ClassifyArray(code, Segment::Value(attribute).text);
  const ValueColumn column = ColumnOfKind(attribute.value_kind());
  if (column == ValueColumn::kUnsupported) return KeepAsJson(code);
  classes_[code] = static_cast<uint8_t>(column);
}

// An array whose elements are all of one kind that has a column goes there; anything else is kept
// as JSON.
void AttributeValues::ClassifyArray(AttributeCode code, std::string_view encoded) {
  const ArraySummary summary = SummarizeArray(encoded);
  if (!summary.uniform) return KeepAsJson(code);
  const ValueColumn column =
      summary.count == 0 ? ValueColumn::kNone : ColumnOfKind(summary.element);
  const auto begin =
      static_cast<uint32_t>(column == ValueColumn::kString ? strings_.size() : scalars_.size());
  ForEachElement(encoded, [&](const AttributeValue& element) {
    if (column == ValueColumn::kString) {
      strings_.push_back(element.text);
    } else {
      scalars_.push_back(element.bits);
    }
    return true;
  });
  classes_[code] = static_cast<uint8_t>(column) | kArrayFlag;
  side_index_[code] = static_cast<uint32_t>(arrays_.size());
  arrays_.push_back({begin, begin + summary.count});
}

void AttributeValues::KeepAsJson(AttributeCode code) {
  classes_[code] = static_cast<uint8_t>(ValueColumn::kUnsupported);
  side_index_[code] = static_cast<uint32_t>(json_.size());
  json_.push_back(AnyValueToJson(Segment::Value(segment_.attributes()[code])));
}

}  // namespace vivace
