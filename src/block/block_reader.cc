#include "block/block_reader.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/error_context.h"
#include "base/log.h"
#include "block/assemble/trace_assembler.h"
#include "block/format/parquet_schema.h"
#include "block/format/row_group_index.h"
#include "block/prune/pruning_steps.h"
#include "block/view/block_view.h"
#include "block/view/span_structure.h"
#include "parquet/decode/row_reader.h"
#include "parquet/parquet_file.h"

namespace vivace {
namespace {

// Row group and row within it of a row of the whole file.
std::pair<size_t, uint64_t> LocateRow(const ParquetFile& file, uint64_t row) {
  size_t group = 0;
  while (row >= file.row_groups()[group].first_row + file.row_groups()[group].rows) ++group;
  return {group, row - file.row_groups()[group].first_row};
}

// Error context.
std::string BlockContext(const std::string& tenant, const Uuid& block) {
  return fmt::format("block {} of tenant {}", block.ToString(), tenant);
}

}  // namespace

struct BlockReader::State {
  State(const ObjectStore& object_store, BlockMeta block_meta)
      : store(object_store),
        meta(std::move(block_meta)),
        slots(AssignSlots(meta.dedicated_columns)),
        bloom(store, meta) {}

  std::string KeyOf(std::string_view name) const {
    return BlockKey(meta.tenant_id, meta.block_id, name);
  }
  ObjectSource SourceOf(std::string_view name) const { return {store, KeyOf(name)}; }

  // Error context: the block, or one of its objects.
  std::string Context() const { return BlockContext(meta.tenant_id, meta.block_id); }
  std::string ContextOf(std::string_view name) const {
    return fmt::format("{}: {}", Context(), name);
  }

  Result<std::shared_ptr<ParquetFile>> Data(ReadStats& stats);
  Result<std::shared_ptr<ParquetFile>> Extra(uint64_t file_rows, ReadStats& stats);
  Result<std::shared_ptr<ParquetFile>> OpenExtra(uint64_t file_rows, ReadStats& stats) const;
  std::optional<RowGroupIndex> Index(ReadStats& stats);

  Result<bool> FindInData(const TraceId& id, SpanBatchBuilder& out, BlockReadStats& stats,
                          Content content);
  Status ReadTrace(const ParquetFile& file, size_t group, uint64_t row, const TraceId& id,
                   SpanBatchBuilder& out, BlockReadStats& stats, Content content);
  std::optional<RowSlices> ReadExtra(uint64_t file_row, uint64_t file_rows, BlockReadStats& stats);
  void ReportExtra(const std::string& problem, BlockReadStats& stats);

  const ObjectStore& store;
  const BlockMeta meta;
  const DedicatedSlots slots;
  BloomPruning bloom;

  // What has been read so far. The mutex is held while reading, so that each object is read once.
  std::mutex mutex;
  std::shared_ptr<ParquetFile> data;
  std::unique_ptr<SpanStructures> structures;  // of data; made with it and never replaced
  std::optional<Result<std::shared_ptr<ParquetFile>>> extra;  // none: not looked for yet
  std::atomic<bool> extra_reported = false;
  std::optional<RowGroupIndex> index;
  bool index_known = false;
};

Result<std::shared_ptr<ParquetFile>> BlockReader::State::Data(ReadStats& stats) {
  const std::lock_guard lock(mutex);
  if (data == nullptr) {
    VIVACE_ASSIGN(data, ParquetFile::Open(SourceOf(kDataName), meta.size_bytes, meta.footer_size,
                                          BlockLayout(), stats));
    structures = std::make_unique<SpanStructures>(data->row_groups().size());
  }
  return data;
}

Result<std::shared_ptr<ParquetFile>> BlockReader::State::OpenExtra(uint64_t file_rows,
                                                                   ReadStats& stats) const {
  const ObjectSource source = SourceOf(kExtraName);
  const Result<uint64_t> size = source.Size(stats);
  if (!size.has_value() && size.error().code == ErrorCode::kNotFound) return nullptr;
  if (!size.has_value()) return std::unexpected(size.error());
  VIVACE_ASSIGN(std::shared_ptr<ParquetFile> file,
                ParquetFile::Open(source, *size, 0, ExtraLayout(), stats));
  if (file->rows() != file_rows)
    return Fail(ErrorCode::kDataLoss, fmt::format("{} rows, expected {}", file->rows(), file_rows));
  return file;
}

// Null where the block has none: blocks of Tempo, and all that came out of its compactor.
Result<std::shared_ptr<ParquetFile>> BlockReader::State::Extra(uint64_t file_rows,
                                                               ReadStats& stats) {
  const std::lock_guard lock(mutex);
  // Damage does not go away, a store's failure may.
  const bool settled =
      extra.has_value() && (extra->has_value() || extra->error().code == ErrorCode::kDataLoss);
  if (!settled) extra = OpenExtra(file_rows, stats);
  return *extra;
}

// None where it is missing or damaged: it only saves work.
std::optional<RowGroupIndex> BlockReader::State::Index(ReadStats& stats) {
  const std::lock_guard lock(mutex);
  if (std::exchange(index_known, true)) return index;
  ++stats.reads;
  const Result<std::string> bytes = store.Read(KeyOf(kIndexName));
  if (!bytes.has_value()) return std::nullopt;
  stats.footer_bytes += bytes->size();
  if (auto parsed = RowGroupIndex::Parse(*bytes); parsed.has_value()) index = *std::move(parsed);
  return index;
}

Result<bool> BlockReader::State::FindInData(const TraceId& id, SpanBatchBuilder& out,
                                            BlockReadStats& stats, Content content) {
  VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, Data(stats));
  for (const size_t group : GroupsThatMayContain(*file, id, [&] { return Index(stats); })) {
    VIVACE_ASSIGN(const std::optional<uint64_t> row,
                  FindRow(*file, group, ColumnOf(Leaf::kTraceId), id.View(), stats));
    if (!row.has_value()) continue;
    VIVACE_TRY(ReadTrace(*file, group, *row, id, out, stats, content));
    return true;
  }
  return false;
}

Status BlockReader::State::ReadTrace(const ParquetFile& file, size_t group, uint64_t row,
                                     const TraceId& id, SpanBatchBuilder& out,
                                     BlockReadStats& stats, Content content) {
  const bool is_all = content == Content::kAll;
  VIVACE_ASSIGN(
      const RowSlices slices,
      ReadRow(file, group, row, is_all ? TraceLeaves() : TraceLeavesWithoutEvents(), stats));
  std::optional<RowSlices> extra_slices;
  if (is_all)
    extra_slices = ReadExtra(file.row_groups()[group].first_row + row, file.rows(), stats);
  bool extra_damaged = false;
  const TraceRow trace{id, slices, extra_slices.has_value() ? &*extra_slices : nullptr};
  VIVACE_TRY(AssembleTrace(trace, slots, out, extra_damaged));
  if (extra_damaged) ReportExtra("its rows do not match those of data.parquet", stats);
  return {};
}

// What the extra file adds is not worth a trace: if it cannot be read, the trace is shown without.
std::optional<RowSlices> BlockReader::State::ReadExtra(uint64_t file_row, uint64_t file_rows,
                                                       BlockReadStats& stats) {
  static constexpr LeafRequest kLeaves[kExtraLeafCount] = {{0}, {1}, {2}, {3}, {4}};
  const auto read = [&]() -> Result<std::optional<RowSlices>> {
    VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, Extra(file_rows, stats));
    if (file == nullptr) return std::nullopt;
    const auto [group, row] = LocateRow(*file, file_row);
    return ReadRow(*file, group, row, kLeaves, stats);
  };
  Result<std::optional<RowSlices>> slices = read();
  if (slices.has_value()) return *std::move(slices);
  ReportExtra(slices.error().message, stats);
  return std::nullopt;
}

void BlockReader::State::ReportExtra(const std::string& problem, BlockReadStats& stats) {
  ++stats.damaged_extra_files;
  if (extra_reported.exchange(true)) return;  // once per reader, not once per lookup
  LogWarn("ignoring damaged extra file of a block",
          {{"tenant", meta.tenant_id}, {"block", meta.block_id.ToString()}, {"problem", problem}});
}

BlockReader::BlockReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlockReader::~BlockReader() = default;

Result<std::shared_ptr<BlockReader>> BlockReader::Open(const ObjectStore& store,
                                                       const std::string& tenant,
                                                       const Uuid& block) {
  const std::string context = BlockContext(tenant, block);
  VIVACE_ASSIGN(const std::string json, store.Read(BlockKey(tenant, block, kMetaName)));
  VIVACE_ASSIGN(BlockMeta meta, WithContext(ParseBlockMeta(json), context));
  if (meta.block_id != block)
    return Fail(ErrorCode::kDataLoss, context + ": meta.json has another block id");
  meta.tenant_id = tenant;  // the store's key wins over its content
  return Open(store, std::move(meta));
}

Result<std::shared_ptr<BlockReader>> BlockReader::Open(const ObjectStore& store, BlockMeta meta) {
  if (meta.format != "vParquet4") {
    return Fail(ErrorCode::kUnimplemented,
                fmt::format("block {} has unsupported version \"{}\"", meta.block_id.ToString(),
                            meta.format.substr(0, 64)));
  }
  return std::shared_ptr<BlockReader>(
      new BlockReader(std::make_unique<State>(store, std::move(meta))));
}

const BlockMeta& BlockReader::meta() const { return state_->meta; }

Result<bool> BlockReader::FindTrace(const TraceId& id, SpanBatchBuilder& out, BlockReadStats& stats,
                                    Content content) const {
  VIVACE_ASSIGN(const bool may_contain, MayContain(id, stats));
  if (!may_contain) return false;
  return WithContext(state_->FindInData(id, out, stats, content), state_->ContextOf(kDataName));
}

Result<bool> BlockReader::MayContain(const TraceId& id, BlockReadStats& stats) const {
  return WithContext(state_->bloom.MayContain(id, stats, stats.bloom_bytes), state_->Context());
}

Result<size_t> BlockReader::RowGroupCount(BlockReadStats& stats) const {
  const auto count = [&]() -> Result<size_t> {
    VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, state_->Data(stats));
    return file->row_groups().size();
  };
  return WithContext(count(), state_->ContextOf(kDataName));
}

Result<std::unique_ptr<ColumnView>> BlockReader::OpenView(size_t row_group, BlockReadStats& stats,
                                                          MemoryBudget* budget,
                                                          std::optional<RowSet> rows) const {
  const auto open = [&]() -> Result<std::unique_ptr<ColumnView>> {
    VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, state_->Data(stats));
    VIVACE_ASSIGN(std::unique_ptr<BlockView> view,
                  BlockView::Make(file, *state_->structures, row_group, state_->slots,
                                  std::move(rows), stats, budget));
    return std::unique_ptr<ColumnView>(std::move(view));
  };
  return WithContext(open(), state_->ContextOf(kDataName));
}

Result<bool> BlockReader::MayMatch(size_t row_group, const ColumnName& column,
                                   const ValuePredicate& passes, BlockReadStats& stats) const {
  const auto look = [&]() -> Result<bool> {
    VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, state_->Data(stats));
    return ColumnMayMatch(*file, row_group, state_->slots, column, passes, stats);
  };
  return WithContext(look(), state_->ContextOf(kDataName));
}

Result<RowSet> BlockReader::RowsThatMayMatch(size_t row_group, const ColumnName& column,
                                             const RangePredicate& may_pass,
                                             BlockReadStats& stats) const {
  const auto look = [&]() -> Result<RowSet> {
    VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, state_->Data(stats));
    return vivace::RowsThatMayMatch(*file, row_group, state_->slots, column, may_pass, stats);
  };
  return WithContext(look(), state_->ContextOf(kDataName));
}

Result<uint32_t> BlockReader::RowCount(size_t row_group, BlockReadStats& stats) const {
  VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file,
                WithContext(state_->Data(stats), state_->ContextOf(kDataName)));
  return static_cast<uint32_t>(file->row_groups()[row_group].rows);
}

size_t BlockReader::MemoryBytes() const {
  const std::lock_guard lock(state_->mutex);
  size_t bytes = sizeof(State) + state_->bloom.MemoryBytes();
  if (state_->data != nullptr)
    bytes += state_->data->MemoryBytes() + state_->structures->MemoryBytes();
  if (const auto& extra = state_->extra;
      extra.has_value() && extra->has_value() && **extra != nullptr)
    bytes += (**extra)->MemoryBytes();
  return bytes;
}

void BlockReader::DropDecoded() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->data != nullptr) state_->data->DropDecoded();
  if (state_->structures != nullptr) state_->structures->Drop();
  if (const auto& extra = state_->extra;
      extra.has_value() && extra->has_value() && **extra != nullptr)
    (**extra)->DropDecoded();
}

}  // namespace vivace
