// RepeatedValues: what a row has under a key that stands in its attribute list several times, as
// one value (AttributeValue::Several): conditions hold where they hold for any of them.
//
//   (construct Add* Take)
//
// Where only one can count (groups, labels, aggregates) it is the last text, or the last value
// where there is no text: what a map would have kept, and what a column of texts keeps. Of a
// resource's service.name the texts before the last one are forgotten, and where there is none it
// is the empty one, as in Tempo's blocks. Owned by whoever makes a column, one thread; linear in
// the values.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "columns/row_kind.h"
#include "columns/span_batch.h"

namespace vivace {

class RepeatedValues {
 public:
  enum class Rule : uint8_t { kAny, kServiceName };
  static Rule RuleOf(RowKind owner, std::string_view key) {
    return owner == RowKind::kResource && key == "service.name" ? Rule::kServiceName : Rule::kAny;
  }

  explicit RepeatedValues(Rule rule) : rule_(rule) {}

  // In the order of the list. Texts must live until Take. Arrays count as their elements; what
  // can't be queried is left out.
  void Add(const AttributeValue& value);

  // The values together; one alone is itself. Texts live as long as what was added, or as
  // `storage`, which gets one where there are several.
  AttributeValue Take(std::deque<std::string>& storage);

 private:
  const Rule rule_;
  std::vector<AttributeValue> values_;
  std::vector<AttributeValue> texts_;  // of kServiceName at most one
};

}  // namespace vivace
