#include "columns/repeated_values.h"

#include "columns/array_elements.h"

namespace vivace {

void RepeatedValues::Add(const AttributeValue& value) {
  if (value.kind == ValueKind::kString) {
    if (rule_ == Rule::kServiceName) texts_.clear();
    texts_.push_back(value);
  } else if (value.kind == ValueKind::kArray) {
    if (!SummarizeArray(value.text).uniform) return;
    ForEachElement(value.text, [&](const AttributeValue& element) {
      values_.push_back(element);
      return true;
    });
  } else if (value.kind != ValueKind::kEmpty && !AttributeEntry::HasText(value.kind)) {
    values_.push_back(value);
  }
}

AttributeValue RepeatedValues::Take(std::deque<std::string>& storage) {
  if (rule_ == Rule::kServiceName && texts_.empty()) texts_.push_back(AttributeValue::String(""));
  // The one that counts comes first.
  std::vector<AttributeValue> ordered(texts_.rbegin(), texts_.rend());
  ordered.insert(ordered.end(), values_.rbegin(), values_.rend());
  if (ordered.empty()) return {};
  if (ordered.size() == 1) return ordered.front();
  return AttributeValue::Several(storage.emplace_back(EncodeArray(ordered)));
}

}  // namespace vivace
