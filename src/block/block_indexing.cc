#include "block/block_indexing.h"

#include <memory>

#include "block/format/meta.h"
#include "block/index/index_builder.h"
#include "block/index/view_indexer.h"

namespace vivace {

Result<std::string> MakeBlockIndex(const BlockReader& reader, BlockReadStats& stats) {
  IndexBuilder builder;
  VIVACE_ASSIGN(const size_t row_groups, reader.RowGroupCount(stats));
  for (size_t row_group = 0; row_group < row_groups; ++row_group) {
    VIVACE_ASSIGN(const uint64_t bytes, reader.RowGroupBytes(row_group, stats));
    VIVACE_ASSIGN(const std::unique_ptr<ColumnView> view, reader.OpenView(row_group, stats));
    VIVACE_TRY(IndexRowGroup(*view, bytes, builder));
  }
  return builder.Finish(reader.meta().size_bytes);
}

Result<uint64_t> IndexBlock(ObjectStore& store, const BlockReader& reader, BlockReadStats& stats) {
  VIVACE_ASSIGN(const std::string index, MakeBlockIndex(reader, stats));
  const auto key_of = [&](std::string_view name) {
    return BlockKey(reader.meta().tenant_id, reader.meta().block_id, name);
  };
  VIVACE_TRY(store.Write(key_of(kBlockIndexName), index));
  const Result<uint64_t> meta = store.Size(key_of(kMetaName));
  if (!meta.has_value() && meta.error().code == ErrorCode::kNotFound) {
    VIVACE_TRY(store.Delete(key_of(kBlockIndexName)));
    return std::unexpected(meta.error());
  }
  return index.size();
}

}  // namespace vivace
