#include "block/view/block_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/ids.h"
#include "block/format/static_columns.h"
#include "block/prune/pruning_steps.h"
#include "columns/span_times.h"
#include "parquet/decode/leaf_dictionary.h"
#include "parquet/decode/leaf_rows.h"

namespace vivace {
namespace {

uint64_t NumberOf(std::string_view raw) {
  const auto id = StoredId<SpanId>(raw);
  uint64_t word = 0;
  std::memcpy(&word, id.bytes.data(), sizeof word);
  return __builtin_bswap64(word);
}

Result<std::vector<TraceId>> IdsOf(const LeafData& data, Leaf leaf, uint32_t count) {
  if (data.codes.size() != count)
    return DamagedColumn(leaf, fmt::format("{} values for {} rows", data.codes.size(), count));
  std::vector<TraceId> ids;
  ids.reserve(count);
  for (const uint32_t code : data.codes) ids.push_back(StoredId<TraceId>(data.texts.Text(code)));
  return ids;
}

}  // namespace

Result<std::unique_ptr<BlockView>> BlockView::Make(std::shared_ptr<const ParquetFile> file,
                                                   SpanStructures& structures, size_t row_group,
                                                   const DedicatedSlots& slots,
                                                   std::optional<RowSet> rows, ReadStats& stats,
                                                   MemoryBudget* budget) {
  std::unique_ptr<BlockView> view(
      new BlockView(std::move(file), row_group, slots, std::move(rows), stats, budget));
  const std::optional<RowSet>& chosen = view->selected_rows_;
  VIVACE_ASSIGN(view->structure_, chosen.has_value()
                                      ? structures.Get(*view->file_, row_group, *chosen, stats)
                                      : structures.Get(*view->file_, row_group, stats));
  const SpanStructure& structure = *view->structure_;
  view->rows_ = {
      structure.traces(), 0, structure.resources(), structure.scopes(), structure.spans(), 0, 0};
  return view;
}

BlockView::BlockView(std::shared_ptr<const ParquetFile> file, size_t row_group,
                     const DedicatedSlots& slots, std::optional<RowSet> rows, ReadStats& stats,
                     MemoryBudget* budget)
    : file_(std::move(file)),
      row_group_(row_group),
      slots_(slots),
      selected_rows_(std::move(rows)),
      stats_(stats),
      lease_(budget),
      read_or_null_([this](Leaf leaf) { return ReadOrNull(leaf); }) {}

Result<uint64_t> BlockView::UncompressedBytes(Leaf leaf) const {
  if (selected_rows_.has_value())
    return UncompressedBytesOf(*file_, row_group_, ColumnOf(leaf), *selected_rows_, stats_);
  return static_cast<uint64_t>(ChunkOf(leaf).uncompressed_bytes);
}

// Decoded, a leaf takes about twice what its pages take: levels become runs, codes four bytes,
// numbers eight.
Result<LeafData> BlockView::ReadWithinBudget(Leaf leaf, LeafParts parts) {
  VIVACE_ASSIGN(const uint64_t bytes, UncompressedBytes(leaf));
  VIVACE_TRY(lease_.Grow(2 * bytes));
  if (selected_rows_.has_value())
    return ReadLeafRows(*file_, row_group_, ColumnOf(leaf), *selected_rows_, stats_, parts);
  return ReadLeaf(*file_, row_group_, ColumnOf(leaf), stats_, parts);
}

Result<BlockView::LeafPtr> BlockView::Read(Leaf leaf) {
  LeafPtr& kept = leaves_[ColumnOf(leaf)];
  if (kept == nullptr) {
    VIVACE_ASSIGN(LeafData data, ReadWithinBudget(leaf, LeafParts::kAll));
    kept = std::make_shared<const LeafData>(std::move(data));
  }
  return kept;
}

Result<std::span<const uint32_t>> BlockView::Begins(RowKind kind) {
  switch (kind) {
    case RowKind::kResource:
      return structure_->resource_begins;
    case RowKind::kScope:
      return structure_->scope_begins;
    case RowKind::kSpan:
      return structure_->span_begins;
    case RowKind::kEvent:
      if (event_begins_.empty())
        VIVACE_TRY(ReadChildBegins(Leaf::kEventTimeSinceStartNano, kind, event_begins_));
      return event_begins_;
    default:
      if (link_begins_.empty()) VIVACE_TRY(ReadChildBegins(Leaf::kLinkTraceId, kind, link_begins_));
      return link_begins_;
  }
}

std::span<const uint32_t> BlockView::Owners(RowKind kind) {
  std::vector<uint32_t>& owners = owners_[kind];
  if (owners.empty())
    owners = OwnersFromBegins(kind, structure_->resource_begins, structure_->scope_begins,
                              structure_->span_begins);
  return owners;
}

// The events or links of each span, from the levels of a leaf that each of them has.
Status BlockView::ReadChildBegins(Leaf leaf, RowKind kind, std::vector<uint32_t>& begins) {
  constexpr auto kSpan = static_cast<uint32_t>(DepthOf(RowKind::kSpan));
  const uint32_t spans = rows(RowKind::kSpan);
  if (ChunkOf(leaf).all_null) {
    begins.assign(spans + 1, 0);
    return {};
  }
  VIVACE_ASSIGN(const LeafPtr data, Read(leaf));
  begins = RowBegins(data->repetition, data->definition, kSpan, kSpan + 1, spans);
  if (begins.size() != spans + 1)
    return DamagedColumn(leaf, fmt::format("{} spans, expected {}", begins.size() - 1, spans));
  rows_[static_cast<size_t>(kind)] = begins.back();
  return {};
}

Result<const Column*> BlockView::Load(Field field) {
  std::unique_ptr<Column>& column = fields_[static_cast<size_t>(field)];
  if (!column) {
    VIVACE_ASSIGN(Column made, MakeField(field));
    column = std::make_unique<Column>(std::move(made));
  }
  return column.get();
}

Result<Column> BlockView::MakeField(Field field) {
  switch (field) {
    case Field::kTraceStart:
      return ReadRequired(Leaf::kStartTimeUnixNano);
    case Field::kTraceEnd:
      return ReadRequired(Leaf::kEndTimeUnixNano);
    case Field::kTraceRootName:
      return ReadRequired(Leaf::kRootSpanName);
    case Field::kTraceRootService:
      return ReadRequired(Leaf::kRootServiceName);
    case Field::kScopeName:
      return ReadRequired(Leaf::kScopeName);
    case Field::kScopeVersion:
      return ReadRequired(Leaf::kScopeVersion);
    case Field::kSpanId:
      return ReadIds(Leaf::kSpanId);
    case Field::kSpanParentId:
      return ReadIds(Leaf::kSpanParentSpanId);
    case Field::kSpanName:
      return ReadRequired(Leaf::kSpanName);
    case Field::kSpanKind:
      return ReadRequired(Leaf::kSpanKind);
    case Field::kSpanStatus:
      return ReadRequired(Leaf::kSpanStatusCode);
    case Field::kSpanStatusMessage:
      return ReadRequired(Leaf::kSpanStatusMessage);
    case Field::kSpanStart:
      return ReadRequired(Leaf::kSpanStartTimeUnixNano);
    case Field::kSpanEnd:
      return SpanEnds();
    case Field::kSpanDuration:
      return SpanDurations();
    case Field::kEventName:
      return ReadRequired(Leaf::kEventName);
    case Field::kEventTime:
      return EventTimes();
    case Field::kLinkSpanId:
      return ReadIds(Leaf::kLinkSpanId);
  }
  return Column();
}

// A leaf that has one value for each row of its kind.
Result<Column> BlockView::ReadRequired(Leaf leaf) {
  const RowKind kind = RowKindOf(leaf);
  if (kind == RowKind::kEvent || kind == RowKind::kLink) VIVACE_TRY(Begins(kind));
  const uint32_t count = rows(kind);
  const bool is_text = IsText(InfoOf(leaf).type);
  Column column;
  if (count > 0) {
    VIVACE_ASSIGN(LeafData data, ReadWithinBudget(leaf, LeafParts::kValues));
    if (data.value_count() != count)
      return DamagedColumn(leaf, fmt::format("{} values for {} rows", data.value_count(), count));
    column.numbers = std::move(data.bits);
    column.codes = std::move(data.codes);
    if (is_text) {
      auto values = std::make_shared<ViewValues>();
      values->AddTexts(std::make_shared<LeafData>(std::move(data)));
      column.values = std::move(values);
    }
  } else if (is_text) {
    column.values = std::make_shared<ViewValues>();
  }
  return column;
}

Result<Column> BlockView::ReadIds(Leaf leaf) {
  VIVACE_ASSIGN(const Column texts, ReadRequired(leaf));
  Column column;
  column.numbers.reserve(texts.codes.size());
  for (const uint32_t code : texts.codes)
    column.numbers.push_back(NumberOf(texts.values->Value(code).text));
  return column;
}

Result<Column> BlockView::SpanDurations() {
  VIVACE_ASSIGN(Column column, ReadRequired(Leaf::kSpanDurationNano));
  std::ranges::transform(column.numbers, column.numbers.begin(), DurationOfDifference);
  return column;
}

Result<Column> BlockView::SpanEnds() {
  VIVACE_ASSIGN(const Column* starts, Load(Field::kSpanStart));
  VIVACE_ASSIGN(const Column* durations, Load(Field::kSpanDuration));
  Column column = *durations;
  for (size_t span = 0; span < column.numbers.size(); ++span)
    column.numbers[span] += starts->numbers[span];
  return column;
}

Result<Column> BlockView::EventTimes() {
  VIVACE_ASSIGN(const Column* starts, Load(Field::kSpanStart));
  VIVACE_ASSIGN(const std::span<const uint32_t> begins, Begins(RowKind::kEvent));
  VIVACE_ASSIGN(Column column, ReadRequired(Leaf::kEventTimeSinceStartNano));
  for (uint32_t span = 0; span + 1 < begins.size(); ++span) {
    for (uint32_t event = begins[span]; event < begins[span + 1]; ++event)
      column.numbers[event] += starts->numbers[span];
  }
  return column;
}

Result<std::vector<TraceId>> BlockView::ReadTraceIds(Leaf leaf, uint32_t count) {
  if (count == 0) return std::vector<TraceId>();
  VIVACE_ASSIGN(const LeafPtr data, Read(leaf));
  return IdsOf(*data, leaf, count);
}

bool BlockView::IsLoaded(RowKind owner, std::string_view key) const {
  return attributes_.contains({owner, std::string(key)});
}

void BlockView::Release(RowKind owner, std::string_view key) {
  attributes_.erase({owner, std::string(key)});
}

Result<std::span<const TraceId>> BlockView::TraceIds() {
  if (trace_ids_.empty()) {
    VIVACE_ASSIGN(trace_ids_, ReadTraceIds(Leaf::kTraceId, rows(RowKind::kTrace)));
  }
  return trace_ids_;
}

Result<std::vector<TraceId>> BlockView::TraceIdsOf(const RowSet& traces) {
  if (selected_rows_.has_value() || !trace_ids_.empty()) return ColumnView::TraceIdsOf(traces);
  constexpr size_t kIds = ColumnOf(Leaf::kTraceId);
  VIVACE_ASSIGN(const LeafData data, ReadLeafRows(*file_, row_group_, kIds, traces, stats_));
  return IdsOf(data, Leaf::kTraceId, traces.size());
}

Result<std::span<const TraceId>> BlockView::LinkTraceIds() {
  VIVACE_TRY(Begins(RowKind::kLink));
  if (link_trace_ids_.empty()) {
    VIVACE_ASSIGN(link_trace_ids_, ReadTraceIds(Leaf::kLinkTraceId, rows(RowKind::kLink)));
  }
  return link_trace_ids_;
}

Result<std::span<const NestedSetNumbers>> BlockView::NestedSets() {
  if (nested_sets_.empty() && rows(RowKind::kSpan) > 0) {
    VIVACE_ASSIGN(const Column left, ReadRequired(Leaf::kSpanNestedSetLeft));
    VIVACE_ASSIGN(const Column right, ReadRequired(Leaf::kSpanNestedSetRight));
    VIVACE_ASSIGN(const Column parent, ReadRequired(Leaf::kSpanParentId));
    nested_sets_.resize(rows(RowKind::kSpan));
    for (size_t span = 0; span < nested_sets_.size(); ++span) {
      nested_sets_[span] = {static_cast<int32_t>(left.numbers[span]),
                            static_cast<int32_t>(right.numbers[span]),
                            static_cast<int32_t>(parent.numbers[span])};
    }
  }
  return nested_sets_;
}

Result<BlockView::LeafPtr> BlockView::ReadOrNull(Leaf leaf) {
  return HasValues(leaf) ? Read(leaf) : LeafPtr();
}

// An empty service name stands for none.
bool BlockView::HasValues(Leaf leaf) const {
  return !ChunkOf(leaf).HasNothing(/*skip_if_zero=*/leaf == Leaf::kResourceServiceName);
}

Result<KeyedAttributes*> BlockView::ListsOf(RowKind owner) {
  if (const auto known = lists_.find(owner); known != lists_.end()) return &known->second;
  if (owner == RowKind::kEvent || owner == RowKind::kLink) VIVACE_TRY(Begins(owner));
  VIVACE_ASSIGN(KeyedAttributes lists, KeyedAttributes::Make(owner, rows(owner), read_or_null_));
  return &lists_.emplace(owner, std::move(lists)).first->second;
}

Result<const Column*> BlockView::LoadAttribute(RowKind owner, std::string_view key) {
  const auto [at, is_new] = attributes_.try_emplace({owner, std::string(key)});
  if (is_new) {
    VIVACE_ASSIGN(at->second, MakeAttribute(owner, key));
  }
  return at->second.get();
}

// Attributes in the list come before promoted ones: of a key that came twice the last text is
// promoted.
Result<std::unique_ptr<Column>> BlockView::MakeAttribute(RowKind owner, std::string_view key) {
  if (owner == RowKind::kEvent || owner == RowKind::kLink) VIVACE_TRY(Begins(owner));
  AttributeColumnBuilder builder(rows(owner), RepeatedValues::RuleOf(owner, key));
  KeyedAttributes* lists = nullptr;
  VIVACE_ASSIGN(const bool in_lists, ListsMayContainKey(*file_, row_group_, owner, key, stats_));
  if (in_lists) {
    VIVACE_ASSIGN(lists, ListsOf(owner));
    VIVACE_TRY(lists->Prepare(key, builder));
  }
  const std::optional<Leaf> promoted = PromotedLeafOf(slots_, owner, key);
  LeafPtr promoted_data;
  uint32_t promoted_base = 0;
  if (promoted.has_value()) {
    VIVACE_ASSIGN(promoted_data, ReadOrNull(*promoted));
    if (promoted_data != nullptr) promoted_base = builder.values().AddTexts(promoted_data);
  }
  if (lists != nullptr) VIVACE_TRY(lists->Add(builder));
  if (promoted_data != nullptr)
    VIVACE_TRY(AddPromotedColumn(*promoted, *promoted_data, promoted_base, builder));
  return builder.Take();
}

Status BlockView::AddPromotedColumn(Leaf leaf, const LeafData& data, uint32_t text_base,
                                    AttributeColumnBuilder& builder) const {
  const auto depth = static_cast<uint32_t>(DepthOf(RowKindOf(leaf)));
  const auto max = static_cast<uint32_t>(InfoOf(leaf).max_definition);
  uint64_t rows = 0;
  uint64_t values = 0;
  for (size_t i = 0; i < data.definition.size(); ++i) {
    const LevelRuns::Run run = data.definition[i];
    rows += run.level >= depth ? run.count : 0;
    values += run.level == max ? run.count : 0;
  }
  if (rows != builder.rows() || values != data.value_count())
    return DamagedColumn(leaf, "unexpected number of rows");
  uint32_t row = 0;
  size_t value = 0;
  for (size_t i = 0; i < data.definition.size(); ++i) {
    const LevelRuns::Run run = data.definition[i];
    if (run.level < depth) continue;
    for (uint32_t end = row + run.count; run.level == max && row < end; ++row)
      AddPromotedValue(leaf, data, value++, text_base, row, builder);
    if (run.level != max) row += run.count;
  }
  return {};
}

void BlockView::AddPromotedValue(Leaf leaf, const LeafData& data, size_t value, uint32_t text_base,
                                 uint32_t row, AttributeColumnBuilder& builder) {
  const bool is_absent =
      leaf == Leaf::kResourceServiceName && data.texts.Text(data.codes[value]).empty();
  if (is_absent) return;
  builder.Add(row, data.codes.empty() ? builder.values().AddInt(data.bits[value])
                                      : text_base + data.codes[value]);
}

// Promoted keys may be in lists as well.
Result<std::unique_ptr<AttributePairs>> BlockView::LoadPairs(RowKind owner) {
  VIVACE_ASSIGN(KeyedAttributes * lists, ListsOf(owner));
  const auto is_promoted = [&](std::string_view key) {
    return PromotedLeafOf(slots_, owner, key).has_value();
  };
  VIVACE_ASSIGN(AttributePairs pairs, lists->LoadPairs(is_promoted, lease_));
  return std::make_unique<AttributePairs>(std::move(pairs));
}

Status BlockView::ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) {
  VIVACE_TRY(ListKeysOfLists(owner, add));
  const auto list_promoted = [&](const auto& names) {
    for (const auto& name : names) {
      const std::optional<Leaf> leaf = PromotedLeafOf(slots_, owner, name);
      if (leaf.has_value() && HasValues(*leaf)) add(name);
    }
  };
  if (owner == RowKind::kResource) list_promoted(kStaticResourceNames);
  if (owner == RowKind::kResource) list_promoted(slots_.resource);
  if (owner == RowKind::kSpan) list_promoted(kStaticSpanNames);
  if (owner == RowKind::kSpan) list_promoted(slots_.span);
  return {};
}

// Of all rows together from the dictionary of keys alone, which has none that no row has.
Status BlockView::ListKeysOfLists(RowKind owner,
                                  const std::function<void(std::string_view key)>& add) {
  const Leaf leaf = AttributeLeavesOf(owner).key;
  if (!selected_rows_.has_value() && !lists_.contains(owner)) {
    if (!HasValues(leaf)) return {};
    VIVACE_ASSIGN(const std::shared_ptr<const LeafDictionary> dictionary,
                  ReadDictionary(*file_, row_group_, ColumnOf(leaf), stats_));
    const uint32_t count = dictionary == nullptr ? 0 : dictionary->text_count();
    for (uint32_t code = 0; code < count; ++code) add(dictionary->Text(code));
    if (count > 0) return {};
  }
  VIVACE_ASSIGN(const KeyedAttributes* lists, ListsOf(owner));
  lists->ListKeys(add);
  return {};
}

}  // namespace vivace
