#include "block/index/block_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "block/index/index_sections.h"
#include "block/index/value_filter.h"

namespace vivace {
namespace {

// What the first read takes: the header of all but very large blocks, and most often the keys.
constexpr uint64_t kFirstReadBytes = 4096;

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

  // The section as `decode` makes it of its bytes; null where there is none or where it is damaged.
  template <typename Content, typename Decode>
  Result<std::shared_ptr<const Content>> Section(KeptSection<Content>& kept, IndexSection kind,
                                                 uint32_t row_group, const Decode& decode,
                                                 BlockReadStats& stats);
  Result<std::shared_ptr<const RowGroupValues>> ValuesOf(size_t row_group, BlockReadStats& stats);
  Result<bool> FilterMayHave(size_t row_group, const IndexedColumn& column,
                             const AttributeValue& value, BlockReadStats& stats);
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
  KeptSection<TraceTable> traces;
  KeptSection<KeyLists> keys;
  KeptSection<SpanCounts> counts;
  std::vector<KeptSection<RowGroupValues>> values;  // by row group
};

Status BlockIndex::State::ReadHeader(const IndexedBlock& block, BlockReadStats& stats) {
  VIVACE_ASSIGN(file_bytes, source.Size(stats));
  VIVACE_ASSIGN(front, ReadIndexBytes(source, 0, std::min(file_bytes, kFirstReadBytes), stats));
  VIVACE_ASSIGN(const uint64_t header_bytes, ParseIndexPrefix(front, file_bytes));
  if (header_bytes > front.size()) {
    VIVACE_ASSIGN(front, ReadIndexBytes(source, 0, header_bytes, stats));
  }
  VIVACE_ASSIGN(
      header, ParseIndexHeader(std::string_view(front).substr(0, header_bytes), file_bytes, block));
  values.resize(header.row_group_traces.size());
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

template <typename Content, typename Decode>
Result<std::shared_ptr<const Content>> BlockIndex::State::Section(KeptSection<Content>& kept,
                                                                  IndexSection kind,
                                                                  uint32_t row_group,
                                                                  const Decode& decode,
                                                                  BlockReadStats& stats) {
  const IndexSectionEntry* entry = header.Find(kind, row_group);
  {
    const std::lock_guard lock(mutex);
    if (entry == nullptr || broken) return nullptr;
    if (kept.content.has_value()) return *kept.content;
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
  const std::lock_guard lock(mutex);
  if (!kept.content.has_value()) {
    kept.bytes = MemoryBytesOf(*shared);
    kept.content = std::move(shared);
  }
  return *kept.content;
}

Result<std::shared_ptr<const RowGroupValues>> BlockIndex::State::ValuesOf(size_t row_group,
                                                                          BlockReadStats& stats) {
  if (row_group >= values.size()) return nullptr;
  const auto number = static_cast<uint32_t>(row_group);
  const IndexSectionEntry* filters = header.Find(IndexSection::kFilters, number);
  const uint64_t filter_bytes = filters == nullptr ? 0 : filters->stored_bytes;
  return Section(
      values[row_group], IndexSection::kValues, number,
      [&](const std::string& raw) { return DecodeValues(raw, filter_bytes); }, stats);
}

Result<bool> BlockIndex::State::FilterMayHave(size_t row_group, const IndexedColumn& column,
                                              const AttributeValue& value, BlockReadStats& stats) {
  const IndexSectionEntry* filters =
      header.Find(IndexSection::kFilters, static_cast<uint32_t>(row_group));
  const uint64_t hash = HashValueForFilter(value);
  const ValueFilter::PagePosition position = ValueFilter::PageOf(hash, column.filter_blocks);
  const auto look = [&]() -> Result<bool> {
    VIVACE_ASSIGN(const std::string page,
                  ReadIndexBytes(source, filters->offset + column.filter_offset + position.offset,
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

Result<std::shared_ptr<const TraceTable>> BlockIndex::Traces(BlockReadStats& stats) const {
  return state_->Section(
      state_->traces, IndexSection::kTraces, IndexSectionEntry::kWholeBlock,
      [&](const std::string& raw) { return DecodeTraces(raw, state_->header.row_group_traces); },
      stats);
}

Result<std::shared_ptr<const KeyLists>> BlockIndex::Keys(BlockReadStats& stats) const {
  return state_->Section(state_->keys, IndexSection::kKeys, IndexSectionEntry::kWholeBlock,
                         DecodeKeys, stats);
}

Result<std::shared_ptr<const SpanCounts>> BlockIndex::Counts(BlockReadStats& stats) const {
  return state_->Section(state_->counts, IndexSection::kCounts, IndexSectionEntry::kWholeBlock,
                         DecodeCounts, stats);
}

Result<std::shared_ptr<const ListedValues>> BlockIndex::Values(size_t row_group,
                                                               const ColumnName& column,
                                                               BlockReadStats& stats) const {
  if (!HasIndexedValues(column)) return nullptr;
  VIVACE_ASSIGN(const std::shared_ptr<const RowGroupValues> values,
                state_->ValuesOf(row_group, stats));
  if (values == nullptr) return nullptr;
  const IndexedColumn* known = values->Find(column);
  return known == nullptr ? NoValues() : known->listed;
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
  if (!HasIndexedValues(column)) return true;
  VIVACE_ASSIGN(const std::shared_ptr<const RowGroupValues> values,
                state_->ValuesOf(row_group, stats));
  const IndexedColumn* known = values == nullptr ? nullptr : values->Find(column);
  if (known == nullptr) return values == nullptr;
  if (known->form == IndexedColumn::Form::kUnknown || state_->is_broken()) return true;
  if (known->form == IndexedColumn::Form::kFiltered)
    return state_->FilterMayHave(row_group, *known, value, stats);
  for (uint32_t code = 0; code < known->listed->values->size(); ++code) {
    if (known->listed->values->Value(code) == value) return true;
  }
  return false;
}

bool BlockIndex::was_replaced() const {
  const std::lock_guard lock(state_->mutex);
  return state_->replaced;
}

size_t BlockIndex::HeaderBytes() const {
  return sizeof *this + sizeof *state_ + state_->front.capacity() +
         state_->header.sections.capacity() * sizeof(IndexSectionEntry) +
         state_->header.row_group_traces.capacity() * sizeof(uint32_t) +
         state_->values.capacity() * sizeof(KeptSection<RowGroupValues>);
}

size_t BlockIndex::SectionBytes() const {
  const std::lock_guard lock(state_->mutex);
  size_t bytes = state_->traces.bytes + state_->keys.bytes + state_->counts.bytes;
  for (const auto& values : state_->values) bytes += values.bytes;
  return bytes;
}

void BlockIndex::DropSections() const {
  const std::lock_guard lock(state_->mutex);
  state_->traces = {};
  state_->keys = {};
  state_->counts = {};
  for (auto& values : state_->values) values = {};
}

}  // namespace vivace
