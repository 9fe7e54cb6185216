#include "block/index/block_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>

#include "block/index/index_sections.h"
#include "block/index/value_filter.h"

namespace vivace {
namespace {

// What the first read takes: header, keys and columns of ordinary blocks.
constexpr uint64_t kFirstReadBytes = 16 * 1024;
constexpr uint64_t kFirstRemoteReadBytes = 64 * 1024;

bool IsDamage(const Error& error) {
  return error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kOutOfRange;
}

Result<std::string> ReadIndexBytes(const ObjectSource& source, uint64_t offset, uint64_t size,
                                   BlockReadStats& stats) {
  VIVACE_ASSIGN(std::string bytes, source.Read(offset, size, stats, &ReadStats::footer_bytes));
  stats.footer_bytes -= bytes.size();
  stats.index_bytes += bytes.size();
  return bytes;
}

const std::shared_ptr<const ListedValues>& NoValues() {
  static const auto kNone = [] {
    auto none = std::make_shared<ListedValues>();
    none->values = std::make_shared<IndexValues>();
    return std::shared_ptr<const ListedValues>(std::move(none));
  }();
  return kNone;
}

// A section that is kept: null where there is none.
template <typename Content>
struct KeptSection {
  std::optional<std::shared_ptr<const Content>> content;
  size_t bytes = 0;
};

}  // namespace

struct BlockIndex::State {
  explicit State(ObjectSource object) : source(std::move(object)) {}

  Status ReadHeader(const IndexedBlock& block, BlockReadStats& stats);
  Result<std::string> ReadSection(const IndexSectionEntry& entry, BlockReadStats& stats) const;

  // What `decode` makes of the section; null where there is none (`entry` is null) or where it is
  // damaged. `kept()`: where it is kept; called with the mutex held.
  template <typename Content, typename Kept, typename Decode>
  Result<std::shared_ptr<const Content>> Section(const IndexSectionEntry* entry, const Kept& kept,
                                                 const Decode& decode, BlockReadStats& stats);
  Result<std::shared_ptr<const IndexedColumns>> ColumnsOf(size_t row_group, BlockReadStats& stats);
  Result<std::shared_ptr<const ListedValues>> ListOf(size_t row_group, const IndexedColumn& column,
                                                     BlockReadStats& stats);
  Result<bool> FilterMayHave(size_t row_group, const IndexedColumn& column,
                             const AttributeValue& value, BlockReadStats& stats);
  // Over a network it is kept.
  Result<std::string> ReadFilterPage(uint64_t offset, uint64_t size, BlockReadStats& stats);
  bool IsAnother(BlockReadStats& stats) const;
  // Notes damage: from now on the index knows nothing.
  void Break(const Error& error, BlockReadStats& stats);
  bool is_broken() {
    const std::lock_guard lock(mutex);
    return broken;
  }

  const ObjectSource source;
  uint64_t file_bytes = 0;
  std::string front;  // the file's first bytes, as the first read got them
  IndexHeader header;

  std::mutex mutex;  // guards what follows; not held while reading
  bool broken = false;
  bool replaced = false;
  KeptSection<NewestTraces> newest;
  KeptSection<KeyLists> keys;
  KeptSection<SpanCounts> counts;
  struct RowGroup {
    KeptSection<IndexedColumns> columns;
    std::map<uint64_t, KeptSection<ListedValues>> lists;  // by where they lie
  };
  std::vector<RowGroup> row_groups;
  std::map<uint64_t, std::string> filter_pages;  // by where they lie
};

Status BlockIndex::State::ReadHeader(const IndexedBlock& block, BlockReadStats& stats) {
  VIVACE_ASSIGN(
      ObjectPart first,
      source.ReadFront(source.is_remote() ? kFirstRemoteReadBytes : kFirstReadBytes, stats));
  stats.index_bytes += first.bytes.size();
  file_bytes = first.object_size;
  front = std::move(first.bytes);
  VIVACE_ASSIGN(const uint64_t header_bytes, ParseIndexPrefix(front, file_bytes));
  if (header_bytes > front.size()) {
    VIVACE_ASSIGN(front, ReadIndexBytes(source, 0, header_bytes, stats));
  }
  VIVACE_ASSIGN(
      header, ParseIndexHeader(std::string_view(front).substr(0, header_bytes), file_bytes, block));
  row_groups.resize(header.row_group_traces.size());
  return {};
}

Result<std::string> BlockIndex::State::ReadSection(const IndexSectionEntry& entry,
                                                   BlockReadStats& stats) const {
  std::string stored;
  if (entry.offset + entry.stored_bytes <= front.size()) {
    stored = front.substr(entry.offset, entry.stored_bytes);
  } else {
    VIVACE_ASSIGN(stored, ReadIndexBytes(source, entry.offset, entry.stored_bytes, stats));
  }
  return LoadIndexSection(entry, std::move(stored));
}

// Whether the object is another one than the header was read from.
bool BlockIndex::State::IsAnother(BlockReadStats& stats) const {
  const Result<uint64_t> size = source.Size(stats);
  if (size.has_value() && *size != file_bytes) return true;
  const Result<std::string> bytes = ReadIndexBytes(source, 0, front.size(), stats);
  return bytes.has_value() && *bytes != front;
}

void BlockIndex::State::Break(const Error& error, BlockReadStats& stats) {
  const bool is_another = IsAnother(stats);
  const std::lock_guard lock(mutex);
  if (std::exchange(broken, true)) return;
  replaced = is_another;
  if (is_another) return;
  ++stats.damaged_indexes;
  stats.index_problem = fmt::format("{}: {}", kBlockIndexName, error.message);
}

template <typename Content, typename Kept, typename Decode>
Result<std::shared_ptr<const Content>> BlockIndex::State::Section(const IndexSectionEntry* entry,
                                                                  const Kept& kept,
                                                                  const Decode& decode,
                                                                  BlockReadStats& stats) {
  {
    const std::lock_guard lock(mutex);
    if (entry == nullptr || broken) return nullptr;
    if (kept().content.has_value()) return *kept().content;
  }
  const auto read = [&]() -> Result<Content> {
    VIVACE_ASSIGN(const std::string raw, ReadSection(*entry, stats));
    return decode(raw);
  };
  Result<Content> content = read();
  if (!content.has_value() && IsDamage(content.error())) {
    Break(content.error(), stats);
    return nullptr;
  }
  if (!content.has_value()) return std::unexpected(std::move(content).error());
  auto shared = std::make_shared<const Content>(*std::move(content));
  const size_t bytes = MemoryBytesOf(*shared);
  const std::lock_guard lock(mutex);
  if (!kept().content.has_value()) kept() = {std::move(shared), bytes};
  return *kept().content;
}

Result<std::shared_ptr<const IndexedColumns>> BlockIndex::State::ColumnsOf(size_t row_group,
                                                                           BlockReadStats& stats) {
  if (row_group >= row_groups.size()) return nullptr;
  const auto number = static_cast<uint32_t>(row_group);
  const auto bytes_of = [&](IndexSection kind) {
    const IndexSectionEntry* entry = header.Find(kind, number);
    return entry == nullptr ? 0 : entry->stored_bytes;
  };
  return Section<IndexedColumns>(
      header.Find(IndexSection::kColumns, number),
      [&]() -> auto& { return row_groups[row_group].columns; },
      [&](const std::string& raw) {
        return DecodeColumns(raw,
                             {bytes_of(IndexSection::kLists), bytes_of(IndexSection::kFilters)});
      },
      stats);
}

Result<std::shared_ptr<const ListedValues>> BlockIndex::State::ListOf(size_t row_group,
                                                                      const IndexedColumn& column,
                                                                      BlockReadStats& stats) {
  const auto number = static_cast<uint32_t>(row_group);
  IndexSectionEntry entry = column.list;
  entry.offset += header.Find(IndexSection::kLists, number)->offset;
  return Section<ListedValues>(
      &entry, [&]() -> auto& { return row_groups[row_group].lists[column.list.offset]; },
      DecodeList, stats);
}

Result<std::string> BlockIndex::State::ReadFilterPage(uint64_t offset, uint64_t size,
                                                      BlockReadStats& stats) {
  if (!source.is_remote()) return ReadIndexBytes(source, offset, size, stats);
  {
    const std::lock_guard lock(mutex);
    if (const auto kept = filter_pages.find(offset); kept != filter_pages.end())
      return kept->second;
  }
  VIVACE_ASSIGN(std::string page, ReadIndexBytes(source, offset, size, stats));
  const std::lock_guard lock(mutex);
  return filter_pages.try_emplace(offset, std::move(page)).first->second;
}

Result<bool> BlockIndex::State::FilterMayHave(size_t row_group, const IndexedColumn& column,
                                              const AttributeValue& value, BlockReadStats& stats) {
  const IndexSectionEntry* filters =
      header.Find(IndexSection::kFilters, static_cast<uint32_t>(row_group));
  const uint64_t hash = HashValueForFilter(value);
  const ValueFilter::PagePosition position = ValueFilter::PageOf(hash, column.filter_blocks);
  const auto look = [&]() -> Result<bool> {
    VIVACE_ASSIGN(const std::string page,
                  ReadFilterPage(filters->offset + column.filter_offset + position.offset,
                                 position.size, stats));
    return ValueFilter::PageMayHave(page, hash, column.filter_blocks);
  };
  Result<bool> may_have = look();
  if (may_have.has_value() || !IsDamage(may_have.error())) return may_have;
  Break(may_have.error(), stats);
  return true;
}

BlockIndex::BlockIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}

BlockIndex::~BlockIndex() = default;

Result<std::shared_ptr<const BlockIndex>> BlockIndex::Open(ObjectSource source,
                                                           const IndexedBlock& block,
                                                           BlockReadStats& stats) {
  auto state = std::make_unique<State>(std::move(source));
  VIVACE_TRY(state->ReadHeader(block, stats));
  return std::shared_ptr<const BlockIndex>(new BlockIndex(std::move(state)));
}

size_t BlockIndex::row_group_count() const { return state_->header.row_group_traces.size(); }

Result<std::shared_ptr<const NewestTraces>> BlockIndex::Newest(BlockReadStats& stats) const {
  return state_->Section<NewestTraces>(
      state_->header.Find(IndexSection::kNewest), [&]() -> auto& { return state_->newest; },
      [&](const std::string& raw) { return DecodeNewest(raw, state_->header.block.traces); },
      stats);
}

std::pair<uint32_t, uint32_t> BlockIndex::RowsOf(size_t row_group) const {
  const std::vector<uint32_t>& traces = state_->header.row_group_traces;
  const auto begin = traces.begin() + static_cast<ptrdiff_t>(row_group);
  const uint32_t first = std::accumulate(traces.begin(), begin, uint32_t{0});
  return {first, first + *begin};
}

Result<std::shared_ptr<const KeyLists>> BlockIndex::Keys(BlockReadStats& stats) const {
  return state_->Section<KeyLists>(
      state_->header.Find(IndexSection::kKeys), [&]() -> auto& { return state_->keys; }, DecodeKeys,
      stats);
}

Result<std::shared_ptr<const SpanCounts>> BlockIndex::Counts(BlockReadStats& stats) const {
  return state_->Section<SpanCounts>(
      state_->header.Find(IndexSection::kCounts), [&]() -> auto& { return state_->counts; },
      DecodeCounts, stats);
}

Result<std::shared_ptr<const ListedValues>> BlockIndex::Values(size_t row_group,
                                                               const ColumnName& column,
                                                               BlockReadStats& stats) const {
  if (!HasIndexedValues(column)) return nullptr;
  VIVACE_ASSIGN(const std::shared_ptr<const IndexedColumns> columns,
                state_->ColumnsOf(row_group, stats));
  if (columns == nullptr) return nullptr;
  const IndexedColumn* known = columns->Find(column);
  if (known == nullptr) return NoValues();
  if (known->form != IndexedColumn::Form::kListed) return nullptr;
  return state_->ListOf(row_group, *known, stats);
}

Result<std::optional<bool>> BlockIndex::MayMatch(size_t row_group, const ColumnName& column,
                                                 const ValuePredicate& passes,
                                                 BlockReadStats& stats) const {
  VIVACE_ASSIGN(const std::shared_ptr<const ListedValues> listed, Values(row_group, column, stats));
  if (listed == nullptr) return std::nullopt;
  for (uint32_t code = 0; code < listed->values->size(); ++code) {
    if (passes(listed->values->Value(code))) return true;
  }
  return false;
}

Result<bool> BlockIndex::MayHave(size_t row_group, const ColumnName& column,
                                 const AttributeValue& value, BlockReadStats& stats) const {
  const auto is_value = [&](const AttributeValue& listed) { return listed == value; };
  VIVACE_ASSIGN(const std::optional<bool> listed, MayMatch(row_group, column, is_value, stats));
  if (listed.has_value() || !HasIndexedValues(column)) return listed.value_or(true);
  VIVACE_ASSIGN(const std::shared_ptr<const IndexedColumns> columns,
                state_->ColumnsOf(row_group, stats));
  if (columns == nullptr || state_->is_broken()) return true;
  const IndexedColumn* known = columns->Find(column);
  if (known == nullptr || known->form != IndexedColumn::Form::kFiltered) return true;
  return state_->FilterMayHave(row_group, *known, value, stats);
}

bool BlockIndex::was_replaced() const {
  const std::lock_guard lock(state_->mutex);
  return state_->replaced;
}

size_t BlockIndex::HeaderBytes() const {
  return sizeof *this + sizeof *state_ + state_->front.capacity() +
         state_->header.sections.capacity() * sizeof(IndexSectionEntry) +
         state_->header.row_group_traces.capacity() * sizeof(uint32_t) +
         state_->row_groups.capacity() * sizeof(State::RowGroup);
}

size_t BlockIndex::SectionBytes() const {
  const std::lock_guard lock(state_->mutex);
  size_t bytes = state_->newest.bytes + state_->keys.bytes + state_->counts.bytes;
  for (const State::RowGroup& row_group : state_->row_groups) {
    bytes += row_group.columns.bytes;
    for (const auto& [offset, list] : row_group.lists) bytes += sizeof list + list.bytes;
  }
  for (const auto& [offset, page] : state_->filter_pages)
    bytes += sizeof offset + sizeof page + page.capacity();
  return bytes;
}

void BlockIndex::DropSections() const {
  const std::lock_guard lock(state_->mutex);
  state_->newest = {};
  state_->filter_pages.clear();
  state_->keys = {};
  state_->counts = {};
  for (State::RowGroup& row_group : state_->row_groups) row_group = {};
}

}  // namespace vivace
