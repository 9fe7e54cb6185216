// ListPairs: makes AttributePairs of the leaves of one attribute list in a row group.
//
// One pass over the keys and one over the values of each type, whatever the number of keys. Made by
// KeyedAttributes, one thread. Memory: that of the pairs, taken from the lease first. Inside
// src/block only.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "block/format/schema.h"
#include "block/view/pair_numbers.h"
#include "columns/attribute_pairs.h"
#include "parquet/decode/leaf_data.h"

namespace vivace {

class ListPairs {
 public:
  // What has the values of one type; null where there are none.
  struct Part {
    Leaf leaf;
    ValueKind kind;
    const LeafData* data;
  };
  // Texts first: the order of elements where an attribute has values of several types.
  using Parts = std::array<Part, 4>;
  using KeyPredicate = std::function<bool(std::string_view key)>;

  // Row i of `owner` has the attributes [begins[i], begins[i + 1]). All must outlive this, and
  // the leaves what Make returns.
  ListPairs(RowKind owner, std::span<const uint32_t> begins, const LeafData& keys,
            const Parts& parts, MemoryLease& lease);

  // Without the keys that `leaves_out` says.
  Result<AttributePairs> Make(const KeyPredicate& leaves_out);

 private:
  // Consecutive attributes that have each `values` values in a part, from `first_value` on.
  struct Run {
    uint32_t first_attribute;
    uint32_t attributes;
    uint32_t first_value;
    uint32_t values;  // where there are several attributes, 1
  };
  // Values of an attribute that is an array: [first, first + count) of the part, or, where that is
  // null, the value of the pair `first`.
  struct Elements {
    uint32_t attribute;
    const Part* part;
    uint32_t first;
    uint32_t count;
  };

  void NumberKeys(const KeyPredicate& leaves_out);
  template <typename Visit>
  Status ForEachRun(const Part& part, const Visit& visit) const;
  Status NumberValues(const Part& part);
  void NumberRun(const Part& part, const Run& run);
  uint32_t NumberOf(const Part& part, uint32_t key, uint32_t value);
  static AttributeValue ValueAt(const Part& part, uint32_t value);
  void AddMixedArray(uint32_t attribute, const Part& part, uint32_t value);
  Status NumberArrays();
  Status NumberEmptyValues();
  void AppendElements(const Elements& from, std::vector<AttributeValue>& elements) const;
  // The key of an attribute, kNone where it is left out.
  uint32_t KeyOf(uint32_t attribute) const { return key_of_code_[keys_.codes[attribute]]; }
  Status Charge();

  const RowKind owner_;
  const LeafData& keys_;
  const Parts parts_;
  MemoryLease& lease_;
  AttributePairs pairs_;
  std::optional<PairNumbers> numbers_;
  std::vector<uint32_t> key_of_code_;
  std::vector<Elements> arrays_;
  size_t pairs_to_charge_ = 0;  // there is memory for fewer
  Status charged_;              // of what was charged while values were numbered
};

}  // namespace vivace
