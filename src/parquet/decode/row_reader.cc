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

// Where a row lies: the dictionary (if any), one page, and the row's number within it.
struct RowPlace {
  size_t leaf = 0;
  ByteRange dictionary;
  ByteRange page;
  uint64_t row = 0;
};

RowPlace PlaceOf(size_t leaf, const Chunk& chunk, std::span<const PagePosition> pages, uint64_t row) {
  const auto behind = std::ranges::upper_bound(pages, row, {}, &PagePosition::first_row);
  const PagePosition& page = *std::prev(behind);
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

  void Plan(std::span<const WantedLeaf> leaves, const PagePositions& pages) {
    for (const auto& [leaf, unless_zero] : leaves) {
      const Chunk& chunk = group_.chunks[leaf];
      if (chunk.all_null || (unless_zero && chunk.all_zero)) continue;
      if (pages[leaf].empty()) {
        unindexed_.push_back(leaf);
        continue;
      }
      const RowPlace place = places_.emplace_back(PlaceOf(leaf, chunk, pages[leaf], row_));
      if (dictionaries_[leaf] == nullptr) fetcher_.Want(place.dictionary);
      fetcher_.Want(place.page);
    }
  }

  Result<RowSlices> Read() {
    VIVACE_TRY(fetcher_.Fetch(file_.source(), stats_));
    for (const RowPlace& place : places_) {
      if (!DecodeFast(place)) VIVACE_TRY(DecodeByArrow(place));
    }
    for (const size_t leaf : unindexed_) {
      VIVACE_TRY(Decode(leaf, std::make_shared<ObjectInputStream>(file_.source(), group_.chunks[leaf].range, stats_), row_));
    }
    return std::move(slices_);
  }

 private:
  // False where it takes the general path to read the page, or to say what is wrong with it.
  bool DecodeFast(const RowPlace& place) {
    const std::shared_ptr<const LeafDictionary>& kept = dictionaries_[place.leaf];
    const std::string_view dictionary_page = kept == nullptr ? fetcher_.Get(place.dictionary) : std::string_view();
    FastPageReader reader(file_.layout().leaves[place.leaf], group_.chunks[place.leaf], dictionary_page, fetcher_.Get(place.page), kept);
    slices_[place.leaf] = reader.Row(place.row);
    if (!slices_[place.leaf].has_value()) return false;
    ++stats_.pages;
    if (kept == nullptr && reader.dictionary() != nullptr) file_.KeepDictionary(row_group_, place.leaf, reader.dictionary());
    return true;
  }

  Status DecodeByArrow(const RowPlace& place) {
    if (dictionaries_[place.leaf] == nullptr) return Decode(place.leaf, fetcher_.Stream(place.dictionary, place.page), place.row);
    RangeFetcher fetcher;  // the dictionary too
    fetcher.Want(place.dictionary);
    fetcher.Want(place.page);
    VIVACE_TRY(fetcher.Fetch(file_.source(), stats_));
    return Decode(place.leaf, fetcher.Stream(place.dictionary, place.page), place.row);
  }

  Status Decode(size_t leaf, std::shared_ptr<arrow::io::InputStream> stream, uint64_t row) {
    return CatchParquet("column " + file_.layout().leaves[leaf].path, [&]() -> Status {
      const LeafPages pages{*file_.layout().schema.Column(static_cast<int>(leaf)), group_.chunks[leaf], std::move(stream)};
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
  std::vector<RowPlace> places_;
  std::vector<size_t> unindexed_;
  RowSlices slices_;
};

constexpr size_t kIdLeaf = ColumnOf(Leaf::kTraceId);

Result<std::optional<uint64_t>> FindIn(const ParquetFile& file, const Chunk& chunk, std::shared_ptr<arrow::io::InputStream> stream,
                                       const TraceId& id, ReadStats& stats) {
  return CatchParquet("column TraceID", [&]() -> Result<std::optional<uint64_t>> {
    return FindValue({*file.layout().schema.Column(kIdLeaf), chunk, std::move(stream)}, id.View(), stats);
  });
}

std::optional<uint64_t> PositionOf(const TraceId& id, const LeafSlice& ids) {
  for (size_t row = 0; row < ids.texts.size(); ++row) {
    if (ids.Text(row) == id.View()) return row;
  }
  return std::nullopt;
}

Result<std::optional<uint64_t>> FindInPage(const ParquetFile& file, const Chunk& chunk, ByteRange dictionary, ByteRange page,
                                           const TraceId& id, ReadStats& stats) {
  RangeFetcher fetcher;
  fetcher.Want(dictionary);
  fetcher.Want(page);
  VIVACE_TRY(fetcher.Fetch(file.source(), stats));
  const std::optional<LeafSlice> ids =
      FastPageReader(file.layout().leaves[kIdLeaf], chunk, fetcher.Get(dictionary), fetcher.Get(page)).All();
  if (!ids.has_value()) return FindIn(file, chunk, fetcher.Stream(dictionary, page), id, stats);
  ++stats.pages;
  return PositionOf(id, *ids);
}

// Bounds may have been cut short: a lower one still is one, an upper one counts as far as it goes.
bool MayHold(const PageBounds& bounds, std::string_view id) {
  return bounds.first <= id && id.substr(0, bounds.last.size()) <= bounds.last;
}

Result<std::optional<uint64_t>> FindInPages(const ParquetFile& file, size_t row_group, std::span<const PagePosition> pages,
                                            const TraceId& id, ReadStats& stats) {
  const Chunk& chunk = file.row_groups()[row_group].chunks[kIdLeaf];
  VIVACE_ASSIGN(const std::shared_ptr<const std::vector<PageBounds>> bounds, file.Bounds(row_group, kIdLeaf, stats));
  const ByteRange dictionary = DictionaryRange(chunk, pages);
  for (size_t page = 0; page < pages.size(); ++page) {
    if (bounds->size() == pages.size() && !MayHold((*bounds)[page], id.View())) continue;
    VIVACE_ASSIGN(const std::optional<uint64_t> row, FindInPage(file, chunk, dictionary, pages[page].range, id, stats));
    if (row.has_value()) return pages[page].first_row + *row;
  }
  return std::nullopt;
}

}  // namespace

Result<RowSlices> ReadRow(const ParquetFile& file, size_t row_group, uint64_t row, std::span<const WantedLeaf> leaves, ReadStats& stats) {
  VIVACE_ASSIGN(const std::shared_ptr<const PagePositions> pages, file.Pages(row_group, stats));
  RowRead read(file, row_group, row, stats);
  read.Plan(leaves, *pages);
  return read.Read();
}

Result<std::optional<uint64_t>> FindTraceRow(const ParquetFile& file, size_t row_group, const TraceId& id, ReadStats& stats) {
  VIVACE_ASSIGN(const std::shared_ptr<const PagePositions> pages, file.Pages(row_group, stats));
  const Chunk& chunk = file.row_groups()[row_group].chunks[kIdLeaf];
  std::optional<uint64_t> row;
  if (pages->at(kIdLeaf).empty()) {
    VIVACE_ASSIGN(row, FindIn(file, chunk, std::make_shared<ObjectInputStream>(file.source(), chunk.range, stats), id, stats));
  } else {
    VIVACE_ASSIGN(row, FindInPages(file, row_group, pages->at(kIdLeaf), id, stats));
  }
  if (row.has_value() && *row >= file.row_groups()[row_group].rows) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("column TraceID has more than the {} rows of its row group", file.row_groups()[row_group].rows));
  }
  return row;
}

}  // namespace vivace
