#include "block/write/row_group_writer.h"

#include <algorithm>
#include <tuple>

#include "columns/span_enums.h"

namespace vivace {
namespace {

constexpr ValueToken kUnknownToken = 0xffffffff;
constexpr size_t kServiceNameTarget = 0;
constexpr size_t kPrefetchDistance = 12;

}  // namespace

RowGroupWriter::RowGroupWriter(const BlockAttributes& attributes, const TraceLayout& layout,
                               size_t page_spans)
    : attributes_(attributes),
      segment_(attributes.segment),
      layout_(layout),
      resource_attributes_(RowKind::kResource, attributes),
      scope_attributes_(RowKind::kScope, attributes),
      span_attributes_(RowKind::kSpan, attributes),
      event_attributes_(RowKind::kEvent, attributes),
      link_attributes_(RowKind::kLink, attributes),
      root_services_(segment_.resources().size(), kUnknownToken) {
  SplitIntoPages(page_spans);
  CollectAttributes();
  CountServices();
  BuildRowPages();
}

void RowGroupWriter::SplitIntoPages(size_t page_spans_max) {
  size_t page_spans = page_spans_max;
  for (uint32_t row = 0; row < layout_.rows(); ++row) {
    const uint32_t first_scope = layout_.scope_begins[layout_.resource_begins[row]];
    const uint32_t end_scope = layout_.scope_begins[layout_.resource_begins[row + 1]];
    if (page_spans >= page_spans_max) {
      page_rows_.push_back(row);
      page_spans = 0;
    }
    page_spans += layout_.span_begins[end_scope] - layout_.span_begins[first_scope];
  }
  page_rows_.push_back(static_cast<uint32_t>(layout_.rows()));
}

void RowGroupWriter::CollectAttributes() {
  CollectSharedLists();
  CollectLists(span_attributes_, layout_.span_rows, segment_.spans());
  CollectLists(event_attributes_, layout_.event_rows, segment_.events());
  CollectLists(link_attributes_, layout_.link_rows, segment_.links());
}

template <typename Table>
void RowGroupWriter::CollectLists(AttributeColumns& columns, const std::vector<uint32_t>& rows,
                                  const Table& table) {
  size_t attributes = 0;
  for (const uint32_t row : rows) {
    const auto [begin, end] = Segment::RangeOf(table.attribute_ends, row);
    attributes += end - begin;
  }
  columns.Begin(rows.size(), attributes);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kPrefetchDistance < rows.size()) PrefetchList(table, rows[i + kPrefetchDistance]);
    const auto [begin, end] = Segment::RangeOf(table.attribute_ends, rows[i]);
    columns.AddShapedRow(table.attribute_shapes[rows[i]],
                         table.attribute_codes.View(begin, end, list_));
  }
}

// Rows are visited in the order of trace ids, which is random in the segment: prefetches what is
// needed soon.
template <typename Table>
void RowGroupWriter::PrefetchList(const Table& table, uint32_t row) {
  constexpr size_t kCodesPerLine = 64 / sizeof(AttributeCode);
  __builtin_prefetch(&table.attribute_shapes[row]);
  const auto [begin, end] = Segment::RangeOf(table.attribute_ends, row);
  for (uint32_t at = begin; at < end; at += kCodesPerLine)
    __builtin_prefetch(&table.attribute_codes[at]);
}

void RowGroupWriter::CollectSharedLists() {
  const auto collect = [&](AttributeColumns& columns, const std::vector<uint32_t>& rows,
                           const auto& table) {
    size_t attributes = 0;
    for (const uint32_t row : rows)
      attributes += table[row].attributes_end - table[row].attributes_begin;
    columns.Begin(rows.size(), attributes);
    for (const uint32_t row : rows) {
      columns.AddRow(segment_.shared_codes().View(table[row].attributes_begin,
                                                  table[row].attributes_end, list_));
    }
  };
  collect(resource_attributes_, layout_.resource_rows, segment_.resources());
  collect(scope_attributes_, layout_.scope_rows, segment_.scopes());
}

void RowGroupWriter::CountServices() {
  for (size_t trace = 0; trace < layout_.rows(); ++trace) {
    statistics_.begins.push_back(static_cast<uint32_t>(statistics_.names.size()));
    CountServicesOf(trace);
  }
  statistics_.begins.push_back(static_cast<uint32_t>(statistics_.names.size()));
}

// One entry per service name, in ascending order.
void RowGroupWriter::CountServicesOf(size_t trace) {
  const size_t first = statistics_.names.size();
  service_counts_.clear();
  for (uint32_t resource = layout_.resource_begins[trace];
       resource < layout_.resource_begins[trace + 1]; ++resource)
    service_counts_.push_back(CountSpansOf(resource));
  std::ranges::sort(service_counts_, [](const ServiceCount& a, const ServiceCount& b) {
    return std::tie(a.name, a.resource) < std::tie(b.name, b.resource);
  });
  for (const ServiceCount& count : service_counts_) {
    if (statistics_.names.size() == first ||
        AttributeText(statistics_.names.back()) != count.name) {
      statistics_.names.push_back(ServiceToken(count.resource));
      statistics_.spans.push_back(0);
      statistics_.errors.push_back(0);
    }
    statistics_.spans.back() += count.spans;
    statistics_.errors.back() += count.errors;
  }
}

RowGroupWriter::ServiceCount RowGroupWriter::CountSpansOf(uint32_t resource) const {
  const uint32_t begin = layout_.span_begins[layout_.scope_begins[resource]];
  const uint32_t end = layout_.span_begins[layout_.scope_begins[resource + 1]];
  ServiceCount count{
      .name = AttributeText(ServiceToken(resource)), .resource = resource, .spans = end - begin};
  if (segment_.spans().status_code.all_zero()) return count;
  for (uint32_t i = begin; i < end; ++i) {
    count.errors += segment_.spans().status_code[layout_.span_rows[i]] == kStatusError ? 1 : 0;
  }
  return count;
}

void RowGroupWriter::BuildRowPages() {
  traces_ = ParentRowPages(RootEntries(page_rows_));
  services_ = ParentRowPages(ChildEntries(traces_.entries, statistics_.begins));
  resources_ = ParentRowPages(ChildEntries(traces_.entries, layout_.resource_begins));
  scopes_ = ParentRowPages(ChildEntries(resources_.entries, layout_.scope_begins));
  spans_ = ParentRowPages(ChildEntries(scopes_.entries, layout_.span_begins));
  events_ = ParentRowPages(ChildEntries(spans_.entries, layout_.event_begins));
  links_ = ParentRowPages(ChildEntries(spans_.entries, layout_.link_begins));
  resource_attributes_.Finish(resources_);
  scope_attributes_.Finish(scopes_);
  span_attributes_.Finish(spans_);
  event_attributes_.Finish(events_);
  link_attributes_.Finish(links_);
}

ValueToken RowGroupWriter::ServiceToken(size_t resource) const {
  const std::vector<AttributeCode>& codes = resource_attributes_.PromotedCodes(kServiceNameTarget);
  return resource >= codes.size() || codes[resource] == AttributeColumns::kNone
             ? 0
             : codes[resource] + 1;
}

// The first service.name of the root span's resource, if it is a string.
ValueToken RowGroupWriter::RootServiceToken(size_t row) {
  const uint32_t root = layout_.root_spans[row];
  if (root == TraceLayout::kNone) return 0;
  const uint32_t number =
      segment_.scopes()[segment_.spans().scope[layout_.span_rows[root]]].resource;
  ValueToken& token = root_services_[number];
  if (token != kUnknownToken) return token;
  token = 0;
  const Segment::Resource& resource = segment_.resources()[number];
  for (uint32_t i = resource.attributes_begin; i < resource.attributes_end; ++i) {
    const AttributeCode code = segment_.shared_codes()[i];
    if (segment_.Key(segment_.attributes()[code]) != "service.name") continue;
    if (segment_.attributes()[code].value_kind() == ValueKind::kString) token = code + 1;
    break;
  }
  return token;
}

std::string_view RowGroupWriter::AttributeText(ValueToken token) const {
  return token == 0 ? std::string_view() : Segment::Value(segment_.attributes()[token - 1]).text;
}

StringCode RowGroupWriter::RootSpanName(size_t row) const {
  const uint32_t root = layout_.root_spans[row];
  return root == TraceLayout::kNone ? 0 : segment_.spans().name[layout_.span_rows[root]];
}

}  // namespace vivace
