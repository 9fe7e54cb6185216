// ColumnChunkWriter: writes one column chunk from a function that fills in the values of each page.
//
// Tries a dictionary first and starts over without one where it grows too large, so the function
// may be called twice for a page. Inside src/parquet and src/block only. Owned by one row group's
// writing, reused from column to column.
#pragma once

#include <functional>
#include <type_traits>
#include <vector>

#include "parquet/encode/levels.h"
#include "parquet/encode/value_encoding.h"
#include "parquet/leaf_info.h"
#include "parquet/parquet_file_writer.h"

namespace vivace {

// The rows of one kind in the row group, with the levels that their required columns share.
struct RowPages {
  std::vector<uint32_t> page_rows;  // number of rows before each page, and in all
  std::vector<PageLevels> levels;   // by page

  size_t row_count() const { return page_rows.back(); }
};

// Rows that own lists: their entries say where the lists hang.
struct ParentRowPages : RowPages {
  ParentRowPages() = default;
  explicit ParentRowPages(Entries rows)
      : RowPages{rows.page_rows, StructureLevels(rows)}, entries(std::move(rows)) {}

  Entries entries;
};

// What a PageFiller fills for one page: the values that exist, and the levels (its own ones, or a
// pointer to shared ones). Value is uint64_t (the bits of a number) or ValueToken.
template <typename Value>
struct PageInput {
  std::vector<Value> values;
  const PageLevels* shared = nullptr;
  PageLevels own;

  const PageLevels& levels() const { return shared != nullptr ? *shared : own; }
  void Clear() {
    values.clear();
    shared = nullptr;
    own = PageLevels();
  }
};

template <typename Value>
using PageFiller = std::function<void(size_t page, PageInput<Value>& out)>;

class ColumnChunkWriter {
 public:
  // `page_rows`: the first row of each page, and the end. Both must outlive the writer.
  ColumnChunkWriter(ParquetFileWriter& file, const std::vector<uint32_t>& page_rows)
      : file_(file), page_rows_(page_rows) {}

  // A chunk of nulls only: one page with the structure of `row pages`.
  Status WriteEmpty(const LeafInfo& leaf, const RowPages& row_pages);
  // A chunk with nothing but zeros (empty texts), one for each row.
  Status WriteZeros(const LeafInfo& leaf, const RowPages& row_pages);
  Status WriteNumbers(const LeafInfo& leaf, const PageFiller<uint64_t>& fill);
  // Numbers that come as tokens.
  Status WriteScalars(const LeafInfo& leaf, const PageFiller<ValueToken>& fill,
                      const ResolveScalar& resolve);
  // `skip_dictionary`: do not try a dictionary, because the values are known to have a high
  // cardinality.
  Status WriteTexts(const LeafInfo& leaf, const PageFiller<ValueToken>& fill,
                    const ResolveText& resolve, bool skip_dictionary = false);

 private:
  // A page of dictionary codes with its levels.
  struct CodedPage {
    const PageLevels* shared = nullptr;
    PageLevels own;
    std::vector<DictionaryCode> codes;
    const PageLevels& levels() const { return shared != nullptr ? *shared : own; }
  };

  size_t pages() const { return page_rows_.size() - 1; }
  // False where the dictionary grew too large.
  template <typename Value, typename Dictionary>
  Result<bool> WriteWithDictionary(const LeafInfo& leaf, const PageFiller<Value>& fill,
                                   Dictionary& dictionary);
  template <typename Value, typename Encode>
  Status WriteWithoutDictionary(const LeafInfo& leaf, const PageFiller<Value>& fill,
                                const Encode& encode);

  template <typename Value>
  PageInput<Value>& Scratch() {
    if constexpr (std::is_same_v<Value, ValueToken>) {
      return token_page_;
    } else {
      return number_page_;
    }
  }

  ParquetFileWriter& file_;
  const std::vector<uint32_t>& page_rows_;
  // Memory that is used again for the next column.
  std::vector<CodedPage> coded_;
  PageInput<uint64_t> number_page_;
  PageInput<ValueToken> token_page_;
};

}  // namespace vivace
