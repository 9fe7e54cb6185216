// Test support: what an index must say of a block, computed the plain way from its views, row by
// row: the twin that IndexBuilder is compared with.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "block/block_reader.h"
#include "columns/array_elements.h"

namespace vivace::testing {

// A value with its text, to be a key of maps.
using PlainValue = std::tuple<ValueKind, uint64_t, std::string>;
inline PlainValue PlainValueOf(const AttributeValue& value) {
  return {value.kind, value.bits, std::string(value.text)};
}
inline AttributeValue AttributeValueOf(const PlainValue& value) {
  return {std::get<0>(value), std::get<2>(value), std::get<1>(value)};
}

// The values that conditions compare, each once.
inline std::set<PlainValue> ComparableValues(const AttributeValue& value) {
  std::set<PlainValue> values;
  if (value.kind == ValueKind::kArray) {
    ForEachElement(value.text, [&](const AttributeValue& element) {
      values.insert(PlainValueOf(element));
      return true;
    });
  } else if (!value.HasText() || value.kind == ValueKind::kString) {
    values.insert(PlainValueOf(value));
  }
  if (values.empty()) values.insert(PlainValueOf(AttributeValue()));
  return values;
}

inline std::map<PlainValue, uint32_t> RowsByValue(const Column& column) {
  std::map<PlainValue, uint32_t> rows;
  for (const uint64_t number : column.numbers)
    ++rows[PlainValueOf(AttributeValue::Int(static_cast<int64_t>(number)))];
  for (const uint32_t code : column.codes) {
    if (code == Column::kMissing) continue;
    for (const PlainValue& value : ComparableValues(column.values->Value(code))) ++rows[value];
  }
  return rows;
}

inline constexpr RowKind kOwnersForTest[] = {RowKind::kResource, RowKind::kScope, RowKind::kSpan,
                                             RowKind::kEvent, RowKind::kLink};

struct NaiveTrace {
  uint64_t start, end;
  TraceId id;
  std::string service, name;
  friend bool operator==(const NaiveTrace&, const NaiveTrace&) = default;
};

// Service (none: missing), name, kind, status and minute; then spans and spans by exponent.
using NaiveCell = std::tuple<std::optional<PlainValue>, std::string, uint64_t, uint64_t, uint64_t>;
struct NaiveCount {
  uint64_t spans = 0;
  std::map<int, uint64_t> by_exponent;
  friend bool operator==(const NaiveCount&, const NaiveCount&) = default;
};

// What is known of a row group.
struct NaiveRowGroup {
  std::vector<NaiveTrace> traces;
  std::map<std::pair<RowKind, std::string>, std::map<PlainValue, uint32_t>> attributes;
  std::map<Field, std::map<PlainValue, uint32_t>> fields;
};

struct NaiveIndex {
  std::vector<NaiveRowGroup> row_groups;
  std::map<RowKind, std::set<std::string>> keys;
  std::map<NaiveCell, NaiveCount> counts;
};

inline void CountSpansPlainly(ColumnView& view, NaiveIndex& index) {
  constexpr uint64_t kMinute = 60'000'000'000;
  const Column* services = view.LoadAttribute(RowKind::kResource, "service.name").value();
  const Column* names = view.Load(Field::kSpanName).value();
  const Column* kinds = view.Load(Field::kSpanKind).value();
  const Column* statuses = view.Load(Field::kSpanStatus).value();
  const Column* starts = view.Load(Field::kSpanStart).value();
  const Column* durations = view.Load(Field::kSpanDuration).value();
  for (uint32_t span = 0; span < view.rows(RowKind::kSpan); ++span) {
    const uint32_t resource = view.Owners(RowKind::kResource)[span];
    std::optional<PlainValue> service;
    if (services != nullptr && services->codes[resource] != Column::kMissing)
      service = PlainValueOf(services->values->Value(services->codes[resource]));
    const uint64_t start = starts->numbers[span];
    NaiveCount& count = index.counts[{
        service, std::string(names->values->Value(names->codes[span]).text), kinds->numbers[span],
        statuses->numbers[span], (start + kMinute - 1) / kMinute}];
    ++count.spans;
    // The least power of two that is not below it.
    int exponent = 0;
    while (exponent < 64 && uint64_t{1} << exponent < durations->numbers[span]) ++exponent;
    if (durations->numbers[span] >= 2) ++count.by_exponent[exponent];
  }
}

inline NaiveRowGroup ReadRowGroupPlainly(ColumnView& view, NaiveIndex& index) {
  NaiveRowGroup row_group;
  const std::span<const TraceId> ids = view.TraceIds().value();
  const Column* starts = view.Load(Field::kTraceStart).value();
  const Column* ends = view.Load(Field::kTraceEnd).value();
  const Column* services = view.Load(Field::kTraceRootService).value();
  const Column* names = view.Load(Field::kTraceRootName).value();
  for (uint32_t trace = 0; trace < view.rows(RowKind::kTrace); ++trace) {
    row_group.traces.push_back({starts->numbers[trace], ends->numbers[trace], ids[trace],
                                std::string(services->values->Value(services->codes[trace]).text),
                                std::string(names->values->Value(names->codes[trace]).text)});
  }
  for (const RowKind owner : kOwnersForTest) {
    std::set<std::string> keys;
    const auto add = [&](std::string_view key) { keys.emplace(key); };
    EXPECT_TRUE(view.ListKeys(owner, add).has_value());
    index.keys[owner].insert(keys.begin(), keys.end());
    for (const std::string& key : keys) {
      if (const Column* column = view.LoadAttribute(owner, key).value())
        row_group.attributes[{owner, key}] = RowsByValue(*column);
    }
  }
  for (const Field field : {Field::kSpanName, Field::kSpanKind, Field::kSpanStatus,
                            Field::kScopeName, Field::kEventName})
    row_group.fields[field] = RowsByValue(*view.Load(field).value());
  CountSpansPlainly(view, index);
  return row_group;
}

inline NaiveIndex ReadPlainly(const BlockReader& reader) {
  NaiveIndex index;
  BlockReadStats stats;
  const size_t row_groups = reader.RowGroupCount(stats).value();
  for (size_t row_group = 0; row_group < row_groups; ++row_group) {
    const auto view = reader.OpenView(row_group, stats).value();
    index.row_groups.push_back(ReadRowGroupPlainly(*view, index));
  }
  return index;
}

// Of a column of an index: whether it has a list, which then is what it must be, and whether it
// admits all values that there are.
inline bool ExpectColumn(const BlockIndex& index, size_t row_group, const ColumnName& name,
                         const std::map<PlainValue, uint32_t>& expected) {
  BlockReadStats stats;
  const auto listed = index.Values(row_group, name, stats).value();
  for (const auto& [value, rows] : expected)
    EXPECT_TRUE(index.MayHave(row_group, name, AttributeValueOf(value), stats).value());
  if (listed == nullptr) return false;
  std::map<PlainValue, uint32_t> found;
  for (uint32_t code = 0; code < listed->values->size(); ++code) {
    const bool is_new =
        found.try_emplace(PlainValueOf(listed->values->Value(code)), listed->rows[code]).second;
    EXPECT_TRUE(is_new);
  }
  EXPECT_EQ(found, expected) << name.key;
  return true;
}

inline void ExpectNewest(const NewestTraces& newest, const NaiveIndex& expected) {
  std::vector<std::pair<uint32_t, NaiveTrace>> all;
  for (const NaiveRowGroup& row_group : expected.row_groups) {
    for (const NaiveTrace& trace : row_group.traces)
      all.emplace_back(static_cast<uint32_t>(all.size()), trace);
  }
  std::ranges::stable_sort(all, std::greater(),
                           [](const auto& trace) { return trace.second.start; });
  ASSERT_LE(newest.size(), all.size());
  EXPECT_GE(newest.size(), std::min<size_t>(all.size(), 400));
  for (size_t i = 0; i < newest.size(); ++i) {
    const NaiveTrace found{newest.start_unix_nanos[i], newest.end_unix_nanos[i], newest.ids[i],
                           std::string(newest.services->Value(newest.root_services[i]).text),
                           std::string(newest.names->Value(newest.root_names[i]).text)};
    EXPECT_EQ(std::pair(newest.rows[i], found), all[i]) << i;
  }
}

inline std::map<NaiveCell, NaiveCount> CellsOf(const SpanCounts& counts) {
  std::map<NaiveCell, NaiveCount> cells;
  for (const SpanCounts::Group& group : counts.groups) {
    std::optional<PlainValue> service;
    if (group.service != Column::kMissing)
      service = PlainValueOf(counts.services->Value(group.service));
    for (uint32_t i = group.cells_begin; i < group.cells_end; ++i) {
      const SpanCounts::Cell& cell = counts.cells[i];
      NaiveCount& count = cells[{service, std::string(counts.names->Value(group.name).text),
                                 group.kind, group.status, cell.end_unix_minutes}];
      count.spans += cell.spans;
      for (uint32_t j = cell.buckets_begin; j < cell.buckets_end; ++j)
        count.by_exponent[counts.buckets[j].exponent] += counts.buckets[j].spans;
    }
  }
  return cells;
}

// Compares all that the index has; how many columns are listed, and one for counts.
inline size_t ExpectSameIndex(const BlockIndex& index, const NaiveIndex& expected) {
  BlockReadStats stats;
  size_t listed = 0;
  const auto keys = index.Keys(stats).value();
  EXPECT_NE(keys, nullptr);
  for (const RowKind owner : kOwnersForTest) {
    const auto list = keys->Of(owner);
    const auto found = expected.keys.find(owner);
    EXPECT_EQ(std::vector<std::string>(list.begin(), list.end()),
              std::vector<std::string>(found->second.begin(), found->second.end()));
  }
  const auto newest = index.Newest(stats).value();
  EXPECT_NE(newest, nullptr);
  ExpectNewest(*newest, expected);
  for (size_t row_group = 0; row_group < expected.row_groups.size(); ++row_group) {
    for (const auto& [name, rows] : expected.row_groups[row_group].attributes) {
      listed += ExpectColumn(index, row_group,
                             {.field = {}, .owner = name.first, .key = name.second}, rows);
    }
    for (const auto& [field, rows] : expected.row_groups[row_group].fields)
      listed += ExpectColumn(index, row_group, {.field = field, .key = {}}, rows);
  }
  if (const auto counts = index.Counts(stats).value()) {
    EXPECT_TRUE(CellsOf(*counts) == expected.counts);
    ++listed;
  }
  EXPECT_EQ(stats.damaged_indexes, 0u) << stats.index_problem;
  return listed;
}

}  // namespace vivace::testing
