// ChunkWriter: writes one column chunk from a function that gathers the values of a page.
//
// Tries a dictionary first and starts over without one where it grows too large, so a gather function may be called twice for a page.
// Inside src/block only. Owned by one row group's writing.
#pragma once

#include <vector>

#include "block/column_values.h"
#include "block/levels.h"
#include "block/parquet_file_writer.h"
#include "block/schema.h"

namespace vivace {

// The rows of one kind in the row group, with the levels that their required columns share.
struct Family {
  Family() = default;
  explicit Family(Entries rows) : entries(std::move(rows)), levels(StructureLevels(entries)) {}

  Entries entries;
  std::vector<PageLevels> levels;
};

// What a gather function fills for one page: the values that exist, and the levels (its own ones, or a pointer to shared ones).
template <typename T>
struct GatheredPage {
  std::vector<T> values;
  const PageLevels* shared = nullptr;
  PageLevels own;
};

class ChunkWriter {
 public:
  // `page_rows`: the first row of each page.
  ChunkWriter(ParquetFileWriter& file, const std::vector<uint32_t>& page_rows) : file_(file), page_rows_(page_rows) {}

  // A chunk without a single value: one page with the structure of `family`.
  Status WriteEmpty(const LeafInfo& leaf, const Family& family) {
    const PageLevels levels = Joined(family.levels);
    VIVACE_TRY(file_.BeginColumn());
    VIVACE_TRY(file_.Page({.levels = &levels, .nested = leaf.max_definition > 0}));
    return file_.EndColumn();
  }

  // `gather(page, GatheredPage<T>&)` fills an empty GatheredPage.
  template <typename T, typename Gather>
  Status Write(const LeafInfo& leaf, const Gather& gather) {
    VIVACE_TRY(file_.BeginColumn());
    VIVACE_ASSIGN(const bool done, (WriteWithDictionary<T>(leaf, gather)));
    if (!done) VIVACE_TRY((WritePlain<T>(leaf, gather)));
    return file_.EndColumn();
  }

 private:
  struct CodedPage {
    const PageLevels* shared = nullptr;
    PageLevels own;
    std::vector<uint32_t> codes;
  };

  size_t pages() const { return page_rows_.size() - 1; }

  template <typename T, typename Gather>
  Result<bool> WriteWithDictionary(const LeafInfo& leaf, const Gather& gather) {
    ChunkDictionary<T> dictionary(leaf.type);
    std::vector<CodedPage> coded(pages());
    GatheredPage<T> gathered;
    for (size_t page = 0; page < pages(); ++page) {
      gathered.values.clear();
      gather(page, gathered);
      if (!dictionary.Add(gathered.values, coded[page].codes)) return false;
      coded[page].shared = gathered.shared;
      coded[page].own = std::move(gathered.own);
      gathered.own = PageLevels();
    }
    VIVACE_TRY(file_.Dictionary(dictionary.PlainValues(), static_cast<uint32_t>(dictionary.values().size())));
    std::vector<uint32_t> seen_in(dictionary.values().size(), 0);
    for (size_t page = 0; page < pages(); ++page) {
      std::vector<T> distinct;
      for (const uint32_t code : coded[page].codes) {
        if (seen_in[code] == page + 1) continue;
        seen_in[code] = static_cast<uint32_t>(page + 1);
        distinct.push_back(dictionary.values()[code]);
      }
      const std::string body = EncodeDictionaryCodes(coded[page].codes, dictionary.values().size());
      VIVACE_TRY(file_.Page({.levels = coded[page].shared != nullptr ? coded[page].shared : &coded[page].own,
                             .nested = leaf.max_definition > 0,
                             .values = body,
                             .value_count = static_cast<uint32_t>(coded[page].codes.size()),
                             .encoding = PageEncoding::kDictionary,
                             .first_row = page_rows_[page],
                             .bounds = BoundsOf(distinct, leaf.type)}));
      coded[page] = CodedPage();
    }
    return true;
  }

  template <typename T, typename Gather>
  Status WritePlain(const LeafInfo& leaf, const Gather& gather) {
    const PageEncoding encoding = PlainEncodingOf(leaf);
    GatheredPage<T> gathered;
    for (size_t page = 0; page < pages(); ++page) {
      gathered.values.clear();
      gathered.own = PageLevels();
      gather(page, gathered);
      const std::string body = EncodeValues(gathered.values, leaf.type, encoding);
      VIVACE_TRY(file_.Page({.levels = gathered.shared != nullptr ? gathered.shared : &gathered.own,
                             .nested = leaf.max_definition > 0,
                             .values = body,
                             .value_count = static_cast<uint32_t>(gathered.values.size()),
                             .encoding = encoding,
                             .first_row = page_rows_[page],
                             .bounds = BoundsOf(gathered.values, leaf.type)}));
    }
    return {};
  }

  ParquetFileWriter& file_;
  const std::vector<uint32_t>& page_rows_;
};

}  // namespace vivace
