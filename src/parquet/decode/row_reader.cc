#include "parquet/decode/row_reader.h"

#include <fmt/format.h>
#include <parquet/schema.h>

#include <algorithm>

#include "parquet/arrow_errors.h"
#include "parquet/decode/arrow_decoder.h"
#include "parquet/decode/fast_page_reader.h"
#include "parquet/object_input_stream.h"
#include "parquet/range_fetcher.h"

namespace vivace {
namespace {

// The location of a row: the dictionary (if any), one page, and the row's number within it.
struct RowLocation {
  size_t leaf = 0;
  ByteRange dictionary;
  ByteRange page;
  uint64_t row = 0;
};

RowLocation LocateRow(size_t leaf, const ColumnChunk& chunk, std::span<const PageLocation> pages,
                      uint64_t row) {
  const auto next_page = std::ranges::upper_bound(pages, row, {}, &PageLocation::first_row);
  const PageLocation& page = *std::prev(next_page);
  return {leaf, DictionaryRange(chunk, pages), page.range, row - page.first_row};
}

class RowRead {
 public:
  RowRead(const ParquetFile& file, size_t row_group, uint64_t row, ReadStats& stats)
      : file_(file),
        row_group_(row_group),
        group_(file.row_groups()[row_group]),
        row_(row),
        stats_(stats),
        dictionaries_(file.DictionariesOf(row_group)),
        slices_(group_.chunks.size()) {}

  void Plan(std::span<const LeafRequest> leaves, const PageLocations& pages) {
    for (const auto& [leaf, skip_if_zero] : leaves) {
      const ColumnChunk& chunk = group_.chunks[leaf];
      if (chunk.HasNothing(skip_if_zero)) continue;
      if (pages[leaf].empty()) {
        unindexed_.push_back(leaf);
        continue;
      }
      const RowLocation location =
          locations_.emplace_back(LocateRow(leaf, chunk, pages[leaf], row_));
      if (dictionaries_[leaf] == nullptr) fetcher_.Add(location.dictionary);
      fetcher_.Add(location.page);
    }
  }

  Result<RowSlices> Read() {
    VIVACE_TRY(fetcher_.Fetch(file_.source(), stats_));
    for (const RowLocation& location : locations_) {
      if (!DecodeFast(location)) VIVACE_TRY(DecodeWithArrow(location));
    }
    for (const size_t leaf : unindexed_) {
      VIVACE_TRY(Decode(
          leaf,
          std::make_shared<ObjectInputStream>(file_.source(), group_.chunks[leaf].range, stats_),
          row_));
    }
    return std::move(slices_);
  }

 private:
  // False where only the general path can read the page, or report what is wrong with it.
  bool DecodeFast(const RowLocation& location) {
    const std::shared_ptr<const LeafDictionary>& kept = dictionaries_[location.leaf];
    const std::string_view dictionary_page =
        kept == nullptr ? fetcher_.Get(location.dictionary) : std::string_view();
    FastPageReader reader(file_.layout().leaves[location.leaf], group_.chunks[location.leaf],
                          dictionary_page, fetcher_.Get(location.page), kept);
    slices_[location.leaf] = reader.Row(location.row);
    if (!slices_[location.leaf].has_value()) return false;
    ++stats_.pages;
    const std::shared_ptr<const LeafDictionary>& dictionary = reader.dictionary();
    if (kept == nullptr && dictionary != nullptr)
      file_.CacheDictionary(row_group_, location.leaf, dictionary, dictionary->MemoryBytes());
    return true;
  }

  Status DecodeWithArrow(const RowLocation& location) {
    if (dictionaries_[location.leaf] == nullptr)
      return Decode(location.leaf, fetcher_.Stream(location.dictionary, location.page),
                    location.row);
    RangeFetcher fetcher;  // the dictionary too
    fetcher.Add(location.dictionary);
    fetcher.Add(location.page);
    VIVACE_TRY(fetcher.Fetch(file_.source(), stats_));
    return Decode(location.leaf, fetcher.Stream(location.dictionary, location.page), location.row);
  }

  Status Decode(size_t leaf, std::shared_ptr<arrow::io::InputStream> stream, uint64_t row) {
    return CatchParquet("column " + file_.layout().leaves[leaf].path, [&]() -> Status {
      const LeafPages pages{*file_.layout().schema.Column(static_cast<int>(leaf)),
                            group_.chunks[leaf], std::move(stream)};
      slices_[leaf] = DecodeRow(pages, row, stats_);
      return {};
    });
  }

  const ParquetFile& file_;
  const size_t row_group_;
  const RowGroup& group_;
  const uint64_t row_;
  ReadStats& stats_;
  const ParquetFile::Dictionaries dictionaries_;  // those kept before
  RangeFetcher fetcher_;
  std::vector<RowLocation> locations_;
  std::vector<size_t> unindexed_;
  RowSlices slices_;
};

// Looks for the row of a value: in the pages whose bounds do not rule it out, one after the other.
class RowSearch {
 public:
  RowSearch(const ParquetFile& file, size_t row_group, size_t leaf, std::string_view value,
            ReadStats& stats)
      : file_(file),
        row_group_(row_group),
        leaf_(leaf),
        chunk_(file.row_groups()[row_group].chunks[leaf]),
        value_(value),
        stats_(stats),
        offset_("column " + file.layout().leaves[leaf].path) {}

  Result<std::optional<uint64_t>> Find() const {
    VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages,
                  file_.Pages(row_group_, stats_));
    std::optional<uint64_t> row;
    if (pages->at(leaf_).empty()) {
      VIVACE_ASSIGN(row, FindByArrow(std::make_shared<ObjectInputStream>(file_.source(),
                                                                         chunk_.range, stats_)));
    } else {
      VIVACE_ASSIGN(row, FindInPages(pages->at(leaf_)));
    }
    const uint64_t rows = file_.row_groups()[row_group_].rows;
    if (row.has_value() && *row >= rows) {
      return Fail(ErrorCode::kDataLoss,
                  fmt::format("{} has more than the {} rows of its row group", offset_, rows));
    }
    return row;
  }

 private:
  Result<std::optional<uint64_t>> FindByArrow(
      std::shared_ptr<arrow::io::InputStream> stream) const {
    return CatchParquet(offset_, [&]() -> Result<std::optional<uint64_t>> {
      return FindValue(
          {*file_.layout().schema.Column(static_cast<int>(leaf_)), chunk_, std::move(stream)},
          value_, stats_);
    });
  }

  Result<std::optional<uint64_t>> FindInPages(std::span<const PageLocation> pages) const {
    VIVACE_ASSIGN(const std::shared_ptr<const std::vector<PageBounds>> bounds,
                  file_.Bounds(row_group_, leaf_, stats_));
    const ByteRange dictionary = DictionaryRange(chunk_, pages);
    for (size_t page = 0; page < pages.size(); ++page) {
      if (bounds->size() == pages.size() && !PageMayContain((*bounds)[page])) continue;
      VIVACE_ASSIGN(const std::optional<uint64_t> row, FindInPage(dictionary, pages[page].range));
      if (row.has_value()) return pages[page].first_row + *row;
    }
    return std::nullopt;
  }

  // Bounds may have been truncated: a lower one is still a bound, an upper one is compared as a
  // prefix.
  bool PageMayContain(const PageBounds& bounds) const {
    return bounds.min <= value_ && value_.substr(0, bounds.max.size()) <= bounds.max;
  }

  Result<std::optional<uint64_t>> FindInPage(ByteRange dictionary, ByteRange page) const {
    RangeFetcher fetcher;
    fetcher.Add(dictionary);
    fetcher.Add(page);
    VIVACE_TRY(fetcher.Fetch(file_.source(), stats_));
    FastPageReader reader(file_.layout().leaves[leaf_], chunk_, fetcher.Get(dictionary),
                          fetcher.Get(page));
    const std::optional<LeafSlice> values = reader.All();
    if (!values.has_value()) return FindByArrow(fetcher.Stream(dictionary, page));
    ++stats_.pages;
    return PositionIn(*values);
  }

  std::optional<uint64_t> PositionIn(const LeafSlice& values) const {
    for (size_t row = 0; row < values.texts.size(); ++row) {
      if (values.Text(row) == value_) return row;
    }
    return std::nullopt;
  }

  const ParquetFile& file_;
  const size_t row_group_;
  const size_t leaf_;
  const ColumnChunk& chunk_;
  const std::string_view value_;
  ReadStats& stats_;
  const std::string offset_;  // for errors
};

}  // namespace

Result<RowSlices> ReadRow(const ParquetFile& file, size_t row_group, uint64_t row,
                          std::span<const LeafRequest> leaves, ReadStats& stats) {
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, file.Pages(row_group, stats));
  RowRead read(file, row_group, row, stats);
  read.Plan(leaves, *pages);
  return read.Read();
}

Result<std::optional<uint64_t>> FindRow(const ParquetFile& file, size_t row_group, size_t leaf,
                                        std::string_view value, ReadStats& stats) {
  return RowSearch(file, row_group, leaf, value, stats).Find();
}

}  // namespace vivace
