// RowGroupWriter's columns, one function per kind of row, in schema order.
#include <algorithm>

#include "block/write/row_group_writer.h"

namespace vivace {

template <typename Value, typename Get>
GatherPage<Value> RowGroupWriter::OnePerRow(const Family& family, const Get& get) const {
  return [&family, &get](size_t page, GatheredPage<Value>& out) {
    const uint32_t begin = family.page_rows[page];
    const uint32_t end = family.page_rows[page + 1];
    out.shared = &family.levels[page];
    out.values.resize(end - begin);
    Value* value = out.values.data();
    for (uint32_t row = begin; row < end; ++row) *value++ = static_cast<Value>(get(row));
  };
}

template <typename Get>
Status RowGroupWriter::Numbers(const LeafInfo& leaf, const Family& family, const Get& get) {
  if (family.row_count() == 0) return chunk_->WriteEmpty(leaf, family);
  return chunk_->WriteNumbers(leaf, OnePerRow<uint64_t>(family, get));
}

template <typename Get>
Status RowGroupWriter::Numbers(Leaf leaf, const Family& family, const Get& get) {
  return Numbers(InfoOf(leaf), family, get);
}

template <typename Get>
Status RowGroupWriter::Texts(Leaf leaf, const Family& family, const Get& get) {
  if (family.row_count() == 0) return chunk_->WriteEmpty(InfoOf(leaf), family);
  const auto row_itself = [](uint32_t row) { return row; };
  return chunk_->WriteTexts(InfoOf(leaf), OnePerRow<ValueToken>(family, row_itself), [&](ValueToken row) { return get(row); });
}

template <typename Get>
Status RowGroupWriter::Strings(const LeafInfo& leaf, const Family& family, const Get& get) {
  if (family.row_count() == 0) return chunk_->WriteEmpty(leaf, family);
  return chunk_->WriteTexts(leaf, OnePerRow<ValueToken>(family, get), [this](ValueToken code) { return segment_.String(code); });
}

template <typename Get>
Status RowGroupWriter::AttributeTexts(Leaf leaf, const Family& family, const Get& get) {
  if (family.row_count() == 0) return chunk_->WriteEmpty(InfoOf(leaf), family);
  return chunk_->WriteTexts(InfoOf(leaf), OnePerRow<ValueToken>(family, get), [this](ValueToken token) { return AttributeText(token); });
}

template <typename Number>
Status RowGroupWriter::Sparse(const LeafInfo& leaf, const Family& family, const ChunkedArray<Number>& column,
                              const std::vector<uint32_t>& rows) {
  if (column.all_zero()) return chunk_->WriteZeros(leaf, family);
  return Numbers(leaf, family, [&](uint32_t row) { return uint64_t{column[rows[row]]}; });
}

template <typename Number>
Status RowGroupWriter::SparseStrings(Leaf leaf, const Family& family, const ChunkedArray<Number>& column,
                                     const std::vector<uint32_t>& rows) {
  if (column.all_zero()) return chunk_->WriteZeros(InfoOf(leaf), family);
  return Strings(InfoOf(leaf), family, [&](uint32_t row) { return column[rows[row]]; });
}

Status RowGroupWriter::Promoted(Leaf leaf, const OwnerFamily& family, const std::vector<AttributeCode>& codes) {
  const LeafInfo& info = InfoOf(leaf);
  if (codes.empty()) return chunk_->WriteEmpty(info, family);
  const Entries& entries = family.entries;
  const auto gather = [&](size_t page, auto& out, auto&& value_of) {
    LevelEncoder definition;
    uint32_t row = entries.page_rows[page];
    for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
      if (entries.definition[i] != Entries::kPresent) {
        definition.Add(entries.definition[i]);
        continue;
      }
      const AttributeCode code = codes[row++];
      definition.Add(static_cast<uint8_t>(entries.depth + (code == AttributeColumns::kNone ? 0 : 1)));
      if (code != AttributeColumns::kNone) out.values.push_back(value_of(code));
    }
    out.own = {family.levels[page].repetition, definition.Take(), family.levels[page].entries};
  };
  if (info.type == LeafType::kInt64) {
    return chunk_->WriteNumbers(info, [&](size_t page, GatheredPage<uint64_t>& out) {
      gather(page, out, [&](AttributeCode code) { return segment_.attributes()[code].payload; });
    });
  }
  return chunk_->WriteTexts(
      info, [&](size_t page, GatheredPage<ValueToken>& out) { gather(page, out, [](AttributeCode code) { return code; }); },
      [&](ValueToken code) { return attributes_.values.Text(code); }, HardlyRepeats(codes));
}

// All attributes of a promoted column have one key.
bool RowGroupWriter::HardlyRepeats(const std::vector<AttributeCode>& codes) const {
  const auto first = std::find_if(codes.begin(), codes.end(), [](AttributeCode code) { return code != AttributeColumns::kNone; });
  return first != codes.end() && segment_.HardlyRepeats(segment_.attributes()[*first].key());
}

Status RowGroupWriter::WriteTraceColumns() {
  VIVACE_TRY(Texts(Leaf::kTraceId, traces_, [&](uint32_t row) { return segment_.traces()[layout_.traces[row]].id.View(); }));
  VIVACE_TRY(chunk_->WriteZeros(InfoOf(Leaf::kTraceIdText), traces_));  // nobody reads it: left empty
  VIVACE_TRY(Numbers(Leaf::kStartTimeUnixNano, traces_, [&](uint32_t row) { return layout_.start_unix_nanos[row]; }));
  VIVACE_TRY(Numbers(Leaf::kEndTimeUnixNano, traces_, [&](uint32_t row) { return layout_.end_unix_nanos[row]; }));
  VIVACE_TRY(
      Numbers(Leaf::kDurationNano, traces_, [&](uint32_t row) { return layout_.end_unix_nanos[row] - layout_.start_unix_nanos[row]; }));
  VIVACE_TRY(AttributeTexts(Leaf::kRootServiceName, traces_, [&](uint32_t row) { return RootServiceToken(row); }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kRootSpanName), traces_, [&](uint32_t row) { return RootSpanName(row); }));
  VIVACE_TRY(AttributeTexts(Leaf::kServiceStatsKey, services_, [&](uint32_t row) { return statistics_.names[row]; }));
  VIVACE_TRY(Numbers(Leaf::kServiceStatsSpanCount, services_, [&](uint32_t row) { return statistics_.spans[row]; }));
  return Numbers(Leaf::kServiceStatsErrorCount, services_, [&](uint32_t row) { return statistics_.errors[row]; });
}

Status RowGroupWriter::WriteResourceColumns() {
  VIVACE_TRY(resource_attributes_.Write(*chunk_));
  VIVACE_TRY(Numbers(Leaf::kResourceDroppedAttributesCount, resources_,
                     [&](uint32_t row) { return segment_.resources()[layout_.resource_rows[row]].dropped_attributes; }));
  VIVACE_TRY(AttributeTexts(Leaf::kResourceServiceName, resources_, [&](uint32_t row) { return ServiceToken(row); }));
  for (size_t target = 1; target < kResourceTargets.size(); ++target) {
    VIVACE_TRY(Promoted(kResourceTargets[target], resources_, resource_attributes_.PromotedCodes(target)));
  }
  return {};
}

Status RowGroupWriter::WriteScopeColumns() {
  const auto scope = [&](uint32_t row) -> const Segment::Scope& { return segment_.scopes()[layout_.scope_rows[row]]; };
  VIVACE_TRY(Strings(InfoOf(Leaf::kScopeName), scopes_, [&](uint32_t row) { return scope(row).name; }));
  VIVACE_TRY(Strings(InfoOf(Leaf::kScopeVersion), scopes_, [&](uint32_t row) { return scope(row).version; }));
  VIVACE_TRY(scope_attributes_.Write(*chunk_));
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
  VIVACE_TRY(SparseStrings(Leaf::kSpanTraceState, spans_, spans.trace_state, rows));
  VIVACE_TRY(Numbers(Leaf::kSpanStartTimeUnixNano, spans_, [&](uint32_t row) { return spans.start_unix_nanos[rows[row]]; }));
  VIVACE_TRY(Numbers(Leaf::kSpanDurationNano, spans_,
                     [&](uint32_t row) { return spans.end_unix_nanos[rows[row]] - spans.start_unix_nanos[rows[row]]; }));
  VIVACE_TRY(Sparse(InfoOf(Leaf::kSpanStatusCode), spans_, spans.status_code, rows));
  VIVACE_TRY(SparseStrings(Leaf::kSpanStatusMessage, spans_, spans.status_message, rows));
  VIVACE_TRY(span_attributes_.Write(*chunk_));
  VIVACE_TRY(Sparse(InfoOf(Leaf::kSpanDroppedAttributesCount), spans_, spans.dropped_attributes, rows));
  VIVACE_TRY(WriteEventColumns());
  VIVACE_TRY(Sparse(InfoOf(Leaf::kSpanDroppedEventsCount), spans_, spans.dropped_events, rows));
  VIVACE_TRY(WriteLinkColumns());
  VIVACE_TRY(Sparse(InfoOf(Leaf::kSpanDroppedLinksCount), spans_, spans.dropped_links, rows));
  for (size_t target = 0; target < kSpanTargets.size(); ++target) {
    VIVACE_TRY(Promoted(kSpanTargets[target], spans_, span_attributes_.PromotedCodes(target)));
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
  VIVACE_TRY(event_attributes_.Write(*chunk_));
  return Sparse(InfoOf(Leaf::kEventDroppedAttributesCount), events_, events.dropped_attributes, rows);
}

Status RowGroupWriter::WriteLinkColumns() {
  const Segment::Links& links = segment_.links();
  const std::vector<uint32_t>& rows = layout_.link_rows;
  const auto id_text = [](const auto& id) { return id.IsZero() ? std::string_view() : id.View(); };
  VIVACE_TRY(Texts(Leaf::kLinkTraceId, links_, [&](uint32_t row) { return id_text(links.trace_id[rows[row]]); }));
  VIVACE_TRY(Texts(Leaf::kLinkSpanId, links_, [&](uint32_t row) { return id_text(links.span_id[rows[row]]); }));
  VIVACE_TRY(SparseStrings(Leaf::kLinkTraceState, links_, links.trace_state, rows));
  VIVACE_TRY(link_attributes_.Write(*chunk_));
  return Sparse(InfoOf(Leaf::kLinkDroppedAttributesCount), links_, links.dropped_attributes, rows);
}

Status RowGroupWriter::WriteBlock(ParquetFileWriter& file) {
  chunk_.emplace(file, page_rows_);
  VIVACE_TRY(file.BeginRowGroup());
  VIVACE_TRY(WriteTraceColumns());
  VIVACE_TRY(WriteResourceColumns());
  VIVACE_TRY(WriteScopeColumns());
  VIVACE_TRY(WriteSpanColumns());
  return file.EndRowGroup(layout_.rows());
}

Status RowGroupWriter::WriteExtra(ParquetFileWriter& file) {
  chunk_.emplace(file, page_rows_);
  const auto info = [](ExtraLeaf leaf) -> const LeafInfo& { return ExtraLeaves()[ColumnOf(leaf)]; };
  const auto resource = [&](uint32_t row) -> const Segment::Resource& { return segment_.resources()[layout_.resource_rows[row]]; };
  VIVACE_TRY(file.BeginRowGroup());
  VIVACE_TRY(Strings(info(ExtraLeaf::kResourceSchemaUrl), resources_, [&](uint32_t row) { return resource(row).schema_url; }));
  VIVACE_TRY(Strings(info(ExtraLeaf::kResourceEntityRefs), resources_, [&](uint32_t row) { return resource(row).entity_refs; }));
  VIVACE_TRY(Strings(info(ExtraLeaf::kScopeSchemaUrl), scopes_,
                     [&](uint32_t row) { return segment_.scopes()[layout_.scope_rows[row]].schema_url; }));
  VIVACE_TRY(Sparse(info(ExtraLeaf::kSpanFlags), spans_, segment_.spans().flags, layout_.span_rows));
  VIVACE_TRY(Sparse(info(ExtraLeaf::kLinkFlags), links_, segment_.links().flags, layout_.link_rows));
  return file.EndRowGroup(layout_.rows());
}

}  // namespace vivace
