// KeyedAttributes: the generic attributes of one kind of row in a row group, searched by key
// (spec/storage.md 3.5).
//
// The key leaf is read first. Of the leaves of values only those are read that the attributes
// wanted have values in, and of these only the wanted values are looked at. From the second key on,
// attributes are looked up in tables made for all keys at once. Made and owned by a BlockView.
// Memory: 4 bytes per row and attribute, the leaves read, and 4 bytes per attribute for each table.
// Inside src/block only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "block/format/schema.h"
#include "block/view/list_pairs.h"
#include "block/view/view_values.h"
#include "parquet/decode/leaf_data.h"

namespace vivace {

class KeyedAttributes {
 public:
  // Null for a leaf without any value in the row group.
  using ReadFunction = std::function<Result<std::shared_ptr<const LeafData>>(Leaf leaf)>;

  // `rows` of `owner`. `read` must outlive the lists.
  static Result<KeyedAttributes> Make(RowKind owner, uint32_t rows, const ReadFunction& read);

  // Finds the rows that have the key, and adds to the values of `builder` the texts that Add will
  // refer to.
  Status Prepare(std::string_view key, AttributeColumnBuilder& builder);
  // Sets what the rows have under the prepared key.
  Status Add(AttributeColumnBuilder& builder) const;

  // All attributes at once (ColumnView::LoadPairs), but for those whose key `leaves_out` says. The
  // lists must outlive them.
  Result<AttributePairs> LoadPairs(const ListPairs::KeyPredicate& leaves_out, MemoryLease& lease);

  void ListKeys(const std::function<void(std::string_view key)>& add) const;

 private:
  // The leaves of a list, counted from its key.
  enum Part : size_t { kKey, kIsArrayUnused, kText, kInt, kDouble, kBool, kUnsupported };
  static constexpr size_t kParts = 7;
  static constexpr std::array kValueParts = {kInt, kText, kDouble, kBool};

  // An attribute's values in a part.
  struct Range {
    uint32_t begin = 0;
    uint32_t count = 0;
  };

  explicit KeyedAttributes(RowKind owner, const ReadFunction& read) : owner_(owner), read_(&read) {}
  Leaf LeafOf(size_t part) const { return LeafAfter(AttributeLeavesOf(owner_).key, part); }
  Status ReadKeys(uint32_t rows);
  Status ReadPart(size_t part);
  void FindWanted(std::string_view key);
  void AddWanted(uint32_t attribute, uint32_t& row);
  void SortByKey();
  Status Resolve();
  Status Locate(size_t part);
  Status CheckSize(size_t part, uint64_t attributes, uint64_t values) const;
  Status LocateOneByOne(size_t part);
  Status LocateInLists(size_t part);
  Status TabulatePart(size_t part);
  bool IsResolved() const;
  uint32_t CountOf(uint32_t wanted) const;
  uint64_t Bits(size_t part, uint32_t wanted) const {
    return parts_[part]->bits[ranges_[part][wanted].begin];
  }
  bool Has(size_t part, uint32_t wanted) const {
    return !ranges_[part].empty() && ranges_[part][wanted].count > 0;
  }
  uint32_t CodeOf(uint32_t wanted, AttributeColumnBuilder& builder) const;
  std::string ArrayOf(uint32_t wanted) const;

  RowKind owner_;
  const ReadFunction* read_;
  std::vector<uint32_t> begins_;  // row i has the attributes [begins[i], begins[i + 1])
  std::array<std::shared_ptr<const LeafData>, kParts> parts_;
  std::array<bool, kParts> is_read_{};
  // Of the prepared key: rows that have it (once for each time), which attribute it is there, and
  // its values.
  std::vector<uint32_t> wanted_rows_;
  std::vector<uint32_t> wanted_attributes_;
  std::array<std::vector<Range>, kParts> ranges_;  // empty where the part was not needed
  uint32_t text_base_ = 0;
  // Tables for all keys; empty before the second one is asked for.
  uint32_t keys_asked_ = 0;
  std::vector<uint32_t> by_key_;         // attributes by the code of their key
  std::vector<uint32_t> by_key_begins_;  // code c has by_key_[begins[c] .. begins[c + 1])
  std::array<std::vector<uint32_t>, kParts>
      value_begins_;  // attribute i has the part's values [begins[i], begins[i + 1])
};

}  // namespace vivace
