#include "block/index/index_builder.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/hash/crc32c.h"
#include "base/hash/fast_hash.h"
#include "block/index/index_limits.h"
#include "columns/array_elements.h"

namespace vivace {
namespace {

// Ints, each with itself as its code: kinds and status codes.
class SmallInts final : public ValueTable {
 public:
  uint32_t size() const override { return UINT32_MAX; }
  AttributeValue Value(uint32_t code) const override { return AttributeValue::Int(code); }
};

std::vector<AttributeValue> DistinctElements(std::string_view encoded) {
  std::vector<AttributeValue> elements;
  ForEachElement(encoded, [&](const AttributeValue& element) {
    elements.push_back(element);
    return true;
  });
  std::ranges::sort(elements, ValueComesBefore);
  const auto repeated = std::ranges::unique(elements);
  elements.erase(repeated.begin(), repeated.end());
  return elements;
}

// Calls `visit` with each value that conditions compare: of arrays the elements; kEmpty for what
// can't be compared. Stops where it returns false.
template <typename Visit>
bool ForEachComparable(const AttributeValue& value, const Visit& visit) {
  if (value.kind == ValueKind::kArray) {
    const std::vector<AttributeValue> elements = DistinctElements(value.text);
    if (elements.empty()) return visit(AttributeValue());
    return std::ranges::all_of(elements, visit);
  }
  if (value.HasText() && value.kind != ValueKind::kString) return visit(AttributeValue());
  return visit(value);
}

template <typename Visit>
void ForEachValue(std::span<const ColumnValues> parts, const Visit& visit) {
  for (const ColumnValues& part : parts) {
    for (const auto [code, rows] : part.codes) {
      const auto visit_one = [&](const AttributeValue& value) { return visit(value, rows); };
      if (!ForEachComparable(part.table->Value(code), visit_one)) return;
    }
  }
}

// Distinct values with the rows that have each, up to as many as are listed.
class ValueLister {
 public:
  // False where they are too many.
  bool Add(const AttributeValue& value, uint32_t rows) {
    const auto [at, is_new] = rows_.try_emplace(value, 0);
    at->second += rows;
    if (is_new) text_bytes_ += value.text.size();
    fits_ = rows_.size() <= kIndexListedValuesMax && text_bytes_ <= kIndexListedTextMax;
    return fits_;
  }

  std::shared_ptr<const ListedValues> Take() const {
    if (!fits_) return nullptr;
    std::vector<std::pair<AttributeValue, uint32_t>> sorted(rows_.begin(), rows_.end());
    std::ranges::sort(
        sorted, [](const auto& a, const auto& b) { return ValueComesBefore(a.first, b.first); });
    auto listed = std::make_shared<ListedValues>();
    auto values = std::make_shared<IndexValues>();
    for (const auto& [value, rows] : sorted) {
      values->Add(value);
      listed->rows.push_back(rows);
    }
    listed->values = std::move(values);
    return listed;
  }

 private:
  struct Hash {
    using is_avalanching = void;
    size_t operator()(const AttributeValue& value) const {
      const auto seed = static_cast<uint64_t>(value.kind);
      return value.HasText() ? FastHash(value.text, seed) : FastHash(value.bits, seed);
    }
  };

  boost::unordered_flat_map<AttributeValue, uint32_t, Hash> rows_;
  size_t text_bytes_ = 0;
  bool fits_ = true;
};

std::shared_ptr<const ListedValues> ListValues(std::span<const ColumnValues> parts) {
  ValueLister lister;
  ForEachValue(parts,
               [&](const AttributeValue& value, uint32_t rows) { return lister.Add(value, rows); });
  return lister.Take();
}

// How many values there are; an upper bound where they hardly repeat.
uint64_t CountDistinct(std::span<const ColumnValues> parts) {
  const bool may_repeat =
      std::ranges::any_of(parts, [](const ColumnValues& part) { return part.may_repeat; });
  uint64_t values = 0;
  std::vector<uint64_t> hashes;
  ForEachValue(parts, [&](const AttributeValue& value, uint32_t) {
    ++values;
    if (may_repeat) hashes.push_back(HashValueForFilter(value));
    return true;
  });
  if (!may_repeat) return values;
  std::ranges::sort(hashes);
  return hashes.size() - std::ranges::unique(hashes).size();
}

uint64_t IndexBytesMax(uint64_t data_bytes) {
  return std::max(data_bytes / kIndexShareOfData, kIndexBytesAlways);
}

uint64_t CountsBytesMax(uint64_t data_bytes) {
  return std::max(data_bytes / kIndexCountsShareOfData, kIndexCountsBytesAlways);
}

}  // namespace

void IndexBuilder::BeginRowGroup(uint64_t file_bytes) {
  row_group_bytes_ = file_bytes;
  columns_.emplace_back();
}

void IndexBuilder::AddTraces(const RowGroupTraces& traces) {
  row_group_traces_.push_back(static_cast<uint32_t>(traces.start_unix_nanos.size()));
  newest_.Add(traces);
}

void IndexBuilder::AddColumn(ColumnName name, std::vector<ColumnValues> parts) {
  if (std::ranges::all_of(parts, [](const ColumnValues& part) { return part.codes.empty(); }))
    return;
  if (!name.field.has_value()) keys_[static_cast<size_t>(name.owner)].insert(name.key);
  Pending& pending = pending_.emplace_back();
  pending.column.name = std::move(name);
  if (const std::shared_ptr<const ListedValues> list = ListValues(parts)) {
    AddList(*list, pending);
  } else {
    AddCandidate(std::move(parts), pending);
  }
}

void IndexBuilder::AddList(const ListedValues& list, Pending& pending) {
  const std::string raw = EncodeList(list);
  pending.list = StoreIndexSection(raw);
  pending.column.form = IndexedColumn::Form::kListed;
  pending.column.list.stored_bytes = pending.list.size();
  pending.column.list.raw_bytes = raw.size();
  pending.column.list.crc32c = Crc32c(pending.list);
  list_bytes_ += pending.list.size();
}

// What the row group's filters may take together, with the lists that there are so far.
uint64_t IndexBuilder::FilterRoom() const {
  const uint64_t newest = std::min<uint64_t>(row_group_traces_.back(), kIndexNewestMax);
  const uint64_t others = kIndexNewestTraceBytes * newest + list_bytes_;
  const uint64_t allowed = IndexBytesMax(row_group_bytes_);
  return std::max(allowed - std::min(allowed, others), kIndexBytesAlways);
}

// Whether a filter of that size has room beside all smaller ones.
bool IndexBuilder::HasRoomFor(uint64_t filter_bytes) const {
  uint64_t sum = filter_bytes;
  for (const Pending& pending : pending_)
    sum += pending.filter_bytes() < filter_bytes ? pending.filter_bytes() : 0;
  return sum <= FilterRoom();
}

// The column may get a filter, where that is small enough.
void IndexBuilder::AddCandidate(std::vector<ColumnValues> parts, Pending& pending) {
  const uint64_t blocks = ValueFilter::BlocksFor(CountDistinct(parts));
  if (!HasRoomFor(ValueFilter::StoredBytes(blocks))) return;
  pending.column.filter_blocks = blocks;
  pending.parts = std::move(parts);
}

SpanCounter& IndexBuilder::BeginSpans(const ValueTable& services,
                                      std::shared_ptr<const ValueTable> names) {
  span_names_ = std::move(names);
  counter_.BeginRowGroup(services, *span_names_);
  return counter_;
}

// Columns are put in the order of their names, whatever the order in which they came.
void IndexBuilder::EndRowGroup() {
  std::ranges::sort(pending_, ComesBefore, [](const Pending& pending) -> const ColumnName& {
    return pending.column.name;
  });
  MakeFilters();
  const size_t row_group = columns_.size() - 1;
  for (size_t column = 0; column < pending_.size(); ++column) {
    Pending& pending = pending_[column];
    if (pending.column.form == IndexedColumn::Form::kListed)
      pieces_.push_back({IndexSection::kLists, row_group, column, std::move(pending.list)});
    columns_.back().columns.push_back(std::move(pending.column));
  }
  pending_.clear();
  list_bytes_ = 0;
}

void IndexBuilder::AddFieldOfSpans(Field field, std::vector<ColumnValues::CodeRows> codes,
                                   std::shared_ptr<const ValueTable> table) {
  std::vector<ColumnValues> parts;
  parts.push_back({std::move(table), std::move(codes)});
  AddColumn({.field = field, .owner = RowKind::kSpan, .key = {}}, std::move(parts));
}

void IndexBuilder::EndSpans() {
  boost::unordered_flat_map<uint32_t, uint32_t> names;
  boost::unordered_flat_map<uint32_t, uint32_t> kinds;
  boost::unordered_flat_map<uint32_t, uint32_t> statuses;
  counter_.ForEachGroup([&](uint32_t name, uint32_t kind, uint32_t status, uint32_t spans) {
    names[name] += spans;
    kinds[kind] += spans;
    statuses[status] += spans;
  });
  const auto codes = [](const auto& rows_by_code) {
    std::vector<ColumnValues::CodeRows> codes;
    for (const auto& [code, rows] : rows_by_code) codes.push_back({code, rows});
    return codes;
  };
  AddFieldOfSpans(Field::kSpanName, codes(names), span_names_);
  AddFieldOfSpans(Field::kSpanKind, codes(kinds), std::make_shared<SmallInts>());
  AddFieldOfSpans(Field::kSpanStatus, codes(statuses), std::make_shared<SmallInts>());
  counter_.EndRowGroup();
  span_names_.reset();
}

// The smallest filters first, as many as there is room for.
void IndexBuilder::MakeFilters() {
  std::vector<size_t> order;
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (!pending_[i].parts.empty()) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return pending_[i].filter_bytes(); });
  uint64_t room = FilterRoom();
  for (const size_t i : order) {
    Pending& pending = pending_[i];
    if (pending.filter_bytes() > room) break;
    room -= pending.filter_bytes();
    ValueFilter filter(pending.column.filter_blocks);
    ForEachValue(pending.parts, [&](const AttributeValue& value, uint32_t) {
      filter.Add(HashValueForFilter(value));
      return true;
    });
    pending.column.form = IndexedColumn::Form::kFiltered;
    pieces_.push_back({IndexSection::kFilters, columns_.size() - 1, i, filter.Store()});
  }
}

KeyLists IndexBuilder::MakeKeys() const {
  KeyLists keys;
  for (size_t owner = 0; owner < std::size(keys_); ++owner)
    keys.by_owner[owner].assign(keys_[owner].begin(), keys_[owner].end());
  return keys;
}

void IndexBuilder::AddSection(IndexSection kind, uint32_t row_group, const std::string& raw) {
  if (raw.size() > RawSectionBytesMax(data_bytes_)) return;
  Section section{.entry = {.kind = kind, .row_group = row_group},
                  .stored = StoreIndexSection(raw)};
  section.entry.stored_bytes = section.stored.size();
  section.entry.raw_bytes = raw.size();
  section.entry.crc32c = Crc32c(section.stored);
  sections_.push_back(std::move(section));
}

void IndexBuilder::AddCounts() {
  const std::optional<SpanCounts> counts = counter_.Take();
  if (!counts.has_value()) return;
  AddSection(IndexSection::kCounts, IndexSectionEntry::kWholeBlock, EncodeCounts(*counts));
  if (sections_.back().entry.kind == IndexSection::kCounts &&
      sections_.back().stored.size() > CountsBytesMax(data_bytes_))
    sections_.pop_back();
}

// Where pieces lie is known once it is known which are left.
void IndexBuilder::AddColumnSections() {
  std::map<std::pair<IndexSection, size_t>, uint64_t> next_offset;
  for (const Piece& piece : pieces_) {
    IndexedColumn& column = columns_[piece.row_group].columns[piece.column];
    uint64_t& offset = next_offset[{piece.kind, piece.row_group}];
    (piece.kind == IndexSection::kLists ? column.list.offset : column.filter_offset) = offset;
    offset += piece.stored.size();
  }
  for (size_t row_group = 0; row_group < columns_.size(); ++row_group) {
    AddSection(IndexSection::kColumns, static_cast<uint32_t>(row_group),
               EncodeColumns(columns_[row_group]));
  }
}

// The pieces of a kind, a section for each row group that has some.
void IndexBuilder::AddPieces(IndexSection kind) {
  std::vector<std::string> joined(columns_.size());
  for (Piece& piece : pieces_) {
    if (piece.kind == kind) joined[piece.row_group] += std::exchange(piece.stored, {});
  }
  for (size_t row_group = 0; row_group < joined.size(); ++row_group) {
    if (joined[row_group].empty()) continue;
    Section section{.entry = {.kind = kind, .row_group = static_cast<uint32_t>(row_group)},
                    .stored = std::move(joined[row_group])};
    section.entry.stored_bytes = section.stored.size();
    section.entry.raw_bytes = section.stored.size();
    sections_.push_back(std::move(section));
  }
}

// The largest first, until the others take no more than that.
void IndexBuilder::DropPieces(IndexSection kind, uint64_t bytes_max) {
  std::vector<size_t> order;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].kind == kind) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::greater(),
                           [&](size_t i) { return pieces_[i].stored.size(); });
  uint64_t bytes = PieceBytes(kind);
  for (auto at = order.begin(); bytes > bytes_max; ++at) {
    Piece& piece = pieces_[*at];
    bytes -= piece.stored.size();
    piece.stored.clear();
    columns_[piece.row_group].columns[piece.column].form = IndexedColumn::Form::kUnknown;
  }
  std::erase_if(pieces_, [](const Piece& piece) { return piece.stored.empty(); });
}

void IndexBuilder::Remove(IndexSection kind) {
  std::erase_if(sections_, [&](const Section& section) { return section.entry.kind == kind; });
}

uint64_t IndexBuilder::FileBytes() const {
  uint64_t bytes = IndexHeaderBytes(row_group_traces_.size(), sections_.size());
  for (const Section& section : sections_) bytes += section.stored.size();
  return bytes;
}

// What most queries ask for stands at the front, what is read in pieces comes last.
std::string IndexBuilder::Join() {
  constexpr IndexSection kOrder[] = {IndexSection::kKeys,   IndexSection::kColumns,
                                     IndexSection::kNewest, IndexSection::kCounts,
                                     IndexSection::kLists,  IndexSection::kFilters};
  std::ranges::stable_sort(sections_, {}, [&](const Section& section) {
    return std::ranges::find(kOrder, section.entry.kind) - std::begin(kOrder);
  });
  IndexHeader header{.block = {data_bytes_, newest_.trace_count()},
                     .row_group_traces = row_group_traces_,
                     .sections = {}};
  uint64_t offset = IndexHeaderBytes(row_group_traces_.size(), sections_.size());
  for (Section& section : sections_) {
    section.entry.offset = offset;
    offset += section.stored.size();
    header.sections.push_back(section.entry);
  }
  std::string file = EncodeIndexHeader(header);
  file.reserve(offset);
  for (const Section& section : sections_) file += section.stored;
  return file;
}

uint64_t IndexBuilder::PieceBytes(IndexSection kind) const {
  uint64_t bytes = 0;
  for (const Piece& piece : pieces_) bytes += piece.kind == kind ? piece.stored.size() : 0;
  return bytes;
}

// What is left out where it is too much, in this order: counts, the largest filters, the largest
// lists, all that is known of columns.
void IndexBuilder::Shrink(uint64_t bytes_max) {
  const auto left_beside = [&](uint64_t bytes) {
    return bytes_max - std::min(bytes_max, FileBytes() + bytes);
  };
  const uint64_t lists = PieceBytes(IndexSection::kLists);
  const uint64_t pieces = lists + PieceBytes(IndexSection::kFilters);
  if (pieces > left_beside(0)) Remove(IndexSection::kCounts);
  if (pieces <= left_beside(0)) return;
  DropPieces(IndexSection::kFilters, left_beside(lists));
  DropPieces(IndexSection::kLists, left_beside(0));
  Remove(IndexSection::kColumns);
  AddColumnSections();
  if (FileBytes() <= bytes_max) return;
  Remove(IndexSection::kColumns);
  pieces_.clear();
}

std::string IndexBuilder::Finish(uint64_t data_bytes) {
  data_bytes_ = data_bytes;
  AddSection(IndexSection::kKeys, IndexSectionEntry::kWholeBlock, EncodeKeys(MakeKeys()));
  AddSection(IndexSection::kNewest, IndexSectionEntry::kWholeBlock,
             EncodeNewest(newest_.Take(data_bytes)));
  AddCounts();
  AddColumnSections();
  Shrink(IndexBytesMax(data_bytes));
  AddPieces(IndexSection::kLists);
  AddPieces(IndexSection::kFilters);
  return Join();
}

}  // namespace vivace
