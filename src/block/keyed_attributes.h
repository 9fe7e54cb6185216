// KeyedAttributes: the generic attributes of one kind of row in a row group, searched by key (spec/storage.md 3.5).
//
// The key leaf is read first; the leaves of values only once a key is asked for that is there. Made and owned by a BlockView. Memory: 4
// bytes a row, and 4 bytes an attribute for each leaf of values that has any. Inside src/block only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "block/block_values.h"
#include "block/leaf_data.h"
#include "block/schema.h"

namespace vivace {

class KeyedAttributes {
 public:
  // Null for a leaf without any value in the row group.
  using ReadFunction = std::function<Result<std::shared_ptr<const LeafData>>(Leaf leaf)>;

  // `rows` of `owner`. `read` must outlive the lists.
  static Result<KeyedAttributes> Make(RowKind owner, uint32_t rows, const ReadFunction& read);

  // Lets the values know the texts that Add will refer to.
  Status Prepare(std::string_view key, AttributeBuild& build);
  // Sets what the rows have under the prepared key.
  Status Add(AttributeBuild& build) const;

  void ListKeys(const std::function<void(std::string_view key)>& add) const;

 private:
  // The leaves of a list, counted from its key.
  enum Part : size_t { kKey, kIsArray, kText, kInt, kDouble, kBool, kUnsupported };
  static constexpr size_t kParts = 7;

  explicit KeyedAttributes(RowKind owner, const ReadFunction& read) : owner_(owner), read_(&read) {}
  Leaf LeafOf(size_t part) const { return LeafAfter(AttributeLeavesOf(owner_).key, part); }
  Status ReadKeys(uint32_t rows);
  Status ReadValues();
  bool Has(size_t part, uint32_t attribute) const { return Count(part, attribute) > 0; }
  uint32_t Count(size_t part, uint32_t attribute) const;
  uint64_t Bits(size_t part, uint32_t attribute) const { return parts_[part]->bits[begins_by_part_[part][attribute]]; }
  uint32_t CodeOf(uint32_t attribute, AttributeBuild& build) const;
  std::string EncodeArray(uint32_t attribute) const;

  RowKind owner_;
  const ReadFunction* read_;
  std::vector<uint32_t> begins_;  // row i has the attributes [begins[i], begins[i + 1])
  std::array<std::shared_ptr<const LeafData>, kParts> parts_;
  std::array<std::vector<uint32_t>, kParts> begins_by_part_;  // attribute i has the values [begins[i], begins[i + 1]) there
  bool are_values_read_ = false;
  std::vector<uint32_t> key_codes_;  // of the prepared key
  uint32_t text_base_ = 0;
};

}  // namespace vivace
