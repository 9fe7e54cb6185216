// AttributeMap: attributes as a map has them: of those with one key the last one given counts, at
// the position of the first.
//
// For formats whose tags are a map to the OpenTelemetry Collector, whatever a sender writes. Owned
// by a translator, which keeps it from span to span for its memory; one thread. Keys and texts live
// elsewhere. Few attributes are compared one by one, many looked up in a table.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "columns/span_batch.h"

namespace vivace {

class AttributeMap {
 public:
  struct Entry {
    std::string_view key;
    AttributeValue value;
  };

  void Clear();
  void Put(std::string_view key, const AttributeValue& value);
  // Null where there is none.
  const AttributeValue* Find(std::string_view key) const;
  // Gives an entry another key and value, at its position; where that key is there already, at the
  // position of that one.
  void Replace(std::string_view key, std::string_view by, const AttributeValue& value);
  // The last entry moves to the position of the removed one.
  void Remove(std::string_view key);

  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  // From so many entries on there is a table.
  static constexpr size_t kFew = 48;
  static constexpr size_t kNone = static_cast<size_t>(-1);

  size_t PositionOf(std::string_view key) const;
  void MakeTable();

  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, size_t> positions_;  // empty where entries are few
};

}  // namespace vivace
