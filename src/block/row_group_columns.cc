// RowGroupWriter's columns, one function per kind of row, in schema order.
#include "block/row_group_writer.h"

namespace vivace {

template <typename Value, typename Get>
GatherPage<Value> RowGroupWriter::OnePerRow(const Family& family, const Get& get) const {
  return [&family, &get](size_t page, GatheredPage<Value>& out) {
    const Entries& entries = family.entries;
    out.shared = &family.levels[page];
    out.values.resize(entries.page_rows[page + 1] - entries.page_rows[page]);
    Value* value = out.values.data();
    for (uint32_t row = entries.page_rows[page]; row < entries.page_rows[page + 1]; ++row) *value++ = static_cast<Value>(get(row));
  };
}

template <typename Get>
Status RowGroupWriter::Numbers(const LeafInfo& leaf, const Family& family, const Get& get) {
  ChunkWriter chunk(*file_, page_rows_);
  if (family.entries.row_count() == 0) return chunk.WriteEmpty(leaf, family);
  return chunk.WriteNumbers(leaf, OnePerRow<uint64_t>(family, get));
}

template <typename Get>
Status RowGroupWriter::Numbers(Leaf leaf, const Family& family, const Get& get) {
  return Numbers(InfoOf(leaf), family, get);
}

template <typename Get>
Status RowGroupWriter::Texts(Leaf leaf, const Family& family, const Get& get) {
  ChunkWriter chunk(*file_, page_rows_);
  if (family.entries.row_count() == 0) return chunk.WriteEmpty(InfoOf(leaf), family);
  const auto row_itself = [](uint32_t row) { return row; };
  return chunk.WriteTexts(InfoOf(leaf), OnePerRow<TextToken>(family, row_itself), [&](TextToken row) { return get(row); });
}

template <typename Get>
Status RowGroupWriter::Strings(const LeafInfo& leaf, const Family& family, const Get& get) {
  ChunkWriter chunk(*file_, page_rows_);
  if (family.entries.row_count() == 0) return chunk.WriteEmpty(leaf, family);
  return chunk.WriteTexts(leaf, OnePerRow<TextToken>(family, get), [this](TextToken code) { return segment_.String(code); });
}

Status RowGroupWriter::Promoted(Leaf leaf, const Family& family, const std::vector<AttributeCode>& codes) {
  const LeafInfo& info = InfoOf(leaf);
  ChunkWriter chunk(*file_, page_rows_);
  if (codes.empty()) return chunk.WriteEmpty(info, family);
  const Entries& entries = family.entries;
  const auto gather = [&](size_t page, auto& out, auto&& value_of) {
    LevelRuns definition;
    uint32_t row = entries.page_rows[page];
    for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
      if (entries.definition[i] != Entries::kPresent) {
        definition.Add(entries.definition[i]);
        continue;
      }
      const AttributeCode code = codes[row++];
      definition.Add(static_cast<uint8_t>(entries.depth + (code == PromotedAttributes::kNone ? 0 : 1)));
      if (code != PromotedAttributes::kNone) out.values.push_back(value_of(code));
    }
    out.own = {family.levels[page].repetition, definition.Take(), family.levels[page].entries};
  };
  if (info.type == LeafType::kInt64) {
    return chunk.WriteNumbers(info, [&](size_t page, GatheredPage<uint64_t>& out) {
      gather(page, out, [&](AttributeCode code) { return segment_.attributes()[code].payload; });
    });
  }
  return chunk.WriteTexts(
      info, [&](size_t page, GatheredPage<TextToken>& out) { gather(page, out, [](AttributeCode code) { return code; }); },
      [&](TextToken code) { return values_.Text(code); });
}

template <typename Value, typename Visit>
GatherPage<Value> RowGroupWriter::ValueLists(ValueColumn column, const Attributes& attributes, const Visit& visit) const {
  return [column, &attributes, &visit](size_t page, GatheredPage<Value>& out) {
    const Entries& entries = attributes.family.entries;
    const auto depth = static_cast<uint8_t>(entries.depth);
    LevelRuns repetition;
    LevelRuns definition;
    uint32_t count = entries.page_entries[page + 1] - entries.page_entries[page];
    uint32_t row = entries.page_rows[page];
    for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
      repetition.Add(entries.repetition[i]);
      if (entries.definition[i] != Entries::kPresent) {
        definition.Add(entries.definition[i]);
        continue;
      }
      const uint32_t at = row++;
      if (attributes.profiles[at].value_column() != column) {
        definition.Add(depth);
        continue;
      }
      const size_t before = out.values.size();
      visit(attributes.codes[at], out.values);
      const auto added = static_cast<uint32_t>(out.values.size() - before);
      definition.Add(depth + 1, added);
      if (added > 1) repetition.Add(depth + 1, added - 1);
      count += added - 1;
    }
    out.own = {repetition.Take(), definition.Take(), count};
  };
}

Status RowGroupWriter::StringLists(Leaf leaf, const Attributes& attributes) {
  ChunkWriter chunk(*file_, page_rows_);
  if (!attributes.has[static_cast<size_t>(ValueColumn::kString)]) return chunk.WriteEmpty(InfoOf(leaf), attributes.family);
  const auto visit = [&](AttributeCode code, std::vector<TextToken>& out) {
    values_.ForEachString(code, [&](TextToken token) { out.push_back(token); });
  };
  return chunk.WriteTexts(InfoOf(leaf), ValueLists<TextToken>(ValueColumn::kString, attributes, visit),
                          [&](TextToken token) { return values_.Text(token); });
}

Status RowGroupWriter::ScalarLists(Leaf leaf, ValueColumn column, const Attributes& attributes) {
  ChunkWriter chunk(*file_, page_rows_);
  if (!attributes.has[static_cast<size_t>(column)]) return chunk.WriteEmpty(InfoOf(leaf), attributes.family);
  const auto visit = [&](AttributeCode code, std::vector<uint64_t>& out) {
    values_.ForEachScalar(code, [&](uint64_t bits) { out.push_back(bits); });
  };
  return chunk.WriteNumbers(InfoOf(leaf), ValueLists<uint64_t>(column, attributes, visit));
}

Status RowGroupWriter::Unsupported(Leaf leaf, const Attributes& attributes) {
  const LeafInfo& info = InfoOf(leaf);
  ChunkWriter chunk(*file_, page_rows_);
  if (!attributes.has[static_cast<size_t>(ValueColumn::kUnsupported)]) return chunk.WriteEmpty(info, attributes.family);
  const Entries& entries = attributes.family.entries;
  const auto gather = [&](size_t page, GatheredPage<TextToken>& out) {
    LevelRuns definition;
    uint32_t row = entries.page_rows[page];
    for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
      if (entries.definition[i] != Entries::kPresent) {
        definition.Add(entries.definition[i]);
        continue;
      }
      const uint32_t at = row++;
      const bool kept = attributes.profiles[at].value_column() == ValueColumn::kUnsupported;
      definition.Add(static_cast<uint8_t>(entries.depth + (kept ? 1 : 0)));
      if (kept) out.values.push_back(attributes.codes[at]);
    }
    out.own = {attributes.family.levels[page].repetition, definition.Take(), attributes.family.levels[page].entries};
  };
  return chunk.WriteTexts(info, gather, [&](TextToken code) { return values_.Json(code); });
}

Status RowGroupWriter::WriteAttributeColumns(RowKind owner, const Attributes& attributes) {
  const AttributeLeaves leaves = AttributeLeavesOf(owner);
  ChunkWriter chunk(*file_, page_rows_);
  const auto key = [&](uint32_t row) { return attributes.profiles[row].key; };
  if (attributes.codes.empty()) {
    VIVACE_TRY(chunk.WriteEmpty(InfoOf(leaves.key), attributes.family));
  } else {
    VIVACE_TRY(chunk.WriteTexts(InfoOf(leaves.key), OnePerRow<TextToken>(attributes.family, key),
                                [&](TextToken k) { return segment_.keys()[k].view(); }));
  }
  VIVACE_TRY(Numbers(leaves.is_array, attributes.family, [&](uint32_t row) { return attributes.profiles[row].is_array; }));
  VIVACE_TRY(StringLists(leaves.value, attributes));
  VIVACE_TRY(ScalarLists(leaves.value_int, ValueColumn::kInt, attributes));
  VIVACE_TRY(ScalarLists(leaves.value_double, ValueColumn::kDouble, attributes));
  VIVACE_TRY(ScalarLists(leaves.value_bool, ValueColumn::kBool, attributes));
  return Unsupported(leaves.unsupported, attributes);
}

Status RowGroupWriter::WriteTraceColumns() {
  VIVACE_TRY(Texts(Leaf::kTraceId, traces_, [&](uint32_t row) { return segment_.traces()[layout_.traces[row]].id.View(); }));
  VIVACE_TRY(Texts(Leaf::kTraceIdText, traces_, [](uint32_t) { return std::string_view(); }));  // nobody reads it: left empty
  VIVACE_TRY(Numbers(Leaf::kStartTimeUnixNano, traces_, [&](uint32_t row) { return layout_.start_unix_nanos[row]; }));
  VIVACE_TRY(Numbers(Leaf::kEndTimeUnixNano, traces_, [&](uint32_t row) { return layout_.end_unix_nanos[row]; }));
  VIVACE_TRY(
      Numbers(Leaf::kDurationNano, traces_, [&](uint32_t row) { return layout_.end_unix_nanos[row] - layout_.start_unix_nanos[row]; }));
  VIVACE_TRY(Texts(Leaf::kRootServiceName, traces_, [&](uint32_t row) { return RootServiceName(row); }));
  VIVACE_TRY(Texts(Leaf::kRootSpanName, traces_, [&](uint32_t row) { return RootSpanName(row); }));
  VIVACE_TRY(Texts(Leaf::kServiceStatsKey, services_, [&](uint32_t row) { return statistics_.names[row]; }));
  VIVACE_TRY(Numbers(Leaf::kServiceStatsSpanCount, services_, [&](uint32_t row) { return statistics_.spans[row]; }));
  return Numbers(Leaf::kServiceStatsErrorCount, services_, [&](uint32_t row) { return statistics_.errors[row]; });
}

Status RowGroupWriter::WriteResourceColumns() {
  VIVACE_TRY(WriteAttributeColumns(RowKind::kResource, resource_attributes_));
  VIVACE_TRY(Numbers(Leaf::kResourceDroppedAttributesCount, resources_,
                     [&](uint32_t row) { return segment_.resources()[layout_.resource_rows[row]].dropped_attributes; }));
  VIVACE_TRY(Texts(Leaf::kResourceServiceName, resources_, [&](uint32_t row) { return ServiceName(row); }));
  for (size_t target = 1; target < kResourceTargets.size(); ++target) {
    VIVACE_TRY(Promoted(kResourceTargets[target], resources_, promoted_resources_.columns[target]));
  }
  return {};
}

Status RowGroupWriter::WriteScopeColumns() {
  const auto scope = [&](uint32_t row) -> const Segment::Scope& { return segment_.scopes()[layout_.scope_rows[row]]; };
  VIVACE_TRY(Strings(InfoOf(Leaf::kScopeName), scopes_, [&](uint32_t row) { return scope(row).name; }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kScopeVersion), scopes_, [&](uint32_t row) { return scope(row).version; }));
  VIVACE_TRY(WriteAttributeColumns(RowKind::kScope, scope_attributes_));
  return Numbers(Leaf::kScopeDroppedAttributesCount, scopes_, [&](uint32_t row) { return scope(row).dropped_attributes; });
}

Status RowGroupWriter::WriteSpanColumns() {
  const Segment::Spans& spans = segment_.spans();
  const std::vector<uint32_t>& rows = layout_.span_rows;
  const auto parent = [&](uint32_t row) {
    const SpanId& id = spans.parent_span_id[rows[row]];
    return id.IsZero() ? std::string_view() : id.View();
  };
  VIVACE_TRY(Texts(Leaf::kSpanId, spans_, [&](uint32_t row) { return spans.span_id[rows[row]].View(); }));
  VIVACE_TRY(Texts(Leaf::kSpanParentSpanId, spans_, parent));
  VIVACE_TRY(Numbers(Leaf::kSpanParentId, spans_, [&](uint32_t row) { return layout_.nested_sets[row].parent; }));
  VIVACE_TRY(Numbers(Leaf::kSpanNestedSetLeft, spans_, [&](uint32_t row) { return layout_.nested_sets[row].left; }));
  VIVACE_TRY(Numbers(Leaf::kSpanNestedSetRight, spans_, [&](uint32_t row) { return layout_.nested_sets[row].right; }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kSpanName), spans_, [&](uint32_t row) { return spans.name[rows[row]]; }));
  VIVACE_TRY(Numbers(Leaf::kSpanKind, spans_, [&](uint32_t row) { return spans.kind[rows[row]]; }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kSpanTraceState), spans_, [&](uint32_t row) { return spans.trace_state[rows[row]]; }));
  VIVACE_TRY(Numbers(Leaf::kSpanStartTimeUnixNano, spans_, [&](uint32_t row) { return spans.start_unix_nanos[rows[row]]; }));
  VIVACE_TRY(Numbers(Leaf::kSpanDurationNano, spans_,
                     [&](uint32_t row) { return spans.end_unix_nanos[rows[row]] - spans.start_unix_nanos[rows[row]]; }));
  VIVACE_TRY(Numbers(Leaf::kSpanStatusCode, spans_, [&](uint32_t row) { return spans.status_code[rows[row]]; }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kSpanStatusMessage), spans_, [&](uint32_t row) { return spans.status_message[rows[row]]; }));
  VIVACE_TRY(WriteAttributeColumns(RowKind::kSpan, span_attributes_));
  VIVACE_TRY(Numbers(Leaf::kSpanDroppedAttributesCount, spans_, [&](uint32_t row) { return spans.dropped_attributes[rows[row]]; }));
  VIVACE_TRY(WriteEventColumns());
  VIVACE_TRY(Numbers(Leaf::kSpanDroppedEventsCount, spans_, [&](uint32_t row) { return spans.dropped_events[rows[row]]; }));
  VIVACE_TRY(WriteLinkColumns());
  VIVACE_TRY(Numbers(Leaf::kSpanDroppedLinksCount, spans_, [&](uint32_t row) { return spans.dropped_links[rows[row]]; }));
  for (size_t target = 0; target < kSpanTargets.size(); ++target) {
    VIVACE_TRY(Promoted(kSpanTargets[target], spans_, promoted_spans_.columns[target]));
  }
  return {};
}

Status RowGroupWriter::WriteEventColumns() {
  const Segment::Events& events = segment_.events();
  const std::vector<uint32_t>& rows = layout_.event_rows;
  // The start of the span that owns each event.
  std::vector<uint64_t> span_starts(rows.size());
  for (size_t span = 0; span < layout_.spans(); ++span) {
    for (uint32_t i = layout_.event_begins[span]; i < layout_.event_begins[span + 1]; ++i) {
      span_starts[i] = segment_.spans().start_unix_nanos[layout_.span_rows[span]];
    }
  }
  VIVACE_TRY(
      Numbers(Leaf::kEventTimeSinceStartNano, events_, [&](uint32_t row) { return events.time_unix_nanos[rows[row]] - span_starts[row]; }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kEventName), events_, [&](uint32_t row) { return events.name[rows[row]]; }));
  VIVACE_TRY(WriteAttributeColumns(RowKind::kEvent, event_attributes_));
  return Numbers(Leaf::kEventDroppedAttributesCount, events_, [&](uint32_t row) { return events.dropped_attributes[rows[row]]; });
}

Status RowGroupWriter::WriteLinkColumns() {
  const Segment::Links& links = segment_.links();
  const std::vector<uint32_t>& rows = layout_.link_rows;
  const auto id_text = [](const auto& id) { return id.IsZero() ? std::string_view() : id.View(); };
  VIVACE_TRY(Texts(Leaf::kLinkTraceId, links_, [&](uint32_t row) { return id_text(links.trace_id[rows[row]]); }));
  VIVACE_TRY(Texts(Leaf::kLinkSpanId, links_, [&](uint32_t row) { return id_text(links.span_id[rows[row]]); }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kLinkTraceState), links_, [&](uint32_t row) { return links.trace_state[rows[row]]; }));
  VIVACE_TRY(WriteAttributeColumns(RowKind::kLink, link_attributes_));
  return Numbers(Leaf::kLinkDroppedAttributesCount, links_, [&](uint32_t row) { return links.dropped_attributes[rows[row]]; });
}

Status RowGroupWriter::WriteBlock(ParquetFileWriter& file) {
  file_ = &file;
  VIVACE_TRY(file.BeginRowGroup());
  VIVACE_TRY(WriteTraceColumns());
  VIVACE_TRY(WriteResourceColumns());
  VIVACE_TRY(WriteScopeColumns());
  VIVACE_TRY(WriteSpanColumns());
  return file.EndRowGroup(layout_.rows());
}

Status RowGroupWriter::WriteExtra(ParquetFileWriter& file) {
  file_ = &file;
  const auto info = [](ExtraLeaf leaf) -> const LeafInfo& { return ExtraLeaves()[ColumnOf(leaf)]; };
  const auto resource = [&](uint32_t row) -> const Segment::Resource& { return segment_.resources()[layout_.resource_rows[row]]; };
  VIVACE_TRY(file.BeginRowGroup());
  VIVACE_TRY(Strings(info(ExtraLeaf::kResourceSchemaUrl), resources_, [&](uint32_t row) { return resource(row).schema_url; }));
  VIVACE_TRY(Strings(info(ExtraLeaf::kResourceEntityRefs), resources_, [&](uint32_t row) { return resource(row).entity_refs; }));
  VIVACE_TRY(Strings(info(ExtraLeaf::kScopeSchemaUrl), scopes_,
                     [&](uint32_t row) { return segment_.scopes()[layout_.scope_rows[row]].schema_url; }));
  VIVACE_TRY(
      Numbers(info(ExtraLeaf::kSpanFlags), spans_, [&](uint32_t row) { return uint64_t{segment_.spans().flags[layout_.span_rows[row]]}; }));
  VIVACE_TRY(
      Numbers(info(ExtraLeaf::kLinkFlags), links_, [&](uint32_t row) { return uint64_t{segment_.links().flags[layout_.link_rows[row]]}; }));
  return file.EndRowGroup(layout_.rows());
}

}  // namespace vivace
