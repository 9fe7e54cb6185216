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

// Rows that lie in one page of a leaf, with the dictionary (if any): `rows` of those wanted from
// `first` on.
struct PageOfRows {
  size_t leaf = 0;
  ByteRange dictionary;
  ByteRange page;
  uint64_t first_row = 0;
  size_t first = 0;
  size_t rows = 0;
};

class RowsRead {
 public:
  RowsRead(const ParquetFile& file, size_t row_group, std::span<const uint64_t> rows,
           ReadStats& stats)
      : file_(file),
        row_group_(row_group),
        group_(file.row_groups()[row_group]),
        rows_(rows),
        stats_(stats),
        dictionaries_(file.DictionariesOf(row_group)),
        slices_(rows.size(), RowSlices(group_.chunks.size())) {}

  void Plan(std::span<const LeafRequest> leaves, const PageLocations& pages) {
    for (const auto& [leaf, skip_if_zero] : leaves) {
      if (group_.chunks[leaf].HasNothing(skip_if_zero)) continue;
      if (pages[leaf].empty()) {
        unindexed_.push_back(leaf);
      } else {
        PlanLeaf(leaf, pages[leaf]);
      }
    }
  }

  std::vector<ByteRange> Reads() const { return fetcher_.Reads(file_.source().is_remote()); }

  Result<std::vector<RowSlices>> Read() {
    VIVACE_TRY(fetcher_.Fetch(file_.source(), stats_));
    for (const PageOfRows& page : pages_) {
      if (!DecodeFast(page)) VIVACE_TRY(DecodeWithArrow(page));
    }
    for (const size_t leaf : unindexed_) VIVACE_TRY(DecodeUnindexed(leaf));
    return std::move(slices_);
  }

 private:
  void PlanLeaf(size_t leaf, std::span<const PageLocation> pages) {
    const ByteRange dictionary = DictionaryRange(group_.chunks[leaf], pages);
    if (dictionaries_[leaf] == nullptr) fetcher_.Add(dictionary);
    for (size_t first = 0; first < rows_.size();) {
      const auto next = std::ranges::upper_bound(pages, rows_[first], {}, &PageLocation::first_row);
      const PageLocation& page = *std::prev(next);
      const uint64_t end = next == pages.end() ? UINT64_MAX : next->first_row;
      const auto rows = static_cast<size_t>(std::ranges::lower_bound(rows_.subspan(first), end) -
                                            rows_.begin() - static_cast<ptrdiff_t>(first));
      pages_.push_back({leaf, dictionary, page.range, page.first_row, first, rows});
      fetcher_.Add(page.range);
      first += rows;
    }
  }

  // False where only the general path can read the page, or report what is wrong with it.
  bool DecodeFast(const PageOfRows& page) {
    const std::shared_ptr<const LeafDictionary>& kept = dictionaries_[page.leaf];
    const std::string_view dictionary_page =
        kept == nullptr ? fetcher_.Get(page.dictionary) : std::string_view();
    FastPageReader reader(file_.layout().leaves[page.leaf], group_.chunks[page.leaf],
                          dictionary_page, fetcher_.Get(page.page), kept);
    std::vector<uint64_t> rows;
    for (const uint64_t row : rows_.subspan(page.first, page.rows))
      rows.push_back(row - page.first_row);
    std::optional<std::vector<LeafSlice>> slices = reader.Rows(rows);
    if (!slices.has_value()) return false;
    for (size_t i = 0; i < page.rows; ++i)
      slices_[page.first + i][page.leaf] = std::move((*slices)[i]);
    ++stats_.pages;
    const std::shared_ptr<const LeafDictionary>& dictionary = reader.dictionary();
    if (kept == nullptr && dictionary != nullptr)
      file_.CacheDictionary(row_group_, page.leaf, dictionary, dictionary->MemoryBytes());
    return true;
  }

  Status DecodeWithArrow(const PageOfRows& page) {
    if (dictionaries_[page.leaf] == nullptr) return DecodeWithArrow(page, fetcher_);
    RangeFetcher fetcher;  // the dictionary too
    fetcher.Add(page.dictionary);
    fetcher.Add(page.page);
    VIVACE_TRY(fetcher.Fetch(file_.source(), stats_));
    return DecodeWithArrow(page, fetcher);
  }

  Status DecodeWithArrow(const PageOfRows& page, const RangeFetcher& fetcher) {
    for (size_t i = page.first; i < page.first + page.rows; ++i)
      VIVACE_TRY(Decode(page.leaf, fetcher.Stream(page.dictionary, page.page),
                        rows_[i] - page.first_row, i));
    return {};
  }

  Status DecodeUnindexed(size_t leaf) {
    for (size_t i = 0; i < rows_.size(); ++i) {
      VIVACE_TRY(Decode(
          leaf,
          std::make_shared<ObjectInputStream>(file_.source(), group_.chunks[leaf].range, stats_),
          rows_[i], i));
    }
    return {};
  }

  Status Decode(size_t leaf, std::shared_ptr<arrow::io::InputStream> stream, uint64_t row,
                size_t index) {
    return CatchParquet("column " + file_.layout().leaves[leaf].path, [&]() -> Status {
      const LeafPages pages{*file_.layout().schema.Column(static_cast<int>(leaf)),
                            group_.chunks[leaf], std::move(stream)};
      slices_[index][leaf] = DecodeRow(pages, row, stats_);
      return {};
    });
  }

  const ParquetFile& file_;
  const size_t row_group_;
  const RowGroup& group_;
  const std::span<const uint64_t> rows_;
  ReadStats& stats_;
  const ParquetFile::Dictionaries dictionaries_;  // those kept before
  RangeFetcher fetcher_;
  std::vector<PageOfRows> pages_;
  std::vector<size_t> unindexed_;
  std::vector<RowSlices> slices_;  // by row
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

Result<std::vector<RowSlices>> ReadRows(const ParquetFile& file, size_t row_group,
                                        std::span<const uint64_t> rows,
                                        std::span<const LeafRequest> leaves, ReadStats& stats) {
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, file.Pages(row_group, stats));
  RowsRead read(file, row_group, rows, stats);
  read.Plan(leaves, *pages);
  return read.Read();
}

Result<RowSlices> ReadRow(const ParquetFile& file, size_t row_group, uint64_t row,
                          std::span<const LeafRequest> leaves, ReadStats& stats) {
  VIVACE_ASSIGN(std::vector<RowSlices> slices,
                ReadRows(file, row_group, std::span(&row, 1), leaves, stats));
  return std::move(slices.front());
}

Result<std::vector<ByteRange>> RangesOfRow(const ParquetFile& file, size_t row_group, uint64_t row,
                                           std::span<const LeafRequest> leaves, ReadStats& stats) {
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, file.Pages(row_group, stats));
  RowsRead read(file, row_group, std::span(&row, 1), stats);
  read.Plan(leaves, *pages);
  return read.Reads();
}

Result<std::optional<uint64_t>> FindRow(const ParquetFile& file, size_t row_group, size_t leaf,
                                        std::string_view value, ReadStats& stats) {
  return RowSearch(file, row_group, leaf, value, stats).Find();
}

}  // namespace vivace
