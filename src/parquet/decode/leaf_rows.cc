#include "parquet/decode/leaf_rows.h"

#include <algorithm>

#include "parquet/decode/fast_page_reader.h"
#include "parquet/range_fetcher.h"

namespace vivace {
namespace {

// With more rows a page than this, the whole page is decoded.
constexpr size_t kRowsPerPageMax = 4;

// Data pages [first row, end row) that some rows lie in.
struct SelectedPages {
  ByteRange dictionary;
  struct Page {
    ByteRange range;
    uint32_t begin = 0;  // rows
    uint32_t end = 0;

    RowSet rows() const {
      RowSet all;
      all.Add(begin, end);
      return all;
    }
  };
  std::vector<Page> pages;

  uint64_t bytes() const {
    uint64_t sum = dictionary.size;
    for (const Page& page : pages) sum += page.range.size;
    return sum;
  }
};

SelectedPages SelectPages(const RowGroup& group, size_t leaf,
                          std::span<const PageLocation> locations, const RowSet& rows) {
  SelectedPages selected{DictionaryRange(group.chunks[leaf], locations), {}};
  for (size_t page = 0; page < locations.size(); ++page) {
    const auto begin = static_cast<uint32_t>(locations[page].first_row);
    const auto end = static_cast<uint32_t>(EndRow(group, locations, page));
    if (rows.Overlaps(begin, end)) selected.pages.push_back({locations[page].range, begin, end});
  }
  return selected;
}

// The rows as they are numbered when only these pages are there.
RowSet Renumbered(const RowSet& rows, const SelectedPages& selected) {
  RowSet numbered;
  uint32_t before = 0;
  for (const SelectedPages::Page& page : selected.pages) {
    const RowSet wanted = Intersection(rows, page.rows());
    for (const RowSet::Range& range : wanted.ranges()) {
      numbered.Add(range.begin - page.begin + before, range.end - page.begin + before);
    }
    before += page.end - page.begin;
  }
  return numbered;
}

void AppendSlice(const LeafInfo& leaf, LeafSlice slice, LeafData& out) {
  const auto entries = static_cast<uint32_t>(slice.definition.size());
  for (uint32_t i = 0; i < entries; ++i) {
    if (leaf.max_repetition > 0) out.repetition.Add(static_cast<uint32_t>(slice.repetition[i]), 1);
    if (leaf.max_definition > 0) out.definition.Add(static_cast<uint32_t>(slice.definition[i]), 1);
  }
  out.entries += entries;
  out.bits.insert(out.bits.end(), slice.bits.begin(), slice.bits.end());
  for (uint32_t i = 0; i < slice.texts.size(); ++i) out.codes.push_back(out.texts.size() + i);
  if (!slice.texts.empty()) out.texts.Add(std::move(slice.bytes), slice.texts);
}

struct WantedRows {
  const ParquetFile& file;
  size_t row_group;
  size_t leaf;
  const RowSet& rows;
};

// Row by row out of the fetched pages. `kept`: the dictionary, if it is known already; else it was
// fetched too, and is kept from now on.
std::optional<LeafData> ExtractRows(const WantedRows& wanted, const SelectedPages& selected,
                                    const RangeFetcher& fetcher,
                                    const std::shared_ptr<const LeafDictionary>& kept,
                                    ReadStats& stats) {
  const LeafInfo& info = wanted.file.layout().leaves[wanted.leaf];
  const ColumnChunk& chunk = wanted.file.row_groups()[wanted.row_group].chunks[wanted.leaf];
  const std::string_view dictionary_page =
      kept != nullptr ? std::string_view() : fetcher.Get(selected.dictionary);
  std::shared_ptr<const LeafDictionary> dictionary = kept;
  LeafData out;
  for (const SelectedPages::Page& page : selected.pages) {
    ++stats.pages;
    FastPageReader reader(info, chunk, dictionary_page, fetcher.Get(page.range), dictionary);
    const RowSet rows = Intersection(wanted.rows, page.rows());
    for (uint32_t i = 0; i < rows.size(); ++i) {
      std::optional<LeafSlice> slice = reader.Row(rows.RowAt(i) - page.begin);
      if (!slice.has_value()) return std::nullopt;
      AppendSlice(info, *std::move(slice), out);
    }
    dictionary = reader.dictionary();
  }
  if (kept == nullptr && dictionary != nullptr) {
    wanted.file.CacheDictionary(wanted.row_group, wanted.leaf, dictionary,
                                dictionary->MemoryBytes());
  }
  return out;
}

// Moves the entries of wanted rows to the front, run by run.
class RowFilter {
 public:
  RowFilter(const LeafInfo& leaf, const RowSet& rows, LeafData& data)
      : max_definition_(static_cast<uint32_t>(leaf.max_definition)),
        ranges_(rows.ranges()),
        data_(data) {}

  void Add(uint32_t repetition, uint32_t definition, uint32_t count) {
    if (repetition > 0) {
      Take(is_wanted_, repetition, definition, count);
      return;
    }
    while (count > 0) {
      while (at_ < ranges_.size() && ranges_[at_].end <= row_) ++at_;
      is_wanted_ = at_ < ranges_.size() && ranges_[at_].begin <= row_;
      const uint32_t until =
          is_wanted_ ? ranges_[at_].end : (at_ < ranges_.size() ? ranges_[at_].begin : UINT32_MAX);
      const uint32_t taken = std::min(count, until - row_);
      Take(is_wanted_, repetition, definition, taken);
      row_ += taken;
      count -= taken;
    }
  }

  bool Finish(bool has_repetition, bool has_definition) {
    if (!is_valid_ || from_ != data_.value_count() ||
        (!ranges_.empty() && ranges_.back().end > row_))
      return false;
    data_.entries = entries_;
    data_.repetition = has_repetition ? std::move(repetition_) : LevelRuns();
    data_.definition = has_definition ? std::move(definition_) : LevelRuns();
    data_.bits.resize(data_.bits.empty() ? 0 : to_);
    data_.codes.resize(data_.codes.empty() ? 0 : to_);
    return true;
  }

 private:
  void Take(bool is_wanted, uint32_t repetition, uint32_t definition, uint32_t count) {
    const size_t values = definition == max_definition_ ? count : 0;
    is_valid_ &= from_ + values <= data_.value_count();
    if (!is_valid_) return;
    if (is_wanted) {
      repetition_.Add(repetition, count);
      definition_.Add(definition, count);
      entries_ += count;
      Move(data_.bits, values);
      Move(data_.codes, values);
      to_ += values;
    }
    from_ += values;
  }

  template <typename T>
  void Move(std::vector<T>& values, size_t count) const {
    if (!values.empty())
      std::copy_n(values.begin() + static_cast<ptrdiff_t>(from_), count,
                  values.begin() + static_cast<ptrdiff_t>(to_));
  }

  const uint32_t max_definition_;
  const std::span<const RowSet::Range> ranges_;
  LeafData& data_;
  size_t at_ = 0;     // the range at hand
  uint32_t row_ = 0;  // rows begun so far
  bool is_wanted_ = false;
  bool is_valid_ = true;
  size_t from_ = 0;  // values passed, and kept
  size_t to_ = 0;
  uint32_t entries_ = 0;
  LevelRuns repetition_;
  LevelRuns definition_;
};

}  // namespace

Result<RowsOrPages> ReadRowsOrPages(const ParquetFile& file, size_t row_group, size_t leaf,
                                    const RowSet& rows, ReadStats& stats) {
  const RowGroup& group = file.row_groups()[row_group];
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, file.Pages(row_group, stats));
  const std::vector<PageLocation>& locations = (*pages)[leaf];
  if (locations.empty()) {
    VIVACE_ASSIGN(std::string bytes, file.ReadChunk(row_group, leaf, stats));
    const bool has_others = !rows.ContainsAll(0, static_cast<uint32_t>(group.rows));
    return LeafPageBytes{
        .bytes = std::move(bytes), .is_whole_chunk = true, .has_others = has_others, .rows = rows};
  }
  const SelectedPages selected = SelectPages(group, leaf, locations, rows);
  const bool are_few = rows.size() <= kRowsPerPageMax * selected.pages.size();
  const std::shared_ptr<const LeafDictionary> kept =
      are_few ? file.DictionariesOf(row_group)[leaf] : nullptr;
  RangeFetcher fetcher;
  if (kept == nullptr) fetcher.Add(selected.dictionary);
  for (const SelectedPages::Page& page : selected.pages) fetcher.Add(page.range);
  VIVACE_TRY(fetcher.Fetch(file.source(), stats));
  if (are_few) {
    std::optional<LeafData> few =
        ExtractRows({file, row_group, leaf, rows}, selected, fetcher, kept, stats);
    if (few.has_value()) return *std::move(few);
  }
  RangeFetcher late;  // the dictionary, where the cached one did not help
  if (kept != nullptr) late.Add(selected.dictionary);
  VIVACE_TRY(late.Fetch(file.source(), stats));
  std::string bytes((kept != nullptr ? late : fetcher).Get(selected.dictionary));
  for (const SelectedPages::Page& page : selected.pages) bytes += fetcher.Get(page.range);
  return LeafPageBytes{
      .bytes = std::move(bytes),
      .is_whole_chunk = selected.pages.size() == locations.size(),
      .has_others = std::ranges::any_of(
          selected.pages,
          [&](const auto& page) { return !rows.ContainsAll(page.begin, page.end); }),
      .rows = Renumbered(rows, selected)};
}

Result<uint64_t> UncompressedBytesOf(const ParquetFile& file, size_t row_group, size_t leaf,
                                     const RowSet& rows, ReadStats& stats) {
  const RowGroup& group = file.row_groups()[row_group];
  const ColumnChunk& chunk = group.chunks[leaf];
  const auto whole = static_cast<uint64_t>(chunk.uncompressed_bytes);
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, file.Pages(row_group, stats));
  if ((*pages)[leaf].empty() || chunk.range.size == 0) return whole;
  const double share = static_cast<double>(SelectPages(group, leaf, (*pages)[leaf], rows).bytes()) /
                       static_cast<double>(chunk.range.size);
  return static_cast<uint64_t>(static_cast<double>(whole) * share);
}

bool FilterRows(const LeafInfo& leaf, const RowSet& rows, LeafData& data) {
  RowFilter filter(leaf, rows, data);
  const bool has_repetition = leaf.max_repetition > 0;
  const bool has_definition = leaf.max_definition > 0;
  if (has_repetition) {
    ForEachLevelRun(data.repetition, data.definition,
                    [&](uint32_t repetition, uint32_t definition, uint32_t count) {
                      filter.Add(repetition, definition, count);
                    });
  } else if (has_definition) {
    for (size_t i = 0; i < data.definition.size(); ++i)
      filter.Add(0, data.definition[i].level, data.definition[i].count);
  } else {
    filter.Add(0, 0, data.entries);
  }
  return filter.Finish(has_repetition, has_definition);
}

}  // namespace vivace
