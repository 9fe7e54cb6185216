#include "parquet/footer.h"

#include <fmt/format.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <cstring>

#include "parquet/leaf_schema.h"

namespace vivace {
namespace {

Result<uint64_t> FooterSize(std::string_view tail) {
  uint32_t size;
  std::memcpy(&size, tail.data() + tail.size() - kFooterTailBytes, sizeof size);
  if (!tail.ends_with(kParquetMagic)) return Damaged("footer: the file does not end in PAR1");
  return uint64_t{size};
}

Status CheckColumn(const parquet::ColumnDescriptor& column, const LeafInfo& leaf) {
  if (column.physical_type() == PhysicalTypeOf(leaf.type) &&
      column.max_definition_level() == leaf.max_definition &&
      column.max_repetition_level() == leaf.max_repetition) {
    return {};
  }
  return Damaged(fmt::format("schema: column {} has an unexpected type", leaf.path));
}

}  // namespace

Result<std::string> ReadFooter(const ObjectSource& source, uint64_t size, uint64_t footer_size,
                               ReadStats& stats) {
  if (size < kFooterTailBytes + kParquetMagic.size())
    return Damaged(fmt::format("footer: a file of {} bytes is too short", size));
  if (footer_size == 0) {
    VIVACE_ASSIGN(const std::string tail, source.Read(size - kFooterTailBytes, kFooterTailBytes,
                                                      stats, &ReadStats::footer_bytes));
    VIVACE_ASSIGN(footer_size, FooterSize(tail));
  }
  if (footer_size > size - kFooterTailBytes - kParquetMagic.size()) {
    return Damaged(fmt::format("footer: {} bytes do not fit into a file of {}", footer_size, size));
  }
  const uint64_t length = footer_size + kFooterTailBytes;
  VIVACE_ASSIGN(std::string footer,
                source.Read(size - length, length, stats, &ReadStats::footer_bytes));
  VIVACE_ASSIGN(const uint64_t actual_size, FooterSize(footer));
  if (actual_size != footer_size)
    return Damaged(fmt::format("footer: {} bytes long, {} expected", actual_size, footer_size));
  footer.resize(footer_size);
  return footer;
}

Result<std::vector<int>> FindColumns(const parquet::SchemaDescriptor& schema,
                                     std::span<const LeafInfo> leaves) {
  std::vector<int> columns;
  for (const LeafInfo& leaf : leaves) {
    const int column = schema.ColumnIndex(leaf.path);
    if (column < 0) return Damaged(fmt::format("schema: column {} is missing", leaf.path));
    VIVACE_TRY(CheckColumn(*schema.Column(column), leaf));
    columns.push_back(column);
  }
  return columns;
}

parquet::ReaderProperties ThriftLimitsFor(size_t message_bytes) {
  parquet::ReaderProperties properties;
  const auto limit = static_cast<int32_t>(std::clamp<size_t>(message_bytes, 1, INT32_MAX));
  properties.set_thrift_container_size_limit(limit);
  properties.set_thrift_string_size_limit(limit);
  return properties;
}

}  // namespace vivace
