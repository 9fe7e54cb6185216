// The sections of vivace-index.bin, as bytes and as what they mean (docs/index-file.md).
//
// Encoding is exact and independent of the order in which things were found, so that equal content
// has equal bytes. Decoding trusts nothing: DATA_LOSS where the bytes make no sense, and no memory
// beyond what they and the header's numbers of traces pay for. Pure functions, any thread; linear.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "block/index/index_content.h"
#include "block/index/index_format.h"

namespace vivace {

// A table of values that owns their texts.
class IndexValues final : public ValueTable {
 public:
  uint32_t Add(const AttributeValue& value);
  uint32_t size() const override { return static_cast<uint32_t>(values_.size()); }
  AttributeValue Value(uint32_t code) const override;
  size_t MemoryBytes() const {
    return sizeof *this + values_.capacity() * sizeof(Entry) + texts_.capacity();
  }

 private:
  struct Entry {
    ValueKind kind;
    bool is_several;
    uint32_t size;     // of the text
    uint64_t payload;  // where the text begins, or the bits
  };
  std::vector<Entry> values_;
  std::string texts_;
};

// What is known of a column in a row group, or where that lies.
struct IndexedColumn {
  enum class Form : uint8_t { kUnknown, kListed, kFiltered };

  ColumnName name;
  Form form = Form::kUnknown;
  IndexSectionEntry list;      // kListed: its offset is that in the row group's kLists
  uint64_t filter_offset = 0;  // kFiltered: in the row group's kFilters
  uint64_t filter_blocks = 0;
};

// All columns of a row group that have values: by name ascending. A column that is not among them
// has none.
struct IndexedColumns {
  std::vector<IndexedColumn> columns;

  const IndexedColumn* Find(const ColumnName& name) const;
};

// Whether values of the column are indexed at all.
bool HasIndexedValues(const ColumnName& name);
// The order of columns in a section.
bool ComesBefore(const ColumnName& a, const ColumnName& b);
// The order of values in a list.
bool ValueComesBefore(const AttributeValue& a, const AttributeValue& b);

std::string EncodeNewest(const NewestTraces& newest);
// `traces`: how many the block has.
Result<NewestTraces> DecodeNewest(std::string_view bytes, uint64_t traces);

std::string EncodeKeys(const KeyLists& keys);
Result<KeyLists> DecodeKeys(std::string_view bytes);

std::string EncodeColumns(const IndexedColumns& columns);
// The bytes that the row group's lists and filters take, in which those of each column must lie.
struct PieceBytes {
  uint64_t lists = 0;
  uint64_t filters = 0;
};
Result<IndexedColumns> DecodeColumns(std::string_view bytes, const PieceBytes& pieces);

std::string EncodeList(const ListedValues& list);
Result<ListedValues> DecodeList(std::string_view bytes);

std::string EncodeCounts(const SpanCounts& counts);
Result<SpanCounts> DecodeCounts(std::string_view bytes);

size_t MemoryBytesOf(const NewestTraces& newest);
size_t MemoryBytesOf(const KeyLists& keys);
size_t MemoryBytesOf(const IndexedColumns& columns);
size_t MemoryBytesOf(const ListedValues& list);
size_t MemoryBytesOf(const SpanCounts& counts);

}  // namespace vivace
