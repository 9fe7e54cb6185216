#include "block/assemble/trace_assembler.h"

#include <array>

#include "base/error_context.h"
#include "base/ids.h"
#include "block/assemble/attribute_table.h"
#include "block/assemble/leaf_column.h"
#include "block/format/static_columns.h"

namespace vivace {
namespace {

// The columns of one row: every leaf by Leaf, spread over the rows of its kind.
class Columns {
 public:
  static Result<Columns> Make(const RowSlices& slices) {
    Columns columns;
    const auto& spans = slices[ColumnOf(Leaf::kSpanId)];
    if (spans.has_value()) {
      VIVACE_ASSIGN(columns.hierarchy, HierarchyOf(*spans));
    }
    VIVACE_TRY(columns.MakeChildColumn(slices, Leaf::kEventTimeSinceStartNano, columns.events));
    VIVACE_TRY(columns.MakeChildColumn(slices, Leaf::kLinkTraceId, columns.links));
    columns.rows_ = {0,
                     0,
                     columns.hierarchy.resources,
                     columns.hierarchy.scope_resource.size(),
                     columns.hierarchy.span_scope.size(),
                     columns.events.value_count(),
                     columns.links.value_count()};
    columns.columns_.resize(kLeafCount);
    for (const auto& [leaf, skip_if_zero] : TraceLeaves()) {
      const auto which = static_cast<Leaf>(leaf);
      if (IsAttributeLeaf(which)) continue;
      const RowKind row = RowKindOf(which);
      VIVACE_ASSIGN(columns.columns_[leaf],
                    MakeColumn(slices, which, DepthOf(row), columns.RowsOf(row)));
    }
    return columns;
  }

  const LeafColumn& operator[](Leaf leaf) const { return columns_[ColumnOf(leaf)]; }
  size_t RowsOf(RowKind kind) const { return rows_[static_cast<size_t>(kind)]; }

  TraceHierarchy hierarchy;
  LeafColumn events;  // by span
  LeafColumn links;

 private:
  // The rows of a list below the spans.
  Status MakeChildColumn(const RowSlices& slices, Leaf leaf, LeafColumn& out) const {
    VIVACE_ASSIGN(out,
                  MakeColumn(slices, leaf, DepthOf(RowKind::kSpan), hierarchy.span_scope.size()));
    return {};
  }

  static Result<LeafColumn> MakeColumn(const RowSlices& slices, Leaf leaf, int16_t depth,
                                       size_t rows) {
    return WithContext(
        LeafColumn::Make(slices[ColumnOf(leaf)], depth, InfoOf(leaf).max_definition, rows),
        "column " + InfoOf(leaf).path);
  }

  std::array<size_t, 7> rows_{};  // by RowKind
  std::vector<LeafColumn> columns_;
};

// The columns of the extra file; without it all rows are without a value.
struct ExtraColumns {
  LeafColumn schema_url, entity_refs, scope_schema_url, flags, link_flags;

  static Result<ExtraColumns> Make(const RowSlices& slices, const Columns& data) {
    const auto column = [&](ExtraLeaf leaf) {
      const RowKind row = RowKindOf(leaf);
      return LeafColumn::Make(slices[ColumnOf(leaf)], DepthOf(row),
                              ExtraLeaves()[ColumnOf(leaf)].max_definition, data.RowsOf(row));
    };
    ExtraColumns extra;
    VIVACE_ASSIGN(extra.schema_url, column(ExtraLeaf::kResourceSchemaUrl));
    VIVACE_ASSIGN(extra.entity_refs, column(ExtraLeaf::kResourceEntityRefs));
    VIVACE_ASSIGN(extra.scope_schema_url, column(ExtraLeaf::kScopeSchemaUrl));
    VIVACE_ASSIGN(extra.flags, column(ExtraLeaf::kSpanFlags));
    VIVACE_ASSIGN(extra.link_flags, column(ExtraLeaf::kLinkFlags));
    return extra;
  }
};

struct Attributes {
  AttributeTable resource, scope, span, event, link;

  static Result<Attributes> Make(const RowSlices& slices, const Columns& columns) {
    const auto table = [&](RowKind owner) {
      return AttributeTable::Make(slices, owner, columns.RowsOf(owner));
    };
    Attributes attributes;
    VIVACE_ASSIGN(attributes.resource, table(RowKind::kResource));
    VIVACE_ASSIGN(attributes.scope, table(RowKind::kScope));
    VIVACE_ASSIGN(attributes.span, table(RowKind::kSpan));
    VIVACE_ASSIGN(attributes.event, table(RowKind::kEvent));
    VIVACE_ASSIGN(attributes.link, table(RowKind::kLink));
    return attributes;
  }
};

// Appends a trace whose columns have been checked.
class Emitter {
 public:
  Emitter(const TraceId& id, const Columns& columns, const Attributes& attributes,
          const ExtraColumns& extra, const DedicatedSlots& slots, SpanBatchBuilder& out)
      : id_(id),
        columns_(columns),
        attributes_(attributes),
        extra_(extra),
        slots_(slots),
        out_(out) {}

  void Emit() {
    for (size_t resource = 0; resource < columns_.hierarchy.resources; ++resource)
      AddResource(resource);
    for (size_t scope = 0; scope < columns_.hierarchy.scope_resource.size(); ++scope)
      AddScope(scope);
    for (size_t span = 0; span < columns_.hierarchy.span_scope.size(); ++span) AddSpan(span);
  }

 private:
  void AddResource(size_t row) {
    std::vector<AttributeCode> codes;
    const auto take = [&](AttributeCode code) { codes.push_back(code); };
    attributes_.resource.AddRow(row, out_, take);
    AddDedicated(RowKind::kResource, slots_.resource, row, take);
    for (size_t i = 0; i < kStaticResourceNames.size(); ++i) {
      const Leaf leaf = LeafAfter(Leaf::kResourceServiceName, i);
      const bool is_absent = leaf == Leaf::kResourceServiceName &&
                             columns_[leaf].Text(row).empty();  // a required column
      if (!is_absent) AddText(leaf, kStaticResourceNames[i], row, take);
    }
    resources_.push_back(
        out_.AddResource(codes, columns_[Leaf::kResourceDroppedAttributesCount].Count(row),
                         extra_.schema_url.Text(row), extra_.entity_refs.Text(row)));
  }

  void AddScope(size_t row) {
    std::vector<AttributeCode> codes;
    attributes_.scope.AddRow(row, out_, [&](AttributeCode code) { codes.push_back(code); });
    scopes_.push_back(out_.AddScope(resources_[columns_.hierarchy.scope_resource[row]],
                                    columns_[Leaf::kScopeName].Text(row),
                                    columns_[Leaf::kScopeVersion].Text(row), codes,
                                    columns_[Leaf::kScopeDroppedAttributesCount].Count(row),
                                    extra_.scope_schema_url.Text(row)));
  }

  void AddSpan(size_t row) {
    out_.BeginSpan();
    FillSpan(row, out_.row());
    const auto take = [&](AttributeCode code) { out_.SpanAttribute(code); };
    attributes_.span.AddRow(row, out_, take);
    AddDedicated(RowKind::kSpan, slots_.span, row, take);
    AddText(Leaf::kSpanHttpMethod, "http.method", row, take);
    AddText(Leaf::kSpanHttpUrl, "http.url", row, take);
    const LeafColumn& status = columns_[Leaf::kSpanHttpStatusCode];
    if (status.Has(row))
      take(out_.AddAttribute("http.status_code",
                             AttributeValue{ValueKind::kInt, {}, status.Bits(row)}));
    for (uint32_t event = columns_.events.Begin(row); event < columns_.events.End(row); ++event)
      AddEvent(event);
    for (uint32_t link = columns_.links.Begin(row); link < columns_.links.End(row); ++link)
      AddLink(link);
    out_.CommitSpan(scopes_[columns_.hierarchy.span_scope[row]]);
  }

  void FillSpan(size_t row, SpanRow& span) {
    const auto bits = [&](Leaf leaf) { return columns_[leaf].Bits(row); };
    const auto count = [&](Leaf leaf) { return columns_[leaf].Count(row); };
    const auto code = [&](Leaf leaf) { return out_.AddString(columns_[leaf].Text(row)); };
    span = SpanRow{
        .trace_id = id_,
        .span_id = StoredId<SpanId>(columns_[Leaf::kSpanId].Text(row)),
        .parent_span_id = StoredId<SpanId>(columns_[Leaf::kSpanParentSpanId].Text(row)),
        .start_unix_nanos = bits(Leaf::kSpanStartTimeUnixNano),
        .end_unix_nanos = bits(Leaf::kSpanStartTimeUnixNano) + bits(Leaf::kSpanDurationNano),
        .name = code(Leaf::kSpanName),
        .status_message = code(Leaf::kSpanStatusMessage),
        .trace_state = code(Leaf::kSpanTraceState),
        .flags = extra_.flags.Count(row),
        .dropped_attributes = count(Leaf::kSpanDroppedAttributesCount),
        .dropped_events = count(Leaf::kSpanDroppedEventsCount),
        .dropped_links = count(Leaf::kSpanDroppedLinksCount),
        .kind = static_cast<uint8_t>(bits(Leaf::kSpanKind)),
        .status_code = static_cast<uint8_t>(bits(Leaf::kSpanStatusCode))};
  }

  void AddEvent(uint32_t row) {
    out_.BeginEvent();
    out_.event() =
        EventRow{.time_unix_nanos = out_.row().start_unix_nanos +
                                    columns_[Leaf::kEventTimeSinceStartNano].Bits(row),
                 .name = out_.AddString(columns_[Leaf::kEventName].Text(row)),
                 .dropped_attributes = columns_[Leaf::kEventDroppedAttributesCount].Count(row)};
    attributes_.event.AddRow(row, out_, [&](AttributeCode code) { out_.EventAttribute(code); });
    out_.EndEvent();
  }

  void AddLink(uint32_t row) {
    out_.BeginLink();
    out_.link() =
        LinkRow{.trace_id = StoredId<TraceId>(columns_[Leaf::kLinkTraceId].Text(row)),
                .span_id = StoredId<SpanId>(columns_[Leaf::kLinkSpanId].Text(row)),
                .trace_state = out_.AddString(columns_[Leaf::kLinkTraceState].Text(row)),
                .flags = extra_.link_flags.Count(row),
                .dropped_attributes = columns_[Leaf::kLinkDroppedAttributesCount].Count(row)};
    attributes_.link.AddRow(row, out_, [&](AttributeCode code) { out_.LinkAttribute(code); });
    out_.EndLink();
  }

  // Appends an optional text column as an attribute.
  template <typename Take>
  void AddText(Leaf leaf, std::string_view key, size_t row, Take&& take) {
    const LeafColumn& column = columns_[leaf];
    if (column.Has(row)) take(out_.AddAttribute(key, AttributeValue::String(column.Text(row))));
  }

  template <typename Take>
  void AddDedicated(RowKind owner, const std::array<std::string, kDedicatedSlots>& names,
                    size_t row, Take&& take) {
    for (size_t slot = 0; slot < names.size() && !names[slot].empty(); ++slot)
      AddText(DedicatedLeaf(owner, slot), names[slot], row, take);
  }

  const TraceId& id_;
  const Columns& columns_;
  const Attributes& attributes_;
  const ExtraColumns& extra_;
  const DedicatedSlots& slots_;
  SpanBatchBuilder& out_;
  std::vector<uint32_t> resources_;  // rows in the batch
  std::vector<uint32_t> scopes_;
};

bool IsPartOfTrace(Leaf leaf) {
  return leaf >= Leaf::kResourceAttributes && leaf != Leaf::kSpanParentId &&
         leaf != Leaf::kSpanNestedSetLeft && leaf != Leaf::kSpanNestedSetRight;
}

// The leaves that define how many rows of each kind, or attributes, there are.
bool DefinesRowCounts(Leaf leaf) {
  const bool is_key = IsAttributeLeaf(leaf) && leaf == AttributeLeavesOf(RowKindOf(leaf)).key;
  return is_key || leaf == Leaf::kSpanId || leaf == Leaf::kEventTimeSinceStartNano ||
         leaf == Leaf::kLinkTraceId;
}

// One value for each row of its kind, or each attribute.
bool IsRequired(Leaf leaf) {
  return InfoOf(leaf).max_definition == DepthOf(RowKindOf(leaf)) + (IsAttributeLeaf(leaf) ? 1 : 0);
}

}  // namespace

std::span<const LeafRequest> TraceLeaves() {
  static const std::vector<LeafRequest> leaves = [] {
    std::vector<LeafRequest> wanted;
    for (size_t leaf = 0; leaf < kLeafCount; ++leaf) {
      const auto which = static_cast<Leaf>(leaf);
      if (IsPartOfTrace(which))
        wanted.push_back({leaf, IsRequired(which) && !DefinesRowCounts(which)});
    }
    return wanted;
  }();
  return leaves;
}

std::span<const LeafRequest> TraceLeavesWithoutEvents() {
  static const std::vector<LeafRequest> leaves = [] {
    std::vector<LeafRequest> wanted;
    for (const LeafRequest& leaf : TraceLeaves()) {
      if (RowKindOf(static_cast<Leaf>(leaf.leaf)) != RowKind::kEvent) wanted.push_back(leaf);
    }
    return wanted;
  }();
  return leaves;
}

Status AssembleTrace(const TraceRow& row, const DedicatedSlots& slots, SpanBatchBuilder& out,
                     bool& extra_damaged) {
  VIVACE_ASSIGN(const Columns columns, Columns::Make(row.data));
  VIVACE_ASSIGN(const Attributes attributes, Attributes::Make(row.data, columns));
  const RowSlices none(kExtraLeafCount);
  Result<ExtraColumns> extra =
      ExtraColumns::Make(row.extra != nullptr ? *row.extra : none, columns);
  extra_damaged = !extra.has_value();
  if (extra_damaged) extra = ExtraColumns::Make(none, columns);
  Emitter(row.id, columns, attributes, *extra, slots, out).Emit();
  return {};
}

}  // namespace vivace
