// FastPageReader: reads one row, or a flat leaf's values, from one page as our writer makes them,
// without Arrow: a lookup reads some fifty leaves, and Arrow's page reader and level decoder took
// half of the time.
//
// Knows zstd, V1 data pages, levels in runs, the encodings that our writer uses. Everything else,
// and all damage, is none: the general path (arrow_decoder.h, also this one's twin in tests) then
// reads the page or says what is wrong with it. One thread; cost: decompressing the page once, and
// a nanosecond for each run of levels up to the row. Inside src/parquet and src/block only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parquet/decode/leaf_dictionary.h"
#include "parquet/decode/leaf_slice.h"
#include "parquet/decode/page_decompressor.h"
#include "parquet/decode/row_entries.h"
#include "parquet/leaf_info.h"
#include "parquet/row_group.h"

namespace vivace {

class FastPageReader {
 public:
  // `dictionary_page` (empty: none) and `page`: header and body, exactly. `kept`: the chunk's
  // dictionary, if it has been decoded before. All must outlive the reader.
  FastPageReader(const LeafInfo& leaf, const ColumnChunk& chunk, std::string_view dictionary_page,
                 std::string_view page, std::shared_ptr<const LeafDictionary> kept = nullptr)
      : leaf_(leaf),
        chunk_(chunk),
        dictionary_page_(dictionary_page),
        page_(page),
        dictionary_(std::move(kept)) {}

  // Row number `row` of the page.
  std::optional<LeafSlice> Row(uint64_t row);
  // Several, ascending: of many the whole page is decoded once.
  std::optional<std::vector<LeafSlice>> Rows(std::span<const uint64_t> rows);
  // All entries of the page.
  std::optional<LeafSlice> All();

  // The chunk's dictionary where the page needed it.
  const std::shared_ptr<const LeafDictionary>& dictionary() const { return dictionary_; }

 private:
  // The page's three parts.
  struct Parts {
    PageHeader header;
    std::string_view repetition;
    std::string_view definition;
    std::string_view values;
    uint32_t entries() const { return static_cast<uint32_t>(header.values); }
  };

  // Null where the page is not as it should be.
  const Parts* Open();
  std::optional<EntryRange> EntriesOf(const Parts& parts, uint64_t row) const;
  std::optional<LeafSlice> ExtractEntries(const Parts& parts, EntryRange entries);
  bool AppendValues(const Parts& parts, uint32_t skip, uint32_t take, LeafSlice& out);
  bool HasDictionary();

  const LeafInfo& leaf_;
  const ColumnChunk& chunk_;
  const std::string_view dictionary_page_;
  const std::string_view page_;
  std::shared_ptr<const LeafDictionary> dictionary_;
  std::string body_;
  std::optional<Parts> parts_;  // of body_, once it is opened
};

}  // namespace vivace
