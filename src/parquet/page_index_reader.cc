#include "parquet/page_index_reader.h"

#include <fmt/format.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "parquet/arrow_errors.h"
#include "parquet/footer.h"

namespace vivace {
namespace {

constexpr uint64_t kIndexBytesMax = 256 << 20;

// `chunk`: where all pages of the leaf lie.
Result<std::vector<PageLocation>> ParsePages(std::string_view bytes, const RowGroup& group,
                                             ByteRange chunk, const LeafInfo& leaf) {
  const auto index = parquet::OffsetIndex::Make(bytes.data(), static_cast<int64_t>(bytes.size()),
                                                ThriftLimitsFor(bytes.size()));
  std::vector<PageLocation> pages;
  for (const parquet::PageLocation& page : index->page_locations()) {
    const PageLocation at{
        {static_cast<uint64_t>(page.offset), static_cast<uint64_t>(page.compressed_page_size)},
        static_cast<uint64_t>(page.first_row_index)};
    const uint64_t previous_end = pages.empty() ? chunk.offset : pages.back().range.end();
    const bool in_order = pages.empty() ? at.first_row == 0 : at.first_row > pages.back().first_row;
    if (page.offset < 0 || page.compressed_page_size <= 0 || at.range.offset < previous_end ||
        at.range.end() > chunk.end() || !in_order || at.first_row >= group.rows) {
      return Damaged(fmt::format("offset index of {}: page {} is out of order or outside its chunk",
                                 leaf.path, pages.size()));
    }
    pages.push_back(at);
  }
  return pages;
}

}  // namespace

Result<PageLocations> ReadPageLocations(const ObjectSource& source, const RowGroup& group,
                                        std::span<const LeafInfo> leaves, ReadStats& stats) {
  uint64_t begin = UINT64_MAX;
  uint64_t end = 0;
  for (const ColumnChunk& chunk : group.chunks) {
    if (chunk.offset_index.size == 0) continue;
    begin = std::min(begin, chunk.offset_index.offset);
    end = std::max(end, chunk.offset_index.end());
  }
  PageLocations pages(group.chunks.size());
  if (end == 0) return pages;
  // Writers put the offset indexes of a row group side by side, so one read gets them all.
  if (end - begin > kIndexBytesMax)
    return Damaged(fmt::format("offset index: spread over {} bytes", end - begin));
  VIVACE_ASSIGN(const std::string bytes,
                source.Read(begin, end - begin, stats, &ReadStats::page_index_bytes));
  for (size_t leaf = 0; leaf < pages.size(); ++leaf) {
    const ByteRange range = group.chunks[leaf].offset_index;
    if (range.size == 0) continue;
    const std::string_view piece = std::string_view(bytes).substr(range.offset - begin, range.size);
    VIVACE_ASSIGN(pages[leaf], CatchParquet("offset index of " + leaves[leaf].path, [&] {
                    return ParsePages(piece, group, group.chunks[leaf].range, leaves[leaf]);
                  }));
  }
  return pages;
}

Result<std::vector<PageBounds>> ReadPageBounds(const ObjectSource& source, const ColumnChunk& chunk,
                                               const parquet::ColumnDescriptor& column,
                                               const LeafInfo& leaf, ReadStats& stats) {
  const ByteRange range = chunk.column_index;
  if (range.size == 0 || range.size > kIndexBytesMax) return std::vector<PageBounds>();
  VIVACE_ASSIGN(const std::string bytes,
                source.Read(range.offset, range.size, stats, &ReadStats::page_index_bytes));
  return CatchParquet("column index of " + leaf.path, [&]() -> Result<std::vector<PageBounds>> {
    const auto index = parquet::ColumnIndex::Make(
        column, bytes.data(), static_cast<int64_t>(bytes.size()), ThriftLimitsFor(bytes.size()));
    std::vector<PageBounds> bounds;
    for (size_t page = 0; page < index->null_pages().size(); ++page) {
      bounds.push_back({index->null_pages()[page], index->encoded_min_values().at(page),
                        index->encoded_max_values().at(page)});
    }
    return bounds;
  });
}

}  // namespace vivace
