#include "parquet/parquet_file.h"

#include <fmt/format.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <cstring>

#include "block/format/parquet_schema.h"
#include "parquet/arrow_errors.h"

namespace vivace {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr uint64_t kTailBytes = 8;  // length of the footer, magic
constexpr int kRowGroupsMax = 100'000;
constexpr uint64_t kIndexBytesMax = 256 << 20;

std::unexpected<Error> Damaged(std::string message) { return Fail(ErrorCode::kDataLoss, std::move(message)); }

// A list in a Thrift message takes at least a byte an element, so a count above the message's size is a lie; without this limit it would
// become an allocation.
parquet::ReaderProperties LimitsFor(size_t message_bytes) {
  parquet::ReaderProperties properties;
  const auto limit = static_cast<int32_t>(std::clamp<size_t>(message_bytes, 1, INT32_MAX));
  properties.set_thrift_container_size_limit(limit);
  properties.set_thrift_string_size_limit(limit);
  return properties;
}

Result<uint64_t> FooterSize(std::string_view tail) {
  uint32_t size;
  std::memcpy(&size, tail.data() + tail.size() - kTailBytes, sizeof size);
  if (!tail.ends_with(kMagic)) return Damaged("footer: the file does not end in PAR1");
  return uint64_t{size};
}

// The footer without its tail.
Result<std::string> ReadFooter(const ObjectSource& source, uint64_t size, uint64_t footer_size, ReadStats& stats) {
  if (size < kTailBytes + kMagic.size()) return Damaged(fmt::format("footer: a file of {} bytes has none", size));
  if (footer_size == 0) {
    VIVACE_ASSIGN(const std::string tail, source.Read(size - kTailBytes, kTailBytes, stats, &ReadStats::footer_bytes));
    VIVACE_ASSIGN(footer_size, FooterSize(tail));
  }
  if (footer_size > size - kTailBytes - kMagic.size()) {
    return Damaged(fmt::format("footer: {} bytes do not fit into a file of {}", footer_size, size));
  }
  const uint64_t length = footer_size + kTailBytes;
  VIVACE_ASSIGN(std::string footer, source.Read(size - length, length, stats, &ReadStats::footer_bytes));
  VIVACE_ASSIGN(const uint64_t said, FooterSize(footer));
  if (said != footer_size) return Damaged(fmt::format("footer: {} bytes long, {} expected", said, footer_size));
  footer.resize(footer_size);
  return footer;
}

Status CheckColumn(const parquet::ColumnDescriptor& column, const LeafInfo& leaf) {
  if (column.physical_type() == PhysicalTypeOf(leaf.type) && column.max_definition_level() == leaf.max_definition &&
      column.max_repetition_level() == leaf.max_repetition) {
    return {};
  }
  return Damaged(fmt::format("schema: column {} has another type than a block's", leaf.path));
}

// The file's column number of each leaf. Further columns are no harm.
Result<std::vector<int>> FindColumns(const parquet::SchemaDescriptor& schema, std::span<const LeafInfo> leaves) {
  std::vector<int> columns;
  for (const LeafInfo& leaf : leaves) {
    const int column = schema.ColumnIndex(leaf.path);
    if (column < 0) return Damaged(fmt::format("schema: column {} is missing", leaf.path));
    VIVACE_TRY(CheckColumn(*schema.Column(column), leaf));
    columns.push_back(column);
  }
  return columns;
}

using Statistics = std::shared_ptr<parquet::EncodedStatistics>;

Statistics StatisticsOf(const parquet::ColumnChunkMetaData& column) {
  return column.is_stats_set() ? column.encoded_statistics() : nullptr;
}

// Only ids of full size bound anything: others may have been cut.
std::optional<IdBounds> BoundsOf(const Statistics& statistics) {
  if (statistics == nullptr || !statistics->has_min || !statistics->has_max) return std::nullopt;
  if (statistics->min().size() != TraceId::kBytes || statistics->max().size() != TraceId::kBytes) return std::nullopt;
  return IdBounds{statistics->min(), statistics->max()};
}

// What `kept` holds, read if it holds nothing yet. Two threads may read at once; both come to the same.
template <typename T, typename Read>
Result<std::shared_ptr<const T>> ReadOnce(std::mutex& mutex, std::shared_ptr<const T>& kept, Read&& read) {
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
  if (statistics == nullptr || !statistics->has_min || !statistics->has_max || column.type() == parquet::Type::DOUBLE) return false;
  const bool numbers = column.type() != parquet::Type::BYTE_ARRAY;
  const std::string& least = statistics->min();
  return least == statistics->max() && least.empty() != numbers && least.find_first_not_of('\0') == std::string::npos;
}

bool IsAllNull(const parquet::ColumnChunkMetaData& column, const Statistics& statistics) {
  return statistics != nullptr && statistics->has_null_count && statistics->null_count == column.num_values();
}

}  // namespace

ParquetLayout BlockLayout() { return {BlockLeaves(), BlockParquetSchema()}; }

ParquetLayout ExtraLayout() { return {ExtraLeaves(), ExtraParquetSchema()}; }

Result<std::shared_ptr<ParquetFile>> ParquetFile::Open(ObjectSource source, uint64_t size, uint32_t footer_size, ParquetLayout layout,
                                                       ReadStats& stats) {
  VIVACE_ASSIGN(const std::string footer, ReadFooter(source, size, footer_size, stats));
  std::shared_ptr<ParquetFile> file(new ParquetFile(std::move(source), layout));
  file->data_end_ = size - kTailBytes - footer.size();
  VIVACE_TRY(CatchParquet("footer", [&] { return file->ParseFooter(footer); }));
  file->pages_.resize(file->row_groups_.size());
  file->bounds_.resize(file->row_groups_.size());
  file->dictionaries_.resize(file->row_groups_.size());
  file->structures_.resize(file->row_groups_.size());
  return file;
}

Status ParquetFile::ParseFooter(const std::string& footer) {
  const auto file = parquet::FileMetaData::Make(footer.data(), static_cast<int64_t>(footer.size()), LimitsFor(footer.size()));
  if (file->num_row_groups() > kRowGroupsMax) return Damaged(fmt::format("footer: {} row groups", file->num_row_groups()));
  VIVACE_ASSIGN(const std::vector<int> columns, FindColumns(*file->schema(), layout_.leaves));
  for (int number = 0; number < file->num_row_groups(); ++number) {
    VIVACE_TRY(AddRowGroup(*file, number, columns));
  }
  return {};
}

Status ParquetFile::AddRowGroup(const parquet::FileMetaData& file, int number, std::span<const int> columns) {
  const auto metadata = file.RowGroup(number);
  RowGroup group{.first_row = rows()};
  if (metadata->num_rows() < 0 || metadata->num_rows() > INT32_MAX || metadata->num_columns() != file.num_columns()) {
    return Damaged(fmt::format("footer: row group {} has {} rows and {} columns", number, metadata->num_rows(), metadata->num_columns()));
  }
  group.rows = static_cast<uint64_t>(metadata->num_rows());
  for (size_t leaf = 0; leaf < columns.size(); ++leaf) {
    const auto column = metadata->ColumnChunk(columns[leaf]);
    VIVACE_ASSIGN(group.chunks.emplace_back(), DescribeChunk(*column, layout_.leaves[leaf]));
    if (leaf == 0) group.ids = BoundsOf(StatisticsOf(*column));
  }
  row_groups_.push_back(std::move(group));
  return {};
}

Result<Chunk> ParquetFile::DescribeChunk(const parquet::ColumnChunkMetaData& column, const LeafInfo& leaf) const {
  const auto inside = [&](int64_t offset, int64_t size) {
    return offset >= static_cast<int64_t>(kMagic.size()) && size >= 0 && static_cast<uint64_t>(offset) <= data_end_ &&
           static_cast<uint64_t>(size) <= data_end_ - static_cast<uint64_t>(offset);
  };
  const auto range = [](int64_t offset, int64_t size) { return ByteRange{static_cast<uint64_t>(offset), static_cast<uint64_t>(size)}; };
  int64_t begin = column.data_page_offset();
  if (column.has_dictionary_page() && column.dictionary_page_offset() > 0) begin = std::min(begin, column.dictionary_page_offset());
  if (!inside(begin, column.total_compressed_size()) || column.num_values() < 0 || column.total_uncompressed_size() < 0) {
    return Damaged(fmt::format("footer: column {} lies outside of the file", leaf.path));
  }
  const Statistics statistics = StatisticsOf(column);
  Chunk chunk{.range = range(begin, column.total_compressed_size()),
              .value_count = column.num_values(),
              .uncompressed_bytes = column.total_uncompressed_size(),
              .codec = column.compression(),
              .null_count = statistics != nullptr && statistics->has_null_count ? std::optional(statistics->null_count) : std::nullopt,
              .all_null = IsAllNull(column, statistics),
              .all_zero = IsAllZero(column, statistics)};
  const auto describe_index = [&](const std::optional<parquet::IndexLocation>& location, ByteRange& out) {
    if (!location.has_value()) return true;
    out = range(location->offset, location->length);
    return inside(location->offset, location->length);
  };
  if (!describe_index(column.GetColumnIndexLocation(), chunk.column_index) ||
      !describe_index(column.GetOffsetIndexLocation(), chunk.offset_index)) {
    return Damaged(fmt::format("footer: page index of column {} lies outside of the file", leaf.path));
  }
  return chunk;
}

Result<std::shared_ptr<const PagePositions>> ParquetFile::Pages(size_t row_group, ReadStats& stats) const {
  return ReadOnce(mutex_, pages_[row_group], [&] { return ReadPages(row_group, stats); });
}

Result<std::shared_ptr<const std::vector<PageBounds>>> ParquetFile::Bounds(size_t row_group, size_t leaf, ReadStats& stats) const {
  std::shared_ptr<const std::vector<PageBounds>>* kept = nullptr;
  {
    const std::lock_guard lock(mutex_);
    kept = &bounds_[row_group][leaf];
  }
  return ReadOnce(mutex_, *kept, [&] { return ReadBounds(row_group, leaf, stats); });
}

Result<PagePositions> ParquetFile::ReadPages(size_t row_group, ReadStats& stats) const {
  const RowGroup& group = row_groups_[row_group];
  uint64_t begin = UINT64_MAX;
  uint64_t end = 0;
  for (const Chunk& chunk : group.chunks) {
    if (chunk.offset_index.size == 0) continue;
    begin = std::min(begin, chunk.offset_index.offset);
    end = std::max(end, chunk.offset_index.end());
  }
  PagePositions pages(group.chunks.size());
  if (end == 0) return pages;
  // Writers put the offset indexes of a row group side by side, so one read gets them all.
  if (end - begin > kIndexBytesMax) return Damaged(fmt::format("offset index: spread over {} bytes", end - begin));
  VIVACE_ASSIGN(const std::string bytes, source_.Read(begin, end - begin, stats, &ReadStats::page_index_bytes));
  for (size_t leaf = 0; leaf < pages.size(); ++leaf) {
    const ByteRange range = group.chunks[leaf].offset_index;
    if (range.size == 0) continue;
    const std::string_view piece = std::string_view(bytes).substr(range.offset - begin, range.size);
    VIVACE_ASSIGN(pages[leaf],
                  CatchParquet("offset index of " + layout_.leaves[leaf].path, [&] { return ParsePages(piece, group, leaf); }));
  }
  return pages;
}

Result<std::vector<PagePosition>> ParquetFile::ParsePages(std::string_view bytes, const RowGroup& group, size_t leaf) const {
  const ByteRange chunk = group.chunks[leaf].range;
  const auto index = parquet::OffsetIndex::Make(bytes.data(), static_cast<int64_t>(bytes.size()), LimitsFor(bytes.size()));
  std::vector<PagePosition> pages;
  for (const parquet::PageLocation& page : index->page_locations()) {
    const PagePosition at{{static_cast<uint64_t>(page.offset), static_cast<uint64_t>(page.compressed_page_size)},
                          static_cast<uint64_t>(page.first_row_index)};
    const uint64_t behind = pages.empty() ? chunk.offset : pages.back().range.end();
    const bool in_order = pages.empty() ? at.first_row == 0 : at.first_row > pages.back().first_row;
    if (page.offset < 0 || page.compressed_page_size <= 0 || at.range.offset < behind || at.range.end() > chunk.end() || !in_order ||
        at.first_row >= group.rows) {
      return Damaged(fmt::format("offset index of {}: page {} is out of place", layout_.leaves[leaf].path, pages.size()));
    }
    pages.push_back(at);
  }
  return pages;
}

Result<std::vector<PageBounds>> ParquetFile::ReadBounds(size_t row_group, size_t leaf, ReadStats& stats) const {
  const ByteRange range = row_groups_[row_group].chunks[leaf].column_index;
  if (range.size == 0 || range.size > kIndexBytesMax) return std::vector<PageBounds>();
  VIVACE_ASSIGN(const std::string bytes, source_.Read(range.offset, range.size, stats, &ReadStats::page_index_bytes));
  return CatchParquet("column index of " + layout_.leaves[leaf].path, [&]() -> Result<std::vector<PageBounds>> {
    const auto index = parquet::ColumnIndex::Make(*layout_.schema.Column(static_cast<int>(leaf)), bytes.data(),
                                                  static_cast<int64_t>(bytes.size()), LimitsFor(bytes.size()));
    std::vector<PageBounds> bounds;
    for (size_t page = 0; page < index->null_pages().size(); ++page) {
      bounds.push_back({index->null_pages()[page], index->encoded_min_values().at(page), index->encoded_max_values().at(page)});
    }
    return bounds;
  });
}

ParquetFile::Dictionaries ParquetFile::DictionariesOf(size_t row_group) const {
  const std::lock_guard lock(mutex_);
  return dictionaries_[row_group].empty() ? Dictionaries(layout_.leaves.size()) : dictionaries_[row_group];
}

// Two threads may have decoded it at once: the first one is kept.
void ParquetFile::KeepDictionary(size_t row_group, size_t leaf, std::shared_ptr<const LeafDictionary> dictionary) const {
  const std::lock_guard lock(mutex_);
  dictionaries_[row_group].resize(layout_.leaves.size());
  std::shared_ptr<const LeafDictionary>& kept = dictionaries_[row_group][leaf];
  if (kept != nullptr) return;
  decoded_bytes_ += dictionary->MemoryBytes();
  kept = std::move(dictionary);
}

std::shared_ptr<const SpanStructure> ParquetFile::StructureOf(size_t row_group) const {
  const std::lock_guard lock(mutex_);
  return structures_[row_group];
}

void ParquetFile::KeepStructure(size_t row_group, std::shared_ptr<const SpanStructure> structure) const {
  const std::lock_guard lock(mutex_);
  if (structures_[row_group] != nullptr) return;
  decoded_bytes_ += structure->MemoryBytes();
  structures_[row_group] = std::move(structure);
}

void ParquetFile::DropDecoded() const {
  const std::lock_guard lock(mutex_);
  for (Dictionaries& dictionaries : dictionaries_) dictionaries.clear();
  for (auto& structure : structures_) structure.reset();
  decoded_bytes_ = 0;
}

size_t ParquetFile::MemoryBytes() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = decoded_bytes_ + row_groups_.size() * (sizeof(RowGroup) + layout_.leaves.size() * sizeof(Chunk));
  for (const auto& pages : pages_) {
    if (pages == nullptr) continue;
    for (const auto& leaf : *pages) bytes += sizeof leaf + leaf.capacity() * sizeof(PagePosition);
  }
  for (const auto& by_leaf : bounds_) {
    for (const auto& [leaf, bounds] : by_leaf)
      bytes += bounds == nullptr ? 0 : bounds->capacity() * (sizeof(PageBounds) + 2 * TraceId::kBytes);
  }
  return bytes;
}

}  // namespace vivace
