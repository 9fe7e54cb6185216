// RowGroupWriter's columns, one function per kind of row, in schema order.
#include <algorithm>

#include "block/write/row_group_writer.h"

namespace vivace {

template <typename Value, typename Get>
PageFiller<Value> RowGroupWriter::OnePerRow(const RowPages& row_pages, const Get& get) const {
  return [&row_pages, &get](size_t page, PageInput<Value>& out) {
    const uint32_t begin = row_pages.page_rows[page];
    const uint32_t end = row_pages.page_rows[page + 1];
    out.shared = &row_pages.levels[page];
    out.values.resize(end - begin);
    Value* value = out.values.data();
    for (uint32_t row = begin; row < end; ++row) *value++ = static_cast<Value>(get(row));
  };
}

template <typename Get>
Status RowGroupWriter::WriteNumbers(const LeafInfo& leaf, const RowPages& row_pages,
                                    const Get& get) {
  if (row_pages.row_count() == 0) return chunk_->WriteEmpty(leaf, row_pages);
  return chunk_->WriteNumbers(leaf, OnePerRow<uint64_t>(row_pages, get));
}

template <typename Get>
Status RowGroupWriter::WriteNumbers(Leaf leaf, const RowPages& row_pages, const Get& get) {
  return WriteNumbers(InfoOf(leaf), row_pages, get);
}

template <typename Get>
Status RowGroupWriter::WriteTexts(Leaf leaf, const RowPages& row_pages, const Get& get) {
  if (row_pages.row_count() == 0) return chunk_->WriteEmpty(InfoOf(leaf), row_pages);
  const auto row_itself = [](uint32_t row) { return row; };
  return chunk_->WriteTexts(InfoOf(leaf), OnePerRow<ValueToken>(row_pages, row_itself),
                            [&](ValueToken row) { return get(row); });
}

template <typename Get>
Status RowGroupWriter::WriteStrings(const LeafInfo& leaf, const RowPages& row_pages,
                                    const Get& get) {
  if (row_pages.row_count() == 0) return chunk_->WriteEmpty(leaf, row_pages);
  return chunk_->WriteTexts(leaf, OnePerRow<ValueToken>(row_pages, get),
                            [this](ValueToken code) { return segment_.String(code); });
}

template <typename Get>
Status RowGroupWriter::WriteAttributeTexts(Leaf leaf, const RowPages& row_pages, const Get& get) {
  if (row_pages.row_count() == 0) return chunk_->WriteEmpty(InfoOf(leaf), row_pages);
  return chunk_->WriteTexts(InfoOf(leaf), OnePerRow<ValueToken>(row_pages, get),
                            [this](ValueToken token) { return AttributeText(token); });
}

template <typename Number>
Status RowGroupWriter::WriteSparseNumbers(const LeafInfo& leaf, const RowPages& row_pages,
                                          const ChunkedArray<Number>& column,
                                          const std::vector<uint32_t>& rows) {
  if (column.all_zero()) return chunk_->WriteZeros(leaf, row_pages);
  return WriteNumbers(leaf, row_pages, [&](uint32_t row) { return uint64_t{column[rows[row]]}; });
}

template <typename Number>
Status RowGroupWriter::WriteSparseStrings(Leaf leaf, const RowPages& row_pages,
                                          const ChunkedArray<Number>& column,
                                          const std::vector<uint32_t>& rows) {
  if (column.all_zero()) return chunk_->WriteZeros(InfoOf(leaf), row_pages);
  return WriteStrings(InfoOf(leaf), row_pages, [&](uint32_t row) { return column[rows[row]]; });
}

Status RowGroupWriter::WritePromoted(Leaf leaf, const ParentRowPages& row_pages,
                                     const std::vector<AttributeCode>& codes) {
  const LeafInfo& info = InfoOf(leaf);
  if (codes.empty()) return chunk_->WriteEmpty(info, row_pages);
  const Entries& entries = row_pages.entries;
  const auto fill = [&](size_t page, auto& out, auto&& value_of) {
    LevelEncoder definition;
    uint32_t row = entries.page_rows[page];
    for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
      if (entries.definition[i] != Entries::kPresent) {
        definition.Add(entries.definition[i]);
        continue;
      }
      const AttributeCode code = codes[row++];
      definition.Add(
          static_cast<uint8_t>(entries.depth + (code == AttributeColumns::kNone ? 0 : 1)));
      if (code != AttributeColumns::kNone) out.values.push_back(value_of(code));
    }
    out.own = {row_pages.levels[page].repetition, definition.Take(),
               row_pages.levels[page].entries};
  };
  if (info.type == LeafType::kInt64) {
    return chunk_->WriteNumbers(info, [&](size_t page, PageInput<uint64_t>& out) {
      fill(page, out, [&](AttributeCode code) { return segment_.attributes()[code].payload; });
    });
  }
  return chunk_->WriteTexts(
      info,
      [&](size_t page, PageInput<ValueToken>& out) {
        fill(page, out, [](AttributeCode code) { return code; });
      },
      [&](ValueToken code) { return attributes_.values.Text(code); }, IsHighCardinality(codes));
}

// All attributes of a promoted column have one key.
bool RowGroupWriter::IsHighCardinality(const std::vector<AttributeCode>& codes) const {
  const auto first = std::find_if(codes.begin(), codes.end(), [](AttributeCode code) {
    return code != AttributeColumns::kNone;
  });
  return first != codes.end() && segment_.IsHighCardinality(segment_.attributes()[*first].key());
}

Status RowGroupWriter::WriteTraceColumns() {
  VIVACE_TRY(WriteTexts(Leaf::kTraceId, traces_, [&](uint32_t row) {
    return segment_.traces()[layout_.traces[row]].id.View();
  }));
  VIVACE_TRY(
      chunk_->WriteZeros(InfoOf(Leaf::kTraceIdText), traces_));  // nobody reads it: left empty
  VIVACE_TRY(WriteNumbers(Leaf::kStartTimeUnixNano, traces_,
                          [&](uint32_t row) { return layout_.start_unix_nanos[row]; }));
  VIVACE_TRY(WriteNumbers(Leaf::kEndTimeUnixNano, traces_,
                          [&](uint32_t row) { return layout_.end_unix_nanos[row]; }));
  VIVACE_TRY(WriteNumbers(Leaf::kDurationNano, traces_, [&](uint32_t row) {
    return layout_.end_unix_nanos[row] - layout_.start_unix_nanos[row];
  }));
  VIVACE_TRY(WriteAttributeTexts(Leaf::kRootServiceName, traces_,
                                 [&](uint32_t row) { return RootServiceToken(row); }));
  VIVACE_TRY(WriteStrings(InfoOf(Leaf::kRootSpanName), traces_,
                          [&](uint32_t row) { return RootSpanName(row); }));
  VIVACE_TRY(WriteAttributeTexts(Leaf::kServiceStatsKey, services_,
                                 [&](uint32_t row) { return statistics_.names[row]; }));
  VIVACE_TRY(WriteNumbers(Leaf::kServiceStatsSpanCount, services_,
                          [&](uint32_t row) { return statistics_.spans[row]; }));
  return WriteNumbers(Leaf::kServiceStatsErrorCount, services_,
                      [&](uint32_t row) { return statistics_.errors[row]; });
}

Status RowGroupWriter::WriteResourceColumns() {
  VIVACE_TRY(resource_attributes_.Write(*chunk_));
  VIVACE_TRY(WriteNumbers(Leaf::kResourceDroppedAttributesCount, resources_, [&](uint32_t row) {
    return segment_.resources()[layout_.resource_rows[row]].dropped_attributes;
  }));
  VIVACE_TRY(WriteAttributeTexts(Leaf::kResourceServiceName, resources_,
                                 [&](uint32_t row) { return ServiceToken(row); }));
  for (size_t target = 1; target < kResourceTargets.size(); ++target) {
    VIVACE_TRY(WritePromoted(kResourceTargets[target], resources_,
                             resource_attributes_.PromotedCodes(target)));
  }
  return {};
}

Status RowGroupWriter::WriteScopeColumns() {
  const auto scope = [&](uint32_t row) -> const Segment::Scope& {
    return segment_.scopes()[layout_.scope_rows[row]];
  };
  VIVACE_TRY(WriteStrings(InfoOf(Leaf::kScopeName), scopes_,
                          [&](uint32_t row) { return scope(row).name; }));
  VIVACE_TRY(WriteStrings(InfoOf(Leaf::kScopeVersion), scopes_,
                          [&](uint32_t row) { return scope(row).version; }));
  VIVACE_TRY(scope_attributes_.Write(*chunk_));
  return WriteNumbers(Leaf::kScopeDroppedAttributesCount, scopes_,
                      [&](uint32_t row) { return scope(row).dropped_attributes; });
}

Status RowGroupWriter::WriteSpanColumns() {
  const Segment::Spans& spans = segment_.spans();
  const std::vector<uint32_t>& rows = layout_.span_rows;
  const auto parent = [&](uint32_t row) {
    const SpanId& id = spans.parent_span_id[rows[row]];
    return id.IsZero() ? std::string_view() : id.View();
  };
  VIVACE_TRY(WriteTexts(Leaf::kSpanId, spans_,
                        [&](uint32_t row) { return spans.span_id[rows[row]].View(); }));
  VIVACE_TRY(WriteTexts(Leaf::kSpanParentSpanId, spans_, parent));
  VIVACE_TRY(WriteNumbers(Leaf::kSpanParentId, spans_,
                          [&](uint32_t row) { return layout_.nested_sets[row].parent; }));
  VIVACE_TRY(WriteNumbers(Leaf::kSpanNestedSetLeft, spans_,
                          [&](uint32_t row) { return layout_.nested_sets[row].left; }));
  VIVACE_TRY(WriteNumbers(Leaf::kSpanNestedSetRight, spans_,
                          [&](uint32_t row) { return layout_.nested_sets[row].right; }));
  VIVACE_TRY(WriteStrings(InfoOf(Leaf::kSpanName), spans_,
                          [&](uint32_t row) { return spans.name[rows[row]]; }));
  VIVACE_TRY(
      WriteNumbers(Leaf::kSpanKind, spans_, [&](uint32_t row) { return spans.kind[rows[row]]; }));
  VIVACE_TRY(WriteSparseStrings(Leaf::kSpanTraceState, spans_, spans.trace_state, rows));
  VIVACE_TRY(WriteNumbers(Leaf::kSpanStartTimeUnixNano, spans_,
                          [&](uint32_t row) { return spans.start_unix_nanos[rows[row]]; }));
  // Wraps around where a span ends before it starts: so its end comes back as it was sent.
  VIVACE_TRY(WriteNumbers(Leaf::kSpanDurationNano, spans_, [&](uint32_t row) {
    return spans.end_unix_nanos[rows[row]] - spans.start_unix_nanos[rows[row]];
  }));
  VIVACE_TRY(WriteSparseNumbers(InfoOf(Leaf::kSpanStatusCode), spans_, spans.status_code, rows));
  VIVACE_TRY(WriteSparseStrings(Leaf::kSpanStatusMessage, spans_, spans.status_message, rows));
  VIVACE_TRY(span_attributes_.Write(*chunk_));
  VIVACE_TRY(WriteSparseNumbers(InfoOf(Leaf::kSpanDroppedAttributesCount), spans_,
                                spans.dropped_attributes, rows));
  VIVACE_TRY(WriteEventColumns());
  VIVACE_TRY(WriteSparseNumbers(InfoOf(Leaf::kSpanDroppedEventsCount), spans_, spans.dropped_events,
                                rows));
  VIVACE_TRY(WriteLinkColumns());
  VIVACE_TRY(
      WriteSparseNumbers(InfoOf(Leaf::kSpanDroppedLinksCount), spans_, spans.dropped_links, rows));
  for (size_t target = 0; target < kSpanTargets.size(); ++target) {
    VIVACE_TRY(WritePromoted(kSpanTargets[target], spans_, span_attributes_.PromotedCodes(target)));
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
  VIVACE_TRY(WriteNumbers(Leaf::kEventTimeSinceStartNano, events_, [&](uint32_t row) {
    return events.time_unix_nanos[rows[row]] - span_starts[row];
  }));
  VIVACE_TRY(WriteStrings(InfoOf(Leaf::kEventName), events_,
                          [&](uint32_t row) { return events.name[rows[row]]; }));
  VIVACE_TRY(event_attributes_.Write(*chunk_));
  return WriteSparseNumbers(InfoOf(Leaf::kEventDroppedAttributesCount), events_,
                            events.dropped_attributes, rows);
}

Status RowGroupWriter::WriteLinkColumns() {
  const Segment::Links& links = segment_.links();
  const std::vector<uint32_t>& rows = layout_.link_rows;
  const auto id_text = [](const auto& id) { return id.IsZero() ? std::string_view() : id.View(); };
  VIVACE_TRY(WriteTexts(Leaf::kLinkTraceId, links_,
                        [&](uint32_t row) { return id_text(links.trace_id[rows[row]]); }));
  VIVACE_TRY(WriteTexts(Leaf::kLinkSpanId, links_,
                        [&](uint32_t row) { return id_text(links.span_id[rows[row]]); }));
  VIVACE_TRY(WriteSparseStrings(Leaf::kLinkTraceState, links_, links.trace_state, rows));
  VIVACE_TRY(link_attributes_.Write(*chunk_));
  return WriteSparseNumbers(InfoOf(Leaf::kLinkDroppedAttributesCount), links_,
                            links.dropped_attributes, rows);
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
  const auto resource = [&](uint32_t row) -> const Segment::Resource& {
    return segment_.resources()[layout_.resource_rows[row]];
  };
  VIVACE_TRY(file.BeginRowGroup());
  VIVACE_TRY(WriteStrings(info(ExtraLeaf::kResourceSchemaUrl), resources_,
                          [&](uint32_t row) { return resource(row).schema_url; }));
  VIVACE_TRY(WriteStrings(info(ExtraLeaf::kResourceEntityRefs), resources_,
                          [&](uint32_t row) { return resource(row).entity_refs; }));
  VIVACE_TRY(WriteStrings(info(ExtraLeaf::kScopeSchemaUrl), scopes_, [&](uint32_t row) {
    return segment_.scopes()[layout_.scope_rows[row]].schema_url;
  }));
  VIVACE_TRY(WriteSparseNumbers(info(ExtraLeaf::kSpanFlags), spans_, segment_.spans().flags,
                                layout_.span_rows));
  VIVACE_TRY(WriteSparseNumbers(info(ExtraLeaf::kLinkFlags), links_, segment_.links().flags,
                                layout_.link_rows));
  return file.EndRowGroup(layout_.rows());
}

}  // namespace vivace
