#include "parquet/parquet_file.h"

#include <fmt/format.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include <algorithm>

#include "parquet/arrow_errors.h"
#include "parquet/footer.h"
#include "parquet/page_index_reader.h"

namespace vivace {
namespace {

constexpr int kRowGroupsMax = 100'000;
constexpr size_t kNodeBytes = 96;  // of a map, with the counts of what it points to; about

// What a string holds outside of itself.
size_t HeapBytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

size_t BytesOf(const std::vector<PageBounds>* bounds) {
  if (bounds == nullptr) return 0;
  size_t bytes = bounds->capacity() * sizeof(PageBounds);
  for (const PageBounds& page : *bounds) bytes += HeapBytes(page.min) + HeapBytes(page.max);
  return bytes;
}

using Statistics = std::shared_ptr<parquet::EncodedStatistics>;

Statistics StatisticsOf(const parquet::ColumnChunkMetaData& column) {
  return column.is_stats_set() ? column.encoded_statistics() : nullptr;
}

std::optional<ChunkBounds> BoundsOf(const Statistics& statistics) {
  if (statistics == nullptr || !statistics->has_min || !statistics->has_max) return std::nullopt;
  return ChunkBounds{statistics->min(), statistics->max()};
}

// What one read takes of the end of a file: the footer and, in front of it, the page index, which
// is about four times as large in blocks as we write them.
uint64_t TailBytes(uint64_t footer_size) {
  constexpr uint64_t kIndexPerFooter = 5;
  constexpr uint64_t kIndexBytesMin = 64 << 10;
  constexpr uint64_t kIndexBytesMax = 4 << 20;
  return footer_size + kFooterTailBytes +
         std::clamp(kIndexPerFooter * footer_size, kIndexBytesMin, kIndexBytesMax);
}

// The cached value, read if there is none yet. Two threads may read at once; both get the same.
template <typename T, typename Read>
Result<std::shared_ptr<const T>> ReadOnce(std::mutex& mutex, std::shared_ptr<const T>& kept,
                                          Read&& read) {
  {
    const std::lock_guard lock(mutex);
    if (kept != nullptr) return kept;
  }
  VIVACE_ASSIGN(T value, read());
  auto fresh = std::make_shared<const T>(std::move(value));
  const std::lock_guard lock(mutex);
  kept = fresh;
  return fresh;
}

// Not for doubles, which have two zeros.
bool IsAllZero(const parquet::ColumnChunkMetaData& column, const Statistics& statistics) {
  if (statistics == nullptr || !statistics->has_min || !statistics->has_max ||
      column.type() == parquet::Type::DOUBLE)
    return false;
  const bool numbers = column.type() != parquet::Type::BYTE_ARRAY;
  const std::string& least = statistics->min();
  return least == statistics->max() && least.empty() != numbers &&
         least.find_first_not_of('\0') == std::string::npos;
}

bool IsAllNull(const parquet::ColumnChunkMetaData& column, const Statistics& statistics) {
  return statistics != nullptr && statistics->has_null_count &&
         statistics->null_count == column.num_values();
}

}  // namespace

Result<std::shared_ptr<ParquetFile>> ParquetFile::Open(ObjectSource source, uint64_t size,
                                                       uint32_t footer_size, ParquetLayout layout,
                                                       ReadStats& stats) {
  Tail tail;
  if (source.is_remote()) {
    source.HoldAhead();
    tail.bytes = std::min(size, TailBytes(footer_size));
    VIVACE_ASSIGN(tail.hold, source.Fetch({{size - tail.bytes, tail.bytes}}));
  }
  return OpenWithTail(std::move(source), size, footer_size, layout, std::move(tail), stats);
}

Result<std::shared_ptr<ParquetFile>> ParquetFile::Open(ObjectSource source, ParquetLayout layout,
                                                       ReadStats& stats) {
  if (!source.is_remote()) {
    VIVACE_ASSIGN(const uint64_t size, source.Size(stats));
    return Open(std::move(source), size, 0, layout, stats);
  }
  source.HoldAhead();
  VIVACE_ASSIGN(ObjectPart back, source.ReadBack(TailBytes(0), stats));
  const uint64_t size = back.object_size;
  Tail tail{.hold = nullptr, .bytes = back.bytes.size()};
  std::vector<std::string> pieces;
  pieces.push_back(std::move(back.bytes));
  tail.hold = source.Keep({{size - tail.bytes, tail.bytes}}, std::move(pieces));
  return OpenWithTail(std::move(source), size, 0, layout, std::move(tail), stats);
}

Result<std::shared_ptr<ParquetFile>> ParquetFile::OpenWithTail(ObjectSource source, uint64_t size,
                                                               uint32_t footer_size,
                                                               ParquetLayout layout, Tail tail,
                                                               ReadStats& stats) {
  VIVACE_ASSIGN(const std::string footer, ReadFooter(source, size, footer_size, stats));
  std::shared_ptr<ParquetFile> file(new ParquetFile(std::move(source), layout));
  file->tail_ = std::move(tail);
  file->data_end_ = size - kFooterTailBytes - footer.size();
  VIVACE_TRY(CatchParquet("footer", [&] { return file->ParseFooter(footer); }));
  file->pages_.resize(file->row_groups_.size());
  file->bounds_.resize(file->row_groups_.size());
  file->dictionaries_.resize(file->row_groups_.size());
  return file;
}

Status ParquetFile::ParseFooter(const std::string& footer) {
  const auto file = parquet::FileMetaData::Make(footer.data(), static_cast<int64_t>(footer.size()),
                                                ThriftLimitsFor(footer.size()));
  if (file->num_row_groups() > kRowGroupsMax)
    return Damaged(fmt::format("footer: {} row groups", file->num_row_groups()));
  VIVACE_ASSIGN(const std::vector<int> columns, FindColumns(*file->schema(), layout_.leaves));
  for (int number = 0; number < file->num_row_groups(); ++number) {
    VIVACE_TRY(AddRowGroup(*file, number, columns));
  }
  return {};
}

Status ParquetFile::AddRowGroup(const parquet::FileMetaData& file, int number,
                                std::span<const int> columns) {
  const auto metadata = file.RowGroup(number);
  RowGroup group{.first_row = rows()};
  if (metadata->num_rows() < 0 || metadata->num_rows() > INT32_MAX ||
      metadata->num_columns() != file.num_columns()) {
    return Damaged(fmt::format("footer: row group {} has {} rows and {} columns", number,
                               metadata->num_rows(), metadata->num_columns()));
  }
  group.rows = static_cast<uint64_t>(metadata->num_rows());
  for (size_t leaf = 0; leaf < columns.size(); ++leaf) {
    const auto column = metadata->ColumnChunk(columns[leaf]);
    VIVACE_ASSIGN(group.chunks.emplace_back(), DescribeChunk(*column, layout_.leaves[leaf]));
    if (leaf == layout_.key_leaf) group.key_bounds = BoundsOf(StatisticsOf(*column));
  }
  row_groups_.push_back(std::move(group));
  return {};
}

Result<ColumnChunk> ParquetFile::DescribeChunk(const parquet::ColumnChunkMetaData& column,
                                               const LeafInfo& leaf) const {
  const auto inside = [&](int64_t offset, int64_t size) {
    return offset >= static_cast<int64_t>(kParquetMagic.size()) && size >= 0 &&
           static_cast<uint64_t>(offset) <= data_end_ &&
           static_cast<uint64_t>(size) <= data_end_ - static_cast<uint64_t>(offset);
  };
  const auto range = [](int64_t offset, int64_t size) {
    return ByteRange{static_cast<uint64_t>(offset), static_cast<uint64_t>(size)};
  };
  int64_t begin = column.data_page_offset();
  if (column.has_dictionary_page() && column.dictionary_page_offset() > 0)
    begin = std::min(begin, column.dictionary_page_offset());
  if (!inside(begin, column.total_compressed_size()) || column.num_values() < 0 ||
      column.total_uncompressed_size() < 0) {
    return Damaged(fmt::format("footer: column {} lies outside the file", leaf.path));
  }
  const Statistics statistics = StatisticsOf(column);
  ColumnChunk chunk{.range = range(begin, column.total_compressed_size()),
                    .value_count = column.num_values(),
                    .uncompressed_bytes = column.total_uncompressed_size(),
                    .codec = column.compression(),
                    .null_count = statistics != nullptr && statistics->has_null_count
                                      ? std::optional(statistics->null_count)
                                      : std::nullopt,
                    .all_null = IsAllNull(column, statistics),
                    .all_zero = IsAllZero(column, statistics)};
  const auto describe_index = [&](const std::optional<parquet::IndexLocation>& location,
                                  ByteRange& out) {
    if (!location.has_value()) return true;
    out = range(location->offset, location->length);
    return inside(location->offset, location->length);
  };
  if (!describe_index(column.GetColumnIndexLocation(), chunk.column_index) ||
      !describe_index(column.GetOffsetIndexLocation(), chunk.offset_index)) {
    return Damaged(fmt::format("footer: page index of column {} lies outside the file", leaf.path));
  }
  return chunk;
}

Result<std::shared_ptr<const PageLocations>> ParquetFile::Pages(size_t row_group,
                                                                ReadStats& stats) const {
  return ReadOnce(mutex_, pages_[row_group], [&] {
    return ReadPageLocations(source_, row_groups_[row_group], layout_.leaves, stats);
  });
}

Result<std::shared_ptr<const std::vector<PageBounds>>> ParquetFile::Bounds(size_t row_group,
                                                                           size_t leaf,
                                                                           ReadStats& stats) const {
  std::shared_ptr<const std::vector<PageBounds>>* kept = nullptr;
  {
    const std::lock_guard lock(mutex_);
    kept = &bounds_[row_group][leaf];
  }
  return ReadOnce(mutex_, *kept, [&] {
    const parquet::ColumnDescriptor& column = *layout_.schema.Column(static_cast<int>(leaf));
    return ReadPageBounds(source_, row_groups_[row_group].chunks[leaf], column,
                          layout_.leaves[leaf], stats);
  });
}

ParquetFile::Dictionaries ParquetFile::DictionariesOf(size_t row_group) const {
  const std::lock_guard lock(mutex_);
  return dictionaries_[row_group].empty() ? Dictionaries(layout_.leaves.size())
                                          : dictionaries_[row_group];
}

// Two threads may have decoded it at once: the first one wins.
void ParquetFile::CacheDictionary(size_t row_group, size_t leaf,
                                  std::shared_ptr<const LeafDictionary> dictionary,
                                  size_t bytes) const {
  const std::lock_guard lock(mutex_);
  dictionaries_[row_group].resize(layout_.leaves.size());
  std::shared_ptr<const LeafDictionary>& kept = dictionaries_[row_group][leaf];
  if (kept != nullptr) return;
  decoded_bytes_ += bytes;
  kept = std::move(dictionary);
}

Result<std::vector<ByteRange>> ParquetFile::RangesOf(size_t row_group, size_t leaf,
                                                     const std::optional<RowSet>& rows,
                                                     ReadStats& stats) const {
  const RowGroup& group = row_groups_[row_group];
  const ColumnChunk& chunk = group.chunks[leaf];
  if (!rows.has_value()) return std::vector<ByteRange>{chunk.range};
  VIVACE_ASSIGN(const std::shared_ptr<const PageLocations> pages, Pages(row_group, stats));
  const std::vector<PageLocation>& locations = (*pages)[leaf];
  if (locations.empty()) return std::vector<ByteRange>{chunk.range};
  std::vector<ByteRange> ranges;
  if (const ByteRange dictionary = DictionaryRange(chunk, locations); dictionary.size > 0)
    ranges.push_back(dictionary);
  for (size_t page = 0; page < locations.size(); ++page) {
    if (rows->Overlaps(static_cast<uint32_t>(locations[page].first_row),
                       static_cast<uint32_t>(EndRow(group, locations, page))))
      ranges.push_back(locations[page].range);
  }
  return ranges;
}

Result<std::string> ParquetFile::ReadChunk(size_t row_group, size_t leaf, ReadStats& stats) const {
  const ByteRange range = row_groups_[row_group].chunks[leaf].range;
  return source_.Read(range.offset, range.size, stats, &ReadStats::data_bytes);
}

void ParquetFile::DropDecoded() const {
  const std::lock_guard lock(mutex_);
  for (Dictionaries& dictionaries : dictionaries_) dictionaries.clear();
  decoded_bytes_ = 0;
}

size_t ParquetFile::DecodedBytes() const {
  const std::lock_guard lock(mutex_);
  return decoded_bytes_;
}

size_t ParquetFile::MemoryBytes() const {
  size_t bytes = sizeof *this + HeapBytes(source_.key()) +
                 row_groups_.capacity() * sizeof(RowGroup) + tail_.bytes;
  for (const RowGroup& group : row_groups_) {
    bytes += group.chunks.capacity() * sizeof(ColumnChunk) + sizeof(PageLocations) + kNodeBytes;
    if (group.key_bounds.has_value())
      bytes += HeapBytes(group.key_bounds->min) + HeapBytes(group.key_bounds->max);
  }
  const std::lock_guard lock(mutex_);
  bytes += decoded_bytes_;
  for (const Dictionaries& dictionaries : dictionaries_)
    bytes += sizeof dictionaries + dictionaries.capacity() * sizeof dictionaries.front();
  for (const auto& pages : pages_) {
    if (pages == nullptr) continue;
    for (const auto& leaf : *pages) bytes += sizeof leaf + leaf.capacity() * sizeof(PageLocation);
  }
  for (const auto& by_leaf : bounds_) {
    bytes += sizeof by_leaf;
    for (const auto& [leaf, bounds] : by_leaf) bytes += kNodeBytes + BytesOf(bounds.get());
  }
  return bytes;
}

}  // namespace vivace
