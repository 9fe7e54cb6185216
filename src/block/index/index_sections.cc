#include "block/index/index_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <tuple>
#include <utility>

#include "block/index/index_encoding.h"
#include "block/index/index_limits.h"
#include "block/index/value_filter.h"

namespace vivace {
namespace {

// How columns are named in the file.
constexpr uint8_t kFirstOwnerName = 16;  // attributes; their key follows
constexpr std::array<Field, 5> kIndexedFields = {
    Field::kSpanName, Field::kSpanKind, Field::kSpanStatus, Field::kScopeName, Field::kEventName};
constexpr std::array<RowKind, 5> kOwners = {RowKind::kResource, RowKind::kScope, RowKind::kSpan,
                                            RowKind::kEvent, RowKind::kLink};

// Below kFirstOwnerName fields, from 1; 0 for what is not indexed.
uint8_t NumberOfName(const ColumnName& name) {
  if (!name.field.has_value()) {
    const auto owner = std::ranges::find(kOwners, name.owner);
    return owner == kOwners.end()
               ? 0
               : static_cast<uint8_t>(kFirstOwnerName + (owner - kOwners.begin()));
  }
  const auto field = std::ranges::find(kIndexedFields, *name.field);
  return field == kIndexedFields.end() ? 0
                                       : static_cast<uint8_t>(1 + (field - kIndexedFields.begin()));
}

void PutName(const ColumnName& name, IndexEncoder& encoder) {
  encoder.PutByte(NumberOfName(name));
  if (!name.field.has_value()) encoder.PutText(name.key);
}

ColumnName ReadName(IndexDecoder& decoder) {
  const uint8_t number = decoder.Byte();
  if (number >= kFirstOwnerName && number < kFirstOwnerName + kOwners.size()) {
    return {.field = {},
            .owner = kOwners[number - kFirstOwnerName],
            .key = std::string(decoder.Text())};
  }
  if (number == 0 || number > kIndexedFields.size()) {
    decoder.Fail();
    return {};
  }
  return {.field = kIndexedFields[number - 1], .owner = RowKind::kSpan, .key = {}};
}

void PutTable(const ValueTable& table, IndexEncoder& encoder) {
  encoder.PutVarint(table.size());
  for (uint32_t code = 0; code < table.size(); ++code) encoder.PutValue(table.Value(code));
}

std::shared_ptr<IndexValues> ReadTable(IndexDecoder& decoder) {
  auto table = std::make_shared<IndexValues>();
  for (size_t left = decoder.Count(1); left > 0 && decoder.ok(); --left)
    table->Add(decoder.Value());
  return table;
}

template <typename Numbers, typename Get>
std::vector<uint64_t> Collect(const Numbers& from, const Get& get) {
  std::vector<uint64_t> numbers(from.size());
  std::ranges::transform(from, numbers.begin(), get);
  return numbers;
}

// Codes are stored as numbers from 1, so that what is missing is 0.
uint64_t StoredCode(uint32_t code) { return code == Column::kMissing ? 0 : uint64_t{code} + 1; }

void PutCodes(std::span<const uint32_t> codes, IndexEncoder& encoder) {
  encoder.PutNumbers(Collect(codes, StoredCode));
}

std::vector<uint32_t> ReadCodes(size_t count, const ValueTable& table, IndexDecoder& decoder) {
  std::vector<uint32_t> codes = decoder.SmallNumbers(count, table.size());
  for (uint32_t& code : codes) code = code == 0 ? Column::kMissing : code - 1;
  return codes;
}

Status CheckEnd(const IndexDecoder& decoder, std::string_view what) {
  if (decoder.ok() && decoder.at_end()) return {};
  return Damaged(fmt::format("the section of {} makes no sense", what));
}

size_t MemoryOfTable(const std::shared_ptr<const ValueTable>& table) {
  const auto* values = dynamic_cast<const IndexValues*>(table.get());
  return values == nullptr ? 0 : values->MemoryBytes();
}

bool FilterLiesWithin(const IndexedColumn& column, uint64_t filter_bytes) {
  return column.filter_blocks > 0 && column.filter_blocks <= ValueFilter::kBlocksMax &&
         column.filter_offset <= filter_bytes &&
         ValueFilter::StoredBytes(column.filter_blocks) <= filter_bytes - column.filter_offset;
}

bool ListLiesWithin(const IndexedColumn& column, uint64_t list_bytes) {
  return column.list.offset <= list_bytes &&
         column.list.stored_bytes <= list_bytes - column.list.offset &&
         column.list.raw_bytes <= kIndexListBytesMax;
}

IndexedColumn ReadColumn(const PieceBytes& pieces, IndexDecoder& decoder) {
  using Form = IndexedColumn::Form;
  IndexedColumn column{.name = ReadName(decoder)};
  column.form = static_cast<Form>(decoder.Byte());
  switch (column.form) {
    case Form::kUnknown:
      break;
    case Form::kListed:
      column.list.offset = decoder.Varint();
      column.list.stored_bytes = decoder.Varint();
      column.list.raw_bytes = decoder.Varint();
      column.list.crc32c = decoder.Fixed32();
      if (!ListLiesWithin(column, pieces.lists)) decoder.Fail();
      break;
    case Form::kFiltered:
      column.filter_offset = decoder.Varint();
      column.filter_blocks = decoder.Varint();
      if (!FilterLiesWithin(column, pieces.filters)) decoder.Fail();
      break;
    default:
      decoder.Fail();
  }
  return column;
}

// The sum of what each has, or none where it is above `max`.
std::optional<size_t> SumUpTo(std::span<const uint32_t> counts, size_t max) {
  size_t sum = 0;
  for (const uint32_t count : counts) sum += count;
  return sum <= max ? std::optional(sum) : std::nullopt;
}

// A bit for each exponent that a cell has, from 1.
uint64_t ExponentsOf(const SpanCounts& counts, const SpanCounts::Cell& cell) {
  uint64_t bits = 0;
  for (uint32_t i = cell.buckets_begin; i < cell.buckets_end; ++i)
    bits |= uint64_t{1} << (counts.buckets[i].exponent - 1);
  return bits;
}

// Minutes since the one before in the group, of the first since 1970.
std::vector<uint64_t> MinuteSteps(const SpanCounts& counts) {
  std::vector<uint64_t> steps;
  for (const SpanCounts::Group& group : counts.groups) {
    uint32_t before = 0;
    for (uint32_t i = group.cells_begin; i < group.cells_end; ++i)
      steps.push_back(counts.cells[i].end_unix_minutes -
                      std::exchange(before, counts.cells[i].end_unix_minutes));
  }
  return steps;
}

void ReadGroups(SpanCounts& counts, IndexDecoder& decoder) {
  const size_t count = decoder.Varint();
  if (count > kIndexGroupsMax) decoder.Fail();
  if (!decoder.ok()) return;
  const std::vector<uint32_t> services = ReadCodes(count, *counts.services, decoder);
  const std::vector<uint32_t> names =
      decoder.SmallNumbers(count, std::max<uint64_t>(counts.names->size(), 1) - 1);
  const std::vector<uint32_t> kinds = decoder.SmallNumbers(count, UINT32_MAX);
  const std::vector<uint32_t> statuses = decoder.SmallNumbers(count, UINT32_MAX);
  const std::vector<uint32_t> cells = decoder.SmallNumbers(count, kIndexCellsMax);
  if (!SumUpTo(cells, kIndexCellsMax).has_value() || (count > 0 && counts.names->size() == 0))
    decoder.Fail();
  if (!decoder.ok()) return;
  uint32_t cell = 0;
  for (size_t i = 0; i < count; ++i) {
    counts.groups.push_back({services[i], names[i], kinds[i], statuses[i], cell, cell + cells[i]});
    cell += cells[i];
  }
}

void ReadCells(SpanCounts& counts, IndexDecoder& decoder) {
  const size_t count = counts.groups.empty() ? 0 : counts.groups.back().cells_end;
  const std::vector<uint32_t> steps = decoder.SmallNumbers(count, UINT32_MAX);
  const std::vector<uint32_t> spans = decoder.SmallNumbers(count, UINT32_MAX);
  const std::vector<uint64_t> exponents = decoder.Numbers(count);
  uint64_t buckets = 0;
  for (const uint64_t bits : exponents) buckets += static_cast<uint64_t>(std::popcount(bits));
  if (buckets > kIndexBucketsMax) decoder.Fail();
  const std::vector<uint32_t> bucket_spans = decoder.SmallNumbers(buckets, UINT32_MAX);
  if (!decoder.ok()) return;
  uint32_t bucket = 0;
  for (const SpanCounts::Group& group : counts.groups) {
    uint32_t minute = 0;
    for (uint32_t i = group.cells_begin; i < group.cells_end; ++i) {
      minute += steps[i];
      const auto in_cell = static_cast<uint32_t>(std::popcount(exponents[i]));
      counts.cells.push_back({minute, spans[i], bucket, bucket + in_cell});
      for (uint64_t bits = exponents[i]; bits != 0; bits &= bits - 1) {
        counts.buckets.push_back(
            {static_cast<uint8_t>(std::countr_zero(bits) + 1), bucket_spans[bucket]});
        ++bucket;
      }
    }
  }
}

}  // namespace

uint32_t IndexValues::Add(const AttributeValue& value) {
  Entry entry{value.kind, value.IsSeveral(), static_cast<uint32_t>(value.text.size()), value.bits};
  if (value.HasText()) {
    entry.payload = texts_.size();
    texts_ += value.text;
  }
  values_.push_back(entry);
  return size() - 1;
}

AttributeValue IndexValues::Value(uint32_t code) const {
  const Entry& entry = values_[code];
  AttributeValue value{entry.kind, {}, entry.payload};
  if (!value.HasText()) return value;
  value.text = std::string_view(texts_).substr(entry.payload, entry.size);
  value.bits = entry.is_several ? 1 : 0;
  return value;
}

const IndexedColumn* IndexedColumns::Find(const ColumnName& name) const {
  const auto at = std::ranges::lower_bound(columns, name, ComesBefore, &IndexedColumn::name);
  return at == columns.end() || ComesBefore(name, at->name) ? nullptr : &*at;
}

bool HasIndexedValues(const ColumnName& name) { return NumberOfName(name) != 0; }

bool ComesBefore(const ColumnName& a, const ColumnName& b) {
  const uint8_t number_a = NumberOfName(a);
  const uint8_t number_b = NumberOfName(b);
  if (number_a != number_b) return number_a < number_b;
  return !a.field.has_value() && a.key < b.key;
}

bool ValueComesBefore(const AttributeValue& a, const AttributeValue& b) {
  return std::tie(a.kind, a.bits, a.text) < std::tie(b.kind, b.bits, b.text);
}

std::string EncodeNewest(const NewestTraces& newest) {
  IndexEncoder encoder;
  encoder.PutVarint(newest.size());
  encoder.PutNumbers(Collect(newest.rows, [](uint32_t row) { return uint64_t{row}; }));
  for (const TraceId& id : newest.ids) encoder.PutId(id);
  encoder.PutNumbers(newest.start_unix_nanos);
  std::vector<uint64_t> durations(newest.size());
  for (size_t i = 0; i < newest.size(); ++i)
    durations[i] = newest.end_unix_nanos[i] - newest.start_unix_nanos[i];
  encoder.PutNumbers(durations);
  PutTable(*newest.services, encoder);
  PutCodes(newest.root_services, encoder);
  PutTable(*newest.names, encoder);
  PutCodes(newest.root_names, encoder);
  return encoder.Take();
}

Result<NewestTraces> DecodeNewest(std::string_view bytes, uint64_t traces) {
  NewestTraces newest;
  IndexDecoder decoder(bytes);
  const size_t count = decoder.Count(sizeof(TraceId));
  newest.rows = decoder.SmallNumbers(count, std::min<uint64_t>(traces, UINT32_MAX) - 1);
  newest.ids.reserve(count);
  for (size_t i = 0; i < count && decoder.ok(); ++i) newest.ids.push_back(decoder.Id());
  newest.start_unix_nanos = decoder.Numbers(count);
  newest.end_unix_nanos = decoder.Numbers(count);
  newest.services = ReadTable(decoder);
  newest.root_services = ReadCodes(count, *newest.services, decoder);
  newest.names = ReadTable(decoder);
  newest.root_names = ReadCodes(count, *newest.names, decoder);
  VIVACE_TRY(CheckEnd(decoder, "newest traces"));
  for (size_t i = 0; i < count; ++i) newest.end_unix_nanos[i] += newest.start_unix_nanos[i];
  const bool is_sorted = std::ranges::is_sorted(newest.start_unix_nanos, std::greater());
  if (!is_sorted || count > traces)
    return Fail(ErrorCode::kDataLoss, "damaged section of newest traces");
  return newest;
}

std::string EncodeKeys(const KeyLists& keys) {
  IndexEncoder encoder;
  for (const RowKind owner : kOwners) {
    const std::span<const std::string> list = keys.Of(owner);
    encoder.PutVarint(list.size());
    for (const std::string& key : list) encoder.PutText(key);
  }
  return encoder.Take();
}

Result<KeyLists> DecodeKeys(std::string_view bytes) {
  KeyLists keys;
  IndexDecoder decoder(bytes);
  for (const RowKind owner : kOwners) {
    std::vector<std::string>& list = keys.by_owner[static_cast<size_t>(owner)];
    for (size_t left = decoder.Count(1); left > 0 && decoder.ok(); --left)
      list.emplace_back(decoder.Text());
  }
  VIVACE_TRY(CheckEnd(decoder, "keys"));
  return keys;
}

std::string EncodeColumns(const IndexedColumns& indexed) {
  IndexEncoder encoder;
  encoder.PutVarint(indexed.columns.size());
  for (const IndexedColumn& column : indexed.columns) {
    PutName(column.name, encoder);
    encoder.PutByte(static_cast<uint8_t>(column.form));
    if (column.form == IndexedColumn::Form::kListed) {
      encoder.PutVarint(column.list.offset);
      encoder.PutVarint(column.list.stored_bytes);
      encoder.PutVarint(column.list.raw_bytes);
      encoder.PutFixed32(column.list.crc32c);
    }
    if (column.form == IndexedColumn::Form::kFiltered) {
      encoder.PutVarint(column.filter_offset);
      encoder.PutVarint(column.filter_blocks);
    }
  }
  return encoder.Take();
}

Result<IndexedColumns> DecodeColumns(std::string_view bytes, const PieceBytes& pieces) {
  IndexedColumns indexed;
  IndexDecoder decoder(bytes);
  for (size_t left = decoder.Count(2); left > 0 && decoder.ok(); --left)
    indexed.columns.push_back(ReadColumn(pieces, decoder));
  VIVACE_TRY(CheckEnd(decoder, "columns"));
  const auto is_out_of_order = [](const IndexedColumn& a, const IndexedColumn& b) {
    return !ComesBefore(a.name, b.name);
  };
  if (std::ranges::adjacent_find(indexed.columns, is_out_of_order) != indexed.columns.end())
    return Damaged("the columns of a row group are not in order");
  return indexed;
}

std::string EncodeList(const ListedValues& list) {
  IndexEncoder encoder;
  PutTable(*list.values, encoder);
  for (const uint32_t rows : list.rows) encoder.PutVarint(rows);
  return encoder.Take();
}

Result<ListedValues> DecodeList(std::string_view bytes) {
  ListedValues list;
  IndexDecoder decoder(bytes);
  list.values = ReadTable(decoder);
  for (uint32_t code = 0; code < list.values->size(); ++code) {
    const uint64_t rows = decoder.Varint();
    if (rows > UINT32_MAX) decoder.Fail();
    list.rows.push_back(static_cast<uint32_t>(rows));
  }
  VIVACE_TRY(CheckEnd(decoder, "values"));
  return list;
}

std::string EncodeCounts(const SpanCounts& counts) {
  using Cell = SpanCounts::Cell;
  using Group = SpanCounts::Group;
  IndexEncoder encoder;
  PutTable(*counts.services, encoder);
  PutTable(*counts.names, encoder);
  encoder.PutVarint(counts.groups.size());
  const auto put_groups = [&](const auto& get) { encoder.PutNumbers(Collect(counts.groups, get)); };
  put_groups([](const Group& group) { return StoredCode(group.service); });
  put_groups([](const Group& group) { return uint64_t{group.name}; });
  put_groups([](const Group& group) { return uint64_t{group.kind}; });
  put_groups([](const Group& group) { return uint64_t{group.status}; });
  put_groups([](const Group& group) { return uint64_t{group.cells_end - group.cells_begin}; });
  encoder.PutNumbers(MinuteSteps(counts));
  encoder.PutNumbers(Collect(counts.cells, [](const Cell& cell) { return uint64_t{cell.spans}; }));
  encoder.PutNumbers(
      Collect(counts.cells, [&](const Cell& cell) { return ExponentsOf(counts, cell); }));
  encoder.PutNumbers(Collect(
      counts.buckets, [](const SpanCounts::Bucket& bucket) { return uint64_t{bucket.spans}; }));
  return encoder.Take();
}

Result<SpanCounts> DecodeCounts(std::string_view bytes) {
  SpanCounts counts;
  IndexDecoder decoder(bytes);
  counts.services = ReadTable(decoder);
  counts.names = ReadTable(decoder);
  ReadGroups(counts, decoder);
  ReadCells(counts, decoder);
  VIVACE_TRY(CheckEnd(decoder, "counts"));
  return counts;
}

size_t MemoryBytesOf(const NewestTraces& newest) {
  constexpr size_t kBytesEach = sizeof(TraceId) + 2 * sizeof(uint64_t) + 3 * sizeof(uint32_t);
  return sizeof newest + newest.size() * kBytesEach + MemoryOfTable(newest.services) +
         MemoryOfTable(newest.names);
}

size_t MemoryBytesOf(const KeyLists& keys) {
  size_t bytes = sizeof keys;
  for (const std::vector<std::string>& list : keys.by_owner) {
    for (const std::string& key : list) bytes += sizeof key + key.size();
  }
  return bytes;
}

size_t MemoryBytesOf(const IndexedColumns& columns) {
  size_t bytes = sizeof columns;
  for (const IndexedColumn& column : columns.columns)
    bytes += sizeof column + column.name.key.size();
  return bytes;
}

size_t MemoryBytesOf(const ListedValues& list) {
  return sizeof list + list.rows.size() * sizeof(uint32_t) + MemoryOfTable(list.values);
}

size_t MemoryBytesOf(const SpanCounts& counts) {
  return sizeof counts + counts.groups.size() * sizeof(SpanCounts::Group) +
         counts.cells.size() * sizeof(SpanCounts::Cell) +
         counts.buckets.size() * sizeof(SpanCounts::Bucket) + MemoryOfTable(counts.services) +
         MemoryOfTable(counts.names);
}

}  // namespace vivace
