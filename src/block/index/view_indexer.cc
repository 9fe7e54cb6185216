#include "block/index/view_indexer.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "columns/row_kind.h"

namespace vivace {
namespace {

constexpr RowKind kOwnersOfAttributes[] = {RowKind::kResource, RowKind::kScope, RowKind::kSpan,
                                           RowKind::kEvent, RowKind::kLink};

std::vector<ColumnValues::CodeRows> CountCodes(const Column& column) {
  std::vector<uint32_t> rows(column.values->size());
  for (const uint32_t code : column.codes) {
    if (code != Column::kMissing) ++rows[code];
  }
  std::vector<ColumnValues::CodeRows> codes;
  for (uint32_t code = 0; code < rows.size(); ++code) {
    if (rows[code] > 0) codes.push_back({code, rows[code]});
  }
  return codes;
}

void AddViewColumn(ColumnName name, const Column& column, IndexBuilder& builder) {
  std::vector<ColumnValues> parts;
  parts.push_back({column.values, CountCodes(column), /*may_repeat=*/true});
  builder.AddColumn(std::move(name), std::move(parts));
}

Status AddViewTraces(ColumnView& view, IndexBuilder& builder) {
  VIVACE_ASSIGN(const Column* starts, view.Load(Field::kTraceStart));
  VIVACE_ASSIGN(const Column* ends, view.Load(Field::kTraceEnd));
  VIVACE_ASSIGN(const Column* services, view.Load(Field::kTraceRootService));
  VIVACE_ASSIGN(const Column* names, view.Load(Field::kTraceRootName));
  VIVACE_ASSIGN(const std::span<const TraceId> ids, view.TraceIds());
  builder.AddTraces({.ids = ids,
                     .start_unix_nanos = starts->numbers,
                     .end_unix_nanos = ends->numbers,
                     .root_services = services->codes,
                     .root_names = names->codes,
                     .services = *services->values,
                     .names = *names->values});
  return {};
}

Status AddViewAttributes(ColumnView& view, IndexBuilder& builder) {
  for (const RowKind owner : kOwnersOfAttributes) {
    std::set<std::string, std::less<>> keys;
    VIVACE_TRY(view.ListKeys(owner, [&](std::string_view key) { keys.emplace(key); }));
    for (const std::string& key : keys) {
      VIVACE_ASSIGN(const Column* column, view.LoadAttribute(owner, key));
      if (column != nullptr)
        AddViewColumn({.field = {}, .owner = owner, .key = key}, *column, builder);
      view.Release(owner, key);
    }
  }
  return {};
}

Status AddViewFields(ColumnView& view, IndexBuilder& builder) {
  for (const Field field : {Field::kScopeName, Field::kEventName}) {
    VIVACE_ASSIGN(const Column* column, view.Load(field));
    AddViewColumn({.field = field, .owner = RowKind::kSpan, .key = {}}, *column, builder);
  }
  return {};
}

// Kinds and status codes are small numbers; of a damaged block they may be any.
uint32_t SmallNumber(uint64_t number) {
  return number > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(number);
}

Status AddViewSpans(ColumnView& view, IndexBuilder& builder) {
  static const IndexValues kNoValues;
  VIVACE_ASSIGN(const Column* services, view.LoadAttribute(RowKind::kResource, "service.name"));
  VIVACE_ASSIGN(const Column* names, view.Load(Field::kSpanName));
  VIVACE_ASSIGN(const Column* kinds, view.Load(Field::kSpanKind));
  VIVACE_ASSIGN(const Column* statuses, view.Load(Field::kSpanStatus));
  VIVACE_ASSIGN(const Column* starts, view.Load(Field::kSpanStart));
  VIVACE_ASSIGN(const Column* durations, view.Load(Field::kSpanDuration));
  const std::span<const uint32_t> resources = view.Owners(RowKind::kResource);
  SpanCounter& counter =
      builder.BeginSpans(services == nullptr ? kNoValues : *services->values, names->values);
  for (uint32_t span = 0; span < view.rows(RowKind::kSpan); ++span) {
    counter.AddSpan({services == nullptr ? Column::kMissing : services->codes[resources[span]],
                     names->codes[span], SmallNumber(kinds->numbers[span]),
                     SmallNumber(statuses->numbers[span]), starts->numbers[span],
                     durations->numbers[span]});
  }
  builder.EndSpans();
  return {};
}

}  // namespace

Status IndexRowGroup(ColumnView& view, uint64_t file_bytes, IndexBuilder& builder) {
  builder.BeginRowGroup(file_bytes);
  VIVACE_TRY(AddViewTraces(view, builder));
  VIVACE_TRY(AddViewAttributes(view, builder));
  VIVACE_TRY(AddViewFields(view, builder));
  VIVACE_TRY(AddViewSpans(view, builder));
  builder.EndRowGroup();
  return {};
}

}  // namespace vivace
