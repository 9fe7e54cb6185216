#include "block/index/index_builder.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include "base/hash/crc32c.h"
#include "base/hash/fast_hash.h"
#include "block/index/index_limits.h"
#include "columns/array_elements.h"

namespace vivace {
namespace {

// What the section of traces takes, about.
constexpr uint64_t kTraceBytes = 12;

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
  uint64_t codes = 0;
  bool may_repeat = false;
  for (const ColumnValues& part : parts) {
    codes += part.codes.size();
    may_repeat |= part.may_repeat;
  }
  if (!may_repeat) return codes;
  std::vector<uint64_t> hashes;
  ForEachValue(parts, [&](const AttributeValue& value, uint32_t) {
    hashes.push_back(HashValueForFilter(value));
    return true;
  });
  std::ranges::sort(hashes);
  return hashes.size() - std::ranges::unique(hashes).size();
}

uint64_t IndexBytesMax(uint64_t data_bytes) {
  return std::max(data_bytes / kIndexShareOfData, kIndexBytesAlways);
}

uint64_t CountsBytesMax(uint64_t data_bytes) {
  return std::max(data_bytes / kIndexCountsShareOfData,
                  kIndexBytesAlways * kIndexShareOfData / kIndexCountsShareOfData);
}

}  // namespace

void IndexBuilder::BeginRowGroup(uint64_t file_bytes) {
  row_group_bytes_ = file_bytes;
  columns_.emplace_back();
  lists_.emplace_back();
}

void IndexBuilder::AddTraces(const RowGroupTraces& traces) {
  row_group_traces_.push_back(static_cast<uint32_t>(traces.start_unix_nanos.size()));
  const auto append = [](const auto& from, auto& to) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(traces.start_unix_nanos, traces_.start_unix_nanos);
  append(traces.end_unix_nanos, traces_.end_unix_nanos);
  append(traces.span_counts, traces_.span_counts);
  AddRoots(traces.root_services, traces.services, root_services_, traces_.root_services);
  AddRoots(traces.root_names, traces.names, root_names_, traces_.root_names);
}

// Codes of the block for those of a row group; each text is looked up once.
void IndexBuilder::AddRoots(std::span<const uint32_t> codes, const ValueTable& table,
                            TextCodes& known, std::vector<uint32_t>& out) {
  boost::unordered_flat_map<uint32_t, uint32_t> translated;
  for (const uint32_t code : codes) {
    if (code == Column::kMissing) {
      out.push_back(Column::kMissing);
      continue;
    }
    const auto [at, is_new] = translated.try_emplace(code);
    if (is_new) {
      at->second =
          known
              .try_emplace(std::string(table.Value(code).text), static_cast<uint32_t>(known.size()))
              .first->second;
    }
    out.push_back(at->second);
  }
}

void IndexBuilder::AddColumn(ColumnName name, std::vector<ColumnValues> parts) {
  if (std::ranges::all_of(parts, [](const ColumnValues& part) { return part.codes.empty(); }))
    return;
  if (!name.field.has_value()) keys_[static_cast<size_t>(name.owner)].insert(name.key);
  IndexedColumn& column = columns_.back().columns.emplace_back();
  column.name = std::move(name);
  if (const std::shared_ptr<const ListedValues> list = ListValues(parts)) {
    AddList(*list, column);
  } else {
    AddCandidate(std::move(parts));
  }
}

void IndexBuilder::AddList(const ListedValues& list, IndexedColumn& column) {
  const std::string raw = EncodeList(list);
  const std::string stored = StoreIndexSection(raw);
  column.form = IndexedColumn::Form::kListed;
  column.list.offset = lists_.back().size();
  column.list.stored_bytes = stored.size();
  column.list.raw_bytes = raw.size();
  column.list.crc32c = Crc32c(stored);
  lists_.back() += stored;
}

// What the row group's filters may take together.
uint64_t IndexBuilder::FilterRoom() const {
  const uint64_t others = kTraceBytes * row_group_traces_.back() + lists_.back().size();
  const uint64_t allowed = IndexBytesMax(row_group_bytes_);
  return std::max(allowed - std::min(allowed, others), kIndexBytesAlways);
}

// Whether a filter of that size has room beside all smaller ones.
bool IndexBuilder::HasRoomFor(uint64_t filter_bytes) const {
  uint64_t sum = filter_bytes;
  for (const Candidate& candidate : candidates_)
    sum += candidate.bytes() < filter_bytes ? candidate.bytes() : 0;
  return sum <= FilterRoom();
}

// The last column of the row group may get a filter, where that is small enough.
void IndexBuilder::AddCandidate(std::vector<ColumnValues> parts) {
  const uint64_t values = CountDistinct(parts);
  Candidate candidate{columns_.back().columns.size() - 1, std::move(parts),
                      ValueFilter::BlocksFor(values)};
  if (HasRoomFor(candidate.bytes())) candidates_.push_back(std::move(candidate));
}

SpanCounter& IndexBuilder::BeginSpans(const ValueTable& services,
                                      std::shared_ptr<const ValueTable> names) {
  span_names_ = std::move(names);
  counter_.BeginRowGroup(services, *span_names_);
  return counter_;
}

void IndexBuilder::EndRowGroup() {
  MakeFilters();
  candidates_.clear();
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
  uint64_t room = FilterRoom();
  std::ranges::stable_sort(candidates_, {}, &Candidate::bytes);
  for (const Candidate& candidate : candidates_) {
    if (candidate.bytes() > room) break;
    room -= candidate.bytes();
    ValueFilter filter(candidate.blocks);
    ForEachValue(candidate.parts, [&](const AttributeValue& value, uint32_t) {
      filter.Add(HashValueForFilter(value));
      return true;
    });
    IndexedColumn& column = columns_.back().columns[candidate.column];
    column.form = IndexedColumn::Form::kFiltered;
    column.filter_blocks = filter.blocks();
    filters_.push_back({columns_.size() - 1, candidate.column, filter.Store()});
  }
}

// The texts of roots in ascending order, so that codes do not depend on the order of traces.
void IndexBuilder::FinishTraces() {
  const auto finish = [](const TextCodes& texts, std::vector<uint32_t>& codes) {
    auto table = std::make_shared<IndexValues>();
    std::vector<uint32_t> ranks(texts.size());
    for (const auto& [text, code] : texts) ranks[code] = table->Add(AttributeValue::String(text));
    for (uint32_t& code : codes) code = code == Column::kMissing ? code : ranks[code];
    return table;
  };
  traces_.services = finish(root_services_, traces_.root_services);
  traces_.names = finish(root_names_, traces_.root_names);
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

// Where filters lie is known once it is known which are left.
void IndexBuilder::AddColumnSections() {
  std::vector<uint64_t> next_offset(columns_.size());
  for (const Filter& filter : filters_) {
    columns_[filter.row_group].columns[filter.column].filter_offset = next_offset[filter.row_group];
    next_offset[filter.row_group] += filter.stored.size();
  }
  for (size_t row_group = 0; row_group < columns_.size(); ++row_group) {
    AddSection(IndexSection::kColumns, static_cast<uint32_t>(row_group),
               EncodeColumns(columns_[row_group]));
  }
}

void IndexBuilder::AddPieces(IndexSection kind, size_t row_group, std::string pieces) {
  if (pieces.empty()) return;
  Section section{.entry = {.kind = kind, .row_group = static_cast<uint32_t>(row_group)},
                  .stored = std::move(pieces)};
  section.entry.stored_bytes = section.stored.size();
  section.entry.raw_bytes = section.stored.size();
  sections_.push_back(std::move(section));
}

std::string IndexBuilder::FiltersOf(size_t row_group) {
  std::string stored;
  for (Filter& filter : filters_) {
    if (filter.row_group == row_group) stored += std::exchange(filter.stored, {});
  }
  return stored;
}

// The largest first, until the others take no more than that.
void IndexBuilder::DropFilters(uint64_t bytes_max) {
  uint64_t bytes = FilterBytes();
  while (bytes > bytes_max) {
    const auto largest = std::ranges::max_element(
        filters_, {}, [](const Filter& filter) { return filter.stored.size(); });
    bytes -= largest->stored.size();
    columns_[largest->row_group].columns[largest->column].form = IndexedColumn::Form::kUnknown;
    filters_.erase(largest);
  }
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
                                     IndexSection::kTraces, IndexSection::kCounts,
                                     IndexSection::kLists,  IndexSection::kFilters};
  std::ranges::stable_sort(sections_, {}, [&](const Section& section) {
    return std::ranges::find(kOrder, section.entry.kind) - std::begin(kOrder);
  });
  IndexHeader header{.block = {data_bytes_, traces_.size()},
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

uint64_t IndexBuilder::FilterBytes() const {
  return std::accumulate(
      filters_.begin(), filters_.end(), uint64_t{0},
      [](uint64_t sum, const Filter& filter) { return sum + filter.stored.size(); });
}

// What is left out where it is too much, in this order: counts, the largest filters, all that is
// known of columns.
void IndexBuilder::Shrink(uint64_t bytes_max) {
  if (FileBytes() + FilterBytes() > bytes_max) Remove(IndexSection::kCounts);
  if (FileBytes() + FilterBytes() <= bytes_max) return;
  DropFilters(bytes_max - std::min(bytes_max, FileBytes()));
  Remove(IndexSection::kColumns);
  AddColumnSections();
  if (FileBytes() <= bytes_max) return;
  Remove(IndexSection::kColumns);
  Remove(IndexSection::kLists);
}

std::string IndexBuilder::Finish(uint64_t data_bytes) {
  data_bytes_ = data_bytes;
  FinishTraces();
  AddSection(IndexSection::kKeys, IndexSectionEntry::kWholeBlock, EncodeKeys(MakeKeys()));
  AddSection(IndexSection::kTraces, IndexSectionEntry::kWholeBlock, EncodeTraces(traces_));
  AddCounts();
  AddColumnSections();
  for (size_t row_group = 0; row_group < lists_.size(); ++row_group)
    AddPieces(IndexSection::kLists, row_group, std::move(lists_[row_group]));
  Shrink(IndexBytesMax(data_bytes));
  for (size_t row_group = 0; row_group < columns_.size(); ++row_group)
    AddPieces(IndexSection::kFilters, row_group, FiltersOf(row_group));
  return Join();
}

}  // namespace vivace
