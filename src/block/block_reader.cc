#include "block/block_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/error_context.h"
#include "base/hash/crc32c.h"
#include "block/assemble/trace_assembler.h"
#include "block/format/parquet_schema.h"
#include "block/format/row_group_index.h"
#include "block/prune/pruning_steps.h"
#include "block/read_failure.h"
#include "block/view/block_view.h"
#include "block/view/column_leaves.h"
#include "block/view/span_structure.h"
#include "parquet/decode/leaf_reader.h"
#include "parquet/decode/row_reader.h"
#include "parquet/parquet_file.h"
#include "parquet/range_fetcher.h"

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

void CountDamagedExtra(const std::string& problem, BlockReadStats& stats) {
  ++stats.damaged_extra_files;
  stats.extra_problem = fmt::format("{}: {}", kExtraName, problem);
}

// The ids of a file's traces as they are stored, of a store over a network: to look for one there
// must not cost a request each time. Any thread.
class HeldIds {
 public:
  Status Hold(const ParquetFile& file, size_t row_group) {
    const ByteRange range = file.row_groups()[row_group].chunks[ColumnOf(Leaf::kTraceId)].range;
    if (!file.source().is_remote() || file.source().Holds(range)) return {};
    VIVACE_ASSIGN(ObjectSource::Hold hold, file.source().Fetch({range}));
    const std::lock_guard lock(mutex_);
    holds_.push_back(std::move(hold));
    bytes_ += range.size;
    return {};
  }
  void Drop() {
    const std::lock_guard lock(mutex_);
    holds_.clear();
    bytes_ = 0;
  }
  size_t MemoryBytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ObjectSource::Hold> holds_;
  size_t bytes_ = 0;
};

// What is held until a task has read it, and the memory that it takes.
struct HeldAhead {
  MemoryLease lease;
  std::shared_ptr<const ParquetFile> file;
  ObjectSource::Hold hold;
};

uint64_t TotalSize(const std::vector<ByteRange>& ranges) {
  uint64_t bytes = 0;
  for (const ByteRange& range : ranges) bytes += range.size;
  return bytes;
}

// data.parquet, opened.
struct OpenData {
  OpenData(std::shared_ptr<ParquetFile> parquet, const BlockMeta& meta)
      : file(std::move(parquet)),
        structures(file->row_groups().size()),
        slots(AssignSlots(meta.dedicated_columns)) {}

  const std::shared_ptr<ParquetFile> file;
  SpanStructures structures;
  HeldIds held_ids;
  const DedicatedSlots slots;
};
using OpenDataPointer = std::shared_ptr<OpenData>;
// Null: the block has none.
using ExtraFile = std::shared_ptr<ParquetFile>;
using BlockIndexPointer = std::shared_ptr<const BlockIndex>;

// What is fetched ahead for a view comes in several requests at once, so that little lies between.
constexpr uint64_t kAheadGapBytesMax = 512 << 10;
constexpr uint64_t kAheadBytesMax = 16 << 20;

// Rows whose pages and slices are held at once.
constexpr size_t kRowsAtOnce = 1024;

struct TracePlace {
  size_t row_group = 0;
  uint64_t row = 0;
};

// The value that `kept` (guarded by `mutex`) has, or what `read` returns, which is then kept. No
// lock is held while reading: two threads may read at once, and the first one's value is kept.
template <typename T, typename Read>
Result<T> ReadOnce(std::mutex& mutex, std::optional<T>& kept, const Read& read) {
  {
    const std::lock_guard lock(mutex);
    if (kept.has_value()) return *kept;
  }
  Result<T> fresh = read();
  if (!fresh.has_value()) return fresh;
  const std::lock_guard lock(mutex);
  if (!kept.has_value()) kept = *std::move(fresh);
  return *kept;
}

Result<BlockReader::ReadAhead> FetchAhead(const std::shared_ptr<const ParquetFile>& file,
                                          const std::vector<ByteRange>& ranges,
                                          MemoryBudget& budget) {
  if (ranges.empty()) return nullptr;
  MemoryLease lease(&budget);
  VIVACE_TRY(lease.Grow(TotalSize(ranges)));
  VIVACE_ASSIGN(ObjectSource::Hold hold, file->source().Fetch(ranges));
  return std::make_shared<const HeldAhead>(std::move(lease), file, std::move(hold));
}

}  // namespace

struct BlockReader::State {
  State(const ObjectStore& object_store, std::shared_ptr<const BlockMeta> block_meta)
      : store(object_store), meta_owner(std::move(block_meta)), bloom(store, meta) {}

  std::string KeyOf(std::string_view name) const {
    return BlockKey(meta.tenant_id, meta.block_id, name);
  }
  ObjectSource SourceOf(std::string_view name) const { return {store, KeyOf(name)}; }

  // Error context, made where there is an error: the block, or one of its objects.
  auto Context() const {
    return [this] { return BlockContext(meta.tenant_id, meta.block_id); };
  }
  auto ContextOf(std::string_view name) const {
    return [this, name] {
      return fmt::format("{}: {}", BlockContext(meta.tenant_id, meta.block_id), name);
    };
  }

  Result<OpenDataPointer> Data(ReadStats& stats);
  // DATA_LOSS where the file does not have that row group.
  Result<OpenDataPointer> DataWith(size_t row_group, ReadStats& stats);
  Result<ExtraFile> Extra(uint64_t file_rows, ReadStats& stats);
  Result<ExtraFile> OpenExtra(uint64_t file_rows, ReadStats& stats) const;
  Result<std::optional<RowGroupIndex>> ReadRowGroups(ReadStats& stats) const;
  std::optional<RowGroupIndex> RowGroups(ReadStats& stats);
  Result<BlockIndexPointer> OpenBlockIndex(BlockReadStats& stats) const;
  Result<BlockIndexPointer> KnownBlockIndex(BlockReadStats& stats);

  Result<std::optional<TracePlace>> Locate(OpenData& data, const TraceId& id,
                                           BlockReadStats& stats);
  Result<bool> FindInData(const TraceId& id, SpanBatchBuilder& out, BlockReadStats& stats,
                          Content content);
  Result<bool> HasTrace(const TraceId& id, BlockReadStats& stats);
  // Of traces looked for: their numbers, and where they lie in a row group.
  struct Rows {
    std::vector<size_t> numbers;
    std::vector<uint64_t> rows;
  };
  Result<ReadAhead> ReadTraceAhead(const TraceId& id, BlockReadStats& stats, MemoryBudget& budget);
  Result<ReadAhead> ReadViewAhead(size_t row_group, const LeafSet& leaves,
                                  const std::optional<RowSet>& rows, BlockReadStats& stats,
                                  MemoryBudget& budget);
  static Result<Rows> LocateAll(const ParquetFile& file, size_t group, std::span<const TraceId> ids,
                                ReadStats& stats);
  Status FindTraces(std::span<const TraceId> ids, SpanBatchBuilder& out, BlockReadStats& stats,
                    Content content, const std::function<Status(size_t number)>& found);
  Status ReadTrace(const OpenData& data, size_t group, uint64_t row, const TraceId& id,
                   SpanBatchBuilder& out, BlockReadStats& stats, Content content);
  Result<std::optional<RowSlices>> ReadExtra(uint64_t file_row, uint64_t file_rows,
                                             BlockReadStats& stats);

  const ObjectStore& store;
  const std::shared_ptr<const BlockMeta> meta_owner;
  const BlockMeta& meta = *meta_owner;
  BloomPruning bloom;

  // What has been read so far; guarded by the mutex, which is not held while reading.
  std::mutex mutex;
  std::optional<OpenDataPointer> opened_data;
  std::optional<Result<ExtraFile>> opened_extra;  // kept where it is there, is missing or damaged
  std::optional<std::optional<RowGroupIndex>> read_index;
  std::optional<BlockIndexPointer> opened_index;  // null: there is none, or none that is usable
};

Result<OpenDataPointer> BlockReader::State::Data(ReadStats& stats) {
  return ReadOnce(mutex, opened_data, [&]() -> Result<OpenDataPointer> {
    VIVACE_ASSIGN(std::shared_ptr<ParquetFile> file,
                  ParquetFile::Open(SourceOf(kDataName), meta.size_bytes, meta.footer_size,
                                    BlockLayout(), stats));
    return std::make_shared<OpenData>(std::move(file), meta);
  });
}

Result<OpenDataPointer> BlockReader::State::DataWith(size_t row_group, ReadStats& stats) {
  VIVACE_ASSIGN(OpenDataPointer data, Data(stats));
  if (row_group >= data->file->row_groups().size())
    return Damaged(
        fmt::format("{} row groups, not {}", data->file->row_groups().size(), row_group + 1));
  return data;
}

Result<ExtraFile> BlockReader::State::OpenExtra(uint64_t file_rows, ReadStats& stats) const {
  if (meta.lacks_extra) return nullptr;
  const ObjectSource source = SourceOf(kExtraName);
  Result<std::shared_ptr<ParquetFile>> opened = ParquetFile::Open(source, ExtraLayout(), stats);
  if (!opened.has_value() && opened.error().code == ErrorCode::kNotFound) return nullptr;
  VIVACE_ASSIGN(const std::shared_ptr<ParquetFile> file, std::move(opened));
  if (file->rows() != file_rows)
    return Fail(ErrorCode::kDataLoss, fmt::format("{} rows, expected {}", file->rows(), file_rows));
  return file;
}

// Null where the block has none: blocks of Tempo, and all that came out of its compactor.
Result<ExtraFile> BlockReader::State::Extra(uint64_t file_rows, ReadStats& stats) {
  Result<Result<ExtraFile>> extra =
      ReadOnce(mutex, opened_extra, [&]() -> Result<Result<ExtraFile>> {
        Result<ExtraFile> fresh = OpenExtra(file_rows, stats);
        // Damage does not go away, a store's failure may.
        if (!fresh.has_value() && ReadFailureOf(fresh.error()) != ReadFailure::kDamage)
          return std::unexpected(fresh.error());
        return fresh;
      });
  return extra.has_value() ? *std::move(extra) : std::unexpected(std::move(extra).error());
}

Result<std::optional<RowGroupIndex>> BlockReader::State::ReadRowGroups(ReadStats& stats) const {
  ++stats.reads;
  Result<std::string> bytes = store.Read(KeyOf(kIndexName));
  if (!bytes.has_value() && bytes.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!bytes.has_value()) return std::unexpected(std::move(bytes).error());
  stats.footer_bytes += bytes->size();
  if (meta.index_crc32c.has_value() && *meta.index_crc32c != Crc32c(*bytes)) return std::nullopt;
  auto parsed = RowGroupIndex::Parse(*bytes);
  return parsed.has_value() ? std::optional(*std::move(parsed)) : std::nullopt;
}

// None where it is missing, damaged or cannot be read now: it only saves work.
std::optional<RowGroupIndex> BlockReader::State::RowGroups(ReadStats& stats) {
  return ReadOnce(mutex, read_index, [&] { return ReadRowGroups(stats); }).value_or(std::nullopt);
}

// Null where there is none, and where it is not usable: it only saves work.
Result<BlockIndexPointer> BlockReader::State::OpenBlockIndex(BlockReadStats& stats) const {
  const IndexedBlock block{meta.size_bytes, static_cast<uint64_t>(meta.total_objects)};
  Result<BlockIndexPointer> opened = BlockIndex::Open(SourceOf(kBlockIndexName), block, stats);
  if (opened.has_value()) return opened;
  switch (ReadFailureOf(opened.error())) {
    case ReadFailure::kGone:
      return nullptr;
    case ReadFailure::kDamage:
      ++stats.damaged_indexes;
      stats.index_problem = fmt::format("{}: {}", kBlockIndexName, opened.error().message);
      return nullptr;
    default:
      return opened;
  }
}

Result<BlockIndexPointer> BlockReader::State::KnownBlockIndex(BlockReadStats& stats) {
  {
    const std::lock_guard lock(mutex);
    if (opened_index.has_value() && *opened_index != nullptr && (*opened_index)->was_replaced())
      opened_index.reset();
  }
  return ReadOnce(mutex, opened_index, [&] { return OpenBlockIndex(stats); });
}

Result<std::optional<TracePlace>> BlockReader::State::Locate(OpenData& data, const TraceId& id,
                                                             BlockReadStats& stats) {
  const ParquetFile& file = *data.file;
  for (const size_t group : GroupsThatMayContain(file, id, [&] { return RowGroups(stats); })) {
    VIVACE_TRY(data.held_ids.Hold(file, group));
    VIVACE_ASSIGN(const std::optional<uint64_t> row,
                  FindRow(file, group, ColumnOf(Leaf::kTraceId), id.View(), stats));
    if (row.has_value()) return TracePlace{group, *row};
  }
  return std::nullopt;
}

Result<bool> BlockReader::State::FindInData(const TraceId& id, SpanBatchBuilder& out,
                                            BlockReadStats& stats, Content content) {
  VIVACE_ASSIGN(const OpenDataPointer data, Data(stats));
  VIVACE_ASSIGN(const std::optional<TracePlace> place, Locate(*data, id, stats));
  if (!place.has_value()) return false;
  VIVACE_TRY(ReadTrace(*data, place->row_group, place->row, id, out, stats, content));
  return true;
}

// The rows that `ids` have in a row group, as pairs of number and row, ascending.
Result<BlockReader::State::Rows> BlockReader::State::LocateAll(const ParquetFile& file,
                                                               size_t group,
                                                               std::span<const TraceId> ids,
                                                               ReadStats& stats) {
  VIVACE_ASSIGN(const LeafData stored,
                ReadLeaf(file, group, ColumnOf(Leaf::kTraceId), stats, LeafParts::kValues));
  Rows rows;
  for (uint64_t row = 0; row < stored.codes.size(); ++row) {
    const auto id = StoredId<TraceId>(stored.texts.Text(stored.codes[row]));
    const auto wanted = std::ranges::lower_bound(ids, id);
    if (wanted == ids.end() || *wanted != id) continue;
    rows.numbers.push_back(static_cast<size_t>(wanted - ids.begin()));
    rows.rows.push_back(row);
  }
  return rows;
}

Status BlockReader::State::FindTraces(std::span<const TraceId> ids, SpanBatchBuilder& out,
                                      BlockReadStats& stats, Content content,
                                      const std::function<Status(size_t number)>& found) {
  VIVACE_ASSIGN(const OpenDataPointer data, Data(stats));
  const auto leaves = content == Content::kAll ? TraceLeaves() : TraceLeavesWithoutEvents();
  for (size_t group = 0; group < data->file->row_groups().size(); ++group) {
    VIVACE_ASSIGN(const Rows all, LocateAll(*data->file, group, ids, stats));
    for (size_t begin = 0; begin < all.rows.size(); begin += kRowsAtOnce) {
      const size_t count = std::min(kRowsAtOnce, all.rows.size() - begin);
      VIVACE_ASSIGN(
          const std::vector<RowSlices> slices,
          ReadRows(*data->file, group, std::span(all.rows).subspan(begin, count), leaves, stats));
      for (size_t i = 0; i < count; ++i) {
        const size_t number = all.numbers[begin + i];
        bool extra_damaged = false;
        VIVACE_TRY(
            AssembleTrace({ids[number], slices[i], nullptr}, data->slots, out, extra_damaged));
        VIVACE_TRY(found(number));
      }
    }
  }
  return {};
}

Result<bool> BlockReader::State::HasTrace(const TraceId& id, BlockReadStats& stats) {
  VIVACE_ASSIGN(const OpenDataPointer data, Data(stats));
  VIVACE_ASSIGN(const std::optional<TracePlace> place, Locate(*data, id, stats));
  return place.has_value();
}

Status BlockReader::State::ReadTrace(const OpenData& data, size_t group, uint64_t row,
                                     const TraceId& id, SpanBatchBuilder& out,
                                     BlockReadStats& stats, Content content) {
  const ParquetFile& file = *data.file;
  const bool is_all = content == Content::kAll;
  VIVACE_ASSIGN(
      const RowSlices slices,
      ReadRow(file, group, row, is_all ? TraceLeaves() : TraceLeavesWithoutEvents(), stats));
  std::optional<RowSlices> extra_slices;
  if (is_all) {
    VIVACE_ASSIGN(extra_slices,
                  ReadExtra(file.row_groups()[group].first_row + row, file.rows(), stats));
  }
  bool extra_damaged = false;
  const TraceRow trace{id, slices, extra_slices.has_value() ? &*extra_slices : nullptr};
  VIVACE_TRY(AssembleTrace(trace, data.slots, out, extra_damaged));
  if (extra_damaged) CountDamagedExtra("its rows do not match those of data.parquet", stats);
  return {};
}

// What a damaged extra file adds is not worth a trace: it is shown without. One that cannot be read
// now fails the lookup.
Result<std::optional<RowSlices>> BlockReader::State::ReadExtra(uint64_t file_row,
                                                               uint64_t file_rows,
                                                               BlockReadStats& stats) {
  static constexpr LeafRequest kLeaves[kExtraLeafCount] = {{0}, {1}, {2}, {3}, {4}};
  const auto read = [&]() -> Result<std::optional<RowSlices>> {
    VIVACE_ASSIGN(const ExtraFile file, Extra(file_rows, stats));
    if (file == nullptr) return std::nullopt;
    const auto [group, row] = LocateRow(*file, file_row);
    return ReadRow(*file, group, row, kLeaves, stats);
  };
  Result<std::optional<RowSlices>> slices = read();
  if (slices.has_value() || ReadFailureOf(slices.error()) != ReadFailure::kDamage)
    return WithContext(std::move(slices), kExtraName);
  CountDamagedExtra(slices.error().message, stats);
  return std::nullopt;
}

Result<BlockReader::ReadAhead> BlockReader::State::ReadTraceAhead(const TraceId& id,
                                                                  BlockReadStats& stats,
                                                                  MemoryBudget& budget) {
  VIVACE_ASSIGN(const bool may_contain, bloom.MayContain(id, stats, stats.bloom_bytes));
  if (!may_contain) return nullptr;
  VIVACE_ASSIGN(const OpenDataPointer data, Data(stats));
  VIVACE_ASSIGN(const std::optional<TracePlace> place, Locate(*data, id, stats));
  if (!place.has_value()) return nullptr;
  (void)Extra(data->file->rows(), stats);  // whoever reads it meets the error
  VIVACE_ASSIGN(const std::vector<ByteRange> ranges,
                RangesOfRow(*data->file, place->row_group, place->row, TraceLeaves(), stats));
  return FetchAhead(data->file, ranges, budget);
}

Result<BlockReader::ReadAhead> BlockReader::State::ReadViewAhead(size_t row_group,
                                                                 const LeafSet& leaves,
                                                                 const std::optional<RowSet>& rows,
                                                                 BlockReadStats& stats,
                                                                 MemoryBudget& budget) {
  VIVACE_ASSIGN(const OpenDataPointer data, DataWith(row_group, stats));
  const std::vector<ColumnChunk>& chunks = data->file->row_groups()[row_group].chunks;
  std::vector<ByteRange> wanted;
  for (size_t leaf = 0; leaf < chunks.size(); ++leaf) {
    if (!leaves.Has(leaf) || chunks[leaf].HasNothing(/*skip_if_zero=*/false)) continue;
    VIVACE_ASSIGN(const std::vector<ByteRange> ranges,
                  data->file->RangesOf(row_group, leaf, rows, stats));
    for (const ByteRange& range : ranges) {
      if (!data->file->source().Holds(range)) wanted.push_back(range);
    }
  }
  return FetchAhead(data->file, MergedRanges(std::move(wanted), kAheadGapBytesMax, kAheadBytesMax),
                    budget);
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

Result<std::shared_ptr<BlockReader>> BlockReader::Open(const ObjectStore& store,
                                                       std::shared_ptr<const BlockMeta> meta) {
  if (meta->format != "vParquet4") {
    return Fail(ErrorCode::kUnimplemented,
                fmt::format("block {} has unsupported version \"{}\"", meta->block_id.ToString(),
                            meta->format.substr(0, 64)));
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

Status BlockReader::FindTraces(std::span<const TraceId> ids, SpanBatchBuilder& out,
                               BlockReadStats& stats, Content content,
                               const std::function<Status(size_t number)>& found) const {
  return WithContext(state_->FindTraces(ids, out, stats, content, found),
                     state_->ContextOf(kDataName));
}

Result<bool> BlockReader::HasTrace(const TraceId& id, BlockReadStats& stats) const {
  VIVACE_ASSIGN(const bool may_contain, MayContain(id, stats));
  if (!may_contain) return false;
  return WithContext(state_->HasTrace(id, stats), state_->ContextOf(kDataName));
}

Result<bool> BlockReader::MayContain(const TraceId& id, BlockReadStats& stats) const {
  return WithContext(state_->bloom.MayContain(id, stats, stats.bloom_bytes), state_->Context());
}

bool BlockReader::IsKnownToLack(const TraceId& id) const { return state_->bloom.IsKnownToLack(id); }

Result<std::shared_ptr<const BloomShard>> BlockReader::SoleBloomShard(BlockReadStats& stats) const {
  if (BloomShardsOf(state_->meta) != 1) return nullptr;
  return WithContext(state_->bloom.Shard(0, stats, stats.bloom_bytes), state_->Context());
}

Result<std::vector<TraceId>> BlockReader::TraceIds(size_t count_max, BlockReadStats& stats) const {
  const auto read = [&]() -> Result<std::vector<TraceId>> {
    VIVACE_ASSIGN(const OpenDataPointer data, state_->Data(stats));
    std::vector<TraceId> all;
    all.reserve(count_max);
    for (size_t row_group = 0; row_group < data->file->row_groups().size(); ++row_group) {
      VIVACE_ASSIGN(const LeafData ids, ReadLeaf(*data->file, row_group, ColumnOf(Leaf::kTraceId),
                                                 stats, LeafParts::kValues));
      if (all.size() + ids.codes.size() > count_max)
        return Damaged(fmt::format("more than the {} traces of meta.json", count_max));
      for (const uint32_t code : ids.codes) all.push_back(StoredId<TraceId>(ids.texts.Text(code)));
    }
    return all;
  };
  VIVACE_ASSIGN(std::vector<TraceId> all, WithContext(read(), state_->ContextOf(kDataName)));
  if (!std::ranges::is_sorted(all)) std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

Result<size_t> BlockReader::RowGroupCount(BlockReadStats& stats) const {
  VIVACE_ASSIGN(const OpenDataPointer data,
                WithContext(state_->Data(stats), state_->ContextOf(kDataName)));
  return data->file->row_groups().size();
}

Result<std::unique_ptr<ColumnView>> BlockReader::OpenView(size_t row_group, BlockReadStats& stats,
                                                          MemoryBudget* budget,
                                                          std::optional<RowSet> rows) const {
  const auto open = [&]() -> Result<std::unique_ptr<ColumnView>> {
    VIVACE_ASSIGN(const OpenDataPointer data, state_->DataWith(row_group, stats));
    VIVACE_ASSIGN(std::unique_ptr<BlockView> view,
                  BlockView::Make(data->file, data->structures, row_group, data->slots,
                                  std::move(rows), stats, budget));
    return std::unique_ptr<ColumnView>(std::move(view));
  };
  return WithContext(open(), state_->ContextOf(kDataName));
}

Result<bool> BlockReader::MayMatch(size_t row_group, const ColumnName& column,
                                   const ValuePredicate& passes, BlockReadStats& stats) const {
  const auto look = [&]() -> Result<bool> {
    VIVACE_ASSIGN(const OpenDataPointer data, state_->DataWith(row_group, stats));
    return ColumnMayMatch(*data->file, row_group, data->slots, column, passes, stats);
  };
  return WithContext(look(), state_->ContextOf(kDataName));
}

Result<RowSet> BlockReader::RowsThatMayMatch(size_t row_group, const ColumnName& column,
                                             const RangePredicate& may_pass,
                                             BlockReadStats& stats) const {
  const auto look = [&]() -> Result<RowSet> {
    VIVACE_ASSIGN(const OpenDataPointer data, state_->DataWith(row_group, stats));
    return vivace::RowsThatMayMatch(*data->file, row_group, data->slots, column, may_pass, stats);
  };
  return WithContext(look(), state_->ContextOf(kDataName));
}

Result<uint32_t> BlockReader::RowCount(size_t row_group, BlockReadStats& stats) const {
  VIVACE_ASSIGN(const OpenDataPointer data,
                WithContext(state_->DataWith(row_group, stats), state_->ContextOf(kDataName)));
  return static_cast<uint32_t>(data->file->row_groups()[row_group].rows);
}

Result<uint64_t> BlockReader::RowGroupBytes(size_t row_group, BlockReadStats& stats) const {
  VIVACE_ASSIGN(const OpenDataPointer data,
                WithContext(state_->Data(stats), state_->ContextOf(kDataName)));
  uint64_t bytes = 0;
  for (const ColumnChunk& chunk : data->file->row_groups()[row_group].chunks)
    bytes += chunk.range.size;
  return bytes;
}

Result<std::shared_ptr<const BlockIndex>> BlockReader::Index(BlockReadStats& stats) const {
  return WithContext(state_->KnownBlockIndex(stats), state_->ContextOf(kBlockIndexName));
}

BlockReader::ReadAhead BlockReader::ReadTraceAhead(const TraceId& id, BlockReadStats& stats,
                                                   MemoryBudget& budget) const {
  if (!state_->store.is_remote()) return nullptr;
  return state_->ReadTraceAhead(id, stats, budget).value_or(nullptr);
}

BlockReader::ReadAhead BlockReader::ReadViewAhead(size_t row_group, const LeafSet& leaves,
                                                  const std::optional<RowSet>& rows,
                                                  BlockReadStats& stats,
                                                  MemoryBudget& budget) const {
  if (!state_->store.is_remote()) return nullptr;
  return state_->ReadViewAhead(row_group, leaves, rows, stats, budget).value_or(nullptr);
}

LeafSet BlockReader::LeavesOf(const ColumnName& column) const {
  return ColumnLeaves(AssignSlots(state_->meta.dedicated_columns), column);
}

ReaderMemory BlockReader::Memory() const {
  ReaderMemory memory{.bare = sizeof *this + sizeof(State) + state_->bloom.MemoryBytes()};
  const auto add = [&](const ParquetFile& file) {
    const size_t decoded = file.DecodedBytes();
    memory.decoded += decoded;
    memory.file += std::max(file.MemoryBytes(), decoded) - decoded;
  };
  const std::lock_guard lock(state_->mutex);
  if (state_->opened_data.has_value()) {
    const OpenData& data = **state_->opened_data;
    add(*data.file);
    memory.file += sizeof data + data.file->row_groups().size() * sizeof(std::shared_ptr<void>);
    memory.decoded += data.structures.MemoryBytes() + data.held_ids.MemoryBytes();
  }
  if (const auto& extra = state_->opened_extra;
      extra.has_value() && extra->has_value() && **extra != nullptr)
    add(***extra);
  if (state_->read_index.has_value() && state_->read_index->has_value())
    memory.file += (*state_->read_index)->last_ids().capacity() * sizeof(TraceId);
  if (const auto& index = state_->opened_index; index.has_value() && *index != nullptr) {
    memory.file += (*index)->HeaderBytes();
    memory.decoded += (*index)->SectionBytes();
  }
  return memory;
}

void BlockReader::DropDecoded() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->opened_data.has_value()) {
    (*state_->opened_data)->file->DropDecoded();
    (*state_->opened_data)->structures.Drop();
    (*state_->opened_data)->held_ids.Drop();
  }
  if (const auto& extra = state_->opened_extra;
      extra.has_value() && extra->has_value() && **extra != nullptr)
    (**extra)->DropDecoded();
  if (const auto& index = state_->opened_index; index.has_value() && *index != nullptr)
    (*index)->DropSections();
}

void BlockReader::DropFile() const {
  const std::lock_guard lock(state_->mutex);
  state_->opened_data.reset();
  state_->opened_extra.reset();
  state_->read_index.reset();
  if (state_->opened_index.has_value() && *state_->opened_index != nullptr)
    state_->opened_index.reset();
}

}  // namespace vivace
