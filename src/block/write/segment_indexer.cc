#include "block/write/segment_indexer.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <optional>

#include "columns/array_elements.h"
#include "columns/span_times.h"

namespace vivace {
namespace {

constexpr size_t kRowsAhead = 12;  // rows are random in the segment: prefetched

// The attributes of a segment as values that a block has: what it keeps as JSON can't be queried.
class StoredAttributes final : public ValueTable {
 public:
  explicit StoredAttributes(const Segment& segment) : segment_(segment) {}
  uint32_t size() const override { return static_cast<uint32_t>(segment_.attributes().size()); }
  AttributeValue Value(uint32_t code) const override {
    const AttributeValue value = Segment::Value(segment_.attributes()[code]);
    const bool is_kept_as_json =
        value.kind == ValueKind::kArray && !SummarizeArray(value.text).uniform;
    return is_kept_as_json ? AttributeValue() : value;
  }

 private:
  const Segment& segment_;
};

class SegmentTexts final : public ValueTable {
 public:
  explicit SegmentTexts(const Segment& segment) : segment_(segment) {}
  uint32_t size() const override { return UINT32_MAX; }
  AttributeValue Value(uint32_t code) const override {
    return AttributeValue::String(segment_.String(code));
  }

 private:
  const Segment& segment_;
};

uint32_t FindServiceKey(const Segment& segment) {
  for (uint32_t key = 0; key < segment.keys().size(); ++key) {
    if (segment.keys()[key].view() == "service.name") return key;
  }
  return Segment::kNone;
}

// Calls visit(code, rows) for each that is not zero, ascending, and makes it zero.
template <typename Visit>
void TakeCounted(std::vector<uint32_t>& rows_by_code, const Visit& visit) {
  constexpr size_t kStep = 4;
  static constexpr uint32_t kZeros[kStep] = {};
  for (size_t begin = 0; begin < rows_by_code.size(); begin += kStep) {
    const size_t end = std::min(begin + kStep, rows_by_code.size());
    if (std::memcmp(&rows_by_code[begin], kZeros, (end - begin) * sizeof(uint32_t)) == 0) continue;
    for (size_t code = begin; code < end; ++code) {
      if (rows_by_code[code] > 0) visit(static_cast<uint32_t>(code), rows_by_code[code]);
      rows_by_code[code] = 0;
    }
  }
}

}  // namespace

uint32_t SegmentIndexer::MadeValues::Add(const AttributeValue& value) {
  values_.push_back(value);
  return size() - 1;
}

SegmentIndexer::SegmentIndexer(const Segment& segment, IndexBuilder& builder)
    : segment_(segment),
      builder_(builder),
      attributes_(std::make_shared<StoredAttributes>(segment)),
      strings_(std::make_shared<SegmentTexts>(segment)),
      service_key_(FindServiceKey(segment)),
      list_kinds_(segment.shapes().size()),
      attribute_rows_(segment.attributes().size()),
      by_key_(segment.keys().size()) {}

void SegmentIndexer::AddRowGroup(const TraceLayout& layout, uint64_t file_bytes) {
  builder_.BeginRowGroup(file_bytes);
  AddTraces(layout);
  AddAttributes(layout);
  AddFields(layout);
  AddSpans(layout);
  builder_.EndRowGroup();
}

void SegmentIndexer::AddTraces(const TraceLayout& layout) {
  MadeValues services;
  services.Add(AttributeValue::String(""));  // code 0, as that of strings_
  std::vector<TraceId> ids(layout.rows());
  std::vector<uint32_t> root_services(layout.rows());
  std::vector<StringCode> root_names(layout.rows());
  std::vector<uint32_t> service_of(segment_.resources().size(), Segment::kNone);
  for (size_t row = 0; row < layout.rows(); ++row) {
    ids[row] = segment_.traces()[layout.traces[row]].id;
    if (layout.root_spans[row] == TraceLayout::kNone) continue;
    const uint32_t root = layout.span_rows[layout.root_spans[row]];
    const uint32_t resource = segment_.scopes()[segment_.spans().scope[root]].resource;
    uint32_t& service = service_of[resource];
    if (service == Segment::kNone) service = RootServiceOf(resource, services);
    root_services[row] = service;
    root_names[row] = segment_.spans().name[root];
  }
  builder_.AddTraces({.ids = ids,
                      .start_unix_nanos = layout.start_unix_nanos,
                      .end_unix_nanos = layout.end_unix_nanos,
                      .root_services = root_services,
                      .root_names = root_names,
                      .services = services,
                      .names = *strings_});
}

// A root's service is the first of that name of its resource, if that is a text; where there is
// none, data.parquet has an empty text.
uint32_t SegmentIndexer::RootServiceOf(uint32_t resource, MadeValues& services) {
  const std::span<const AttributeCode> codes = ListOf(resource);
  const auto first = std::ranges::find_if(
      codes, [&](AttributeCode code) { return segment_.attributes()[code].key() == service_key_; });
  if (first == codes.end()) return 0;
  const Segment::Attribute& attribute = segment_.attributes()[*first];
  return attribute.value_kind() == ValueKind::kString ? services.Add(Segment::Value(attribute)) : 0;
}

std::span<const AttributeCode> SegmentIndexer::ListOf(uint32_t resource) {
  const Segment::Resource& row = segment_.resources()[resource];
  return segment_.shared_codes().View(row.attributes_begin, row.attributes_end, list_);
}

void SegmentIndexer::AddAttributes(const TraceLayout& layout) {
  AddSharedLists(RowKind::kResource, segment_.resources(), layout.resource_rows);
  AddSharedLists(RowKind::kScope, segment_.scopes(), layout.scope_rows);
  AddLists(RowKind::kSpan, segment_.spans(), layout.span_rows);
  AddLists(RowKind::kEvent, segment_.events(), layout.event_rows);
  AddLists(RowKind::kLink, segment_.links(), layout.link_rows);
}

template <typename Table>
void SegmentIndexer::AddLists(RowKind owner, const Table& table,
                              const std::vector<uint32_t>& rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kRowsAhead < rows.size()) {
      const uint32_t ahead = rows[i + kRowsAhead];
      __builtin_prefetch(&table.attribute_shapes[ahead]);
      if (const auto [begin, end] = Segment::RangeOf(table.attribute_ends, ahead); begin < end)
        __builtin_prefetch(&table.attribute_codes[begin]);
    }
    const auto [begin, end] = Segment::RangeOf(table.attribute_ends, rows[i]);
    const std::span<const AttributeCode> codes = table.attribute_codes.View(begin, end, list_);
    if (KindOfList(table.attribute_shapes[rows[i]], codes) == ListKind::kRepeated) {
      CountList(owner, codes, 1);
    } else {
      for (const AttributeCode code : codes) ++attribute_rows_[code];
    }
  }
  if (!rows.empty()) AddColumns(owner);
}

// Resources and scopes are few: each is looked at once, for all rows that it has.
template <typename Table>
void SegmentIndexer::AddSharedLists(RowKind owner, const Table& table,
                                    const std::vector<uint32_t>& rows) {
  std::vector<uint32_t> rows_of(table.size());
  for (const uint32_t row : rows) ++rows_of[row];
  for (uint32_t number = 0; number < rows_of.size(); ++number) {
    if (rows_of[number] == 0) continue;
    const std::span<const AttributeCode> codes = segment_.shared_codes().View(
        table[number].attributes_begin, table[number].attributes_end, list_);
    CountList(owner, codes, rows_of[number]);
  }
  AddColumns(owner);
}

SegmentIndexer::ListKind SegmentIndexer::KindOfList(uint32_t shape,
                                                    std::span<const AttributeCode> codes) {
  ListKind& kind = list_kinds_[shape];
  if (kind != ListKind::kUnknown) return kind;
  std::vector<uint32_t> keys;
  for (const AttributeCode code : codes) keys.push_back(segment_.attributes()[code].key());
  std::ranges::sort(keys);
  const bool repeats = std::ranges::adjacent_find(keys) != keys.end();
  return kind = repeats ? ListKind::kRepeated : ListKind::kDistinct;
}

// A list of `rows` rows, key by key: what comes under one key counts together.
void SegmentIndexer::CountList(RowKind owner, std::span<const AttributeCode> codes, uint32_t rows) {
  std::vector<AttributeCode> sorted(codes.begin(), codes.end());
  const auto key_of = [&](AttributeCode code) { return segment_.attributes()[code].key(); };
  std::ranges::stable_sort(sorted, {}, key_of);
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const uint32_t key = key_of(*begin);
    const auto end =
        std::find_if(begin, sorted.end(), [&](AttributeCode code) { return key_of(code) != key; });
    CountKey(owner, {begin, end}, rows);
    begin = end;
  }
}

void SegmentIndexer::CountKey(RowKind owner, std::span<const AttributeCode> codes, uint32_t rows) {
  const Segment::Attribute& first = segment_.attributes()[codes.front()];
  const bool is_service = owner == RowKind::kResource && first.key() == service_key_;
  if (codes.size() == 1 && (!is_service || first.value_kind() == ValueKind::kString)) {
    attribute_rows_[codes.front()] += rows;
    return;
  }
  by_key_[first.key()].made.push_back({made_->Add(Together(codes, is_service)), rows});
}

// The values of one key in a list, in the order in which a block has them: the last service.name
// that is a text has a column of its own, if it is not empty, and stands after the others.
RepeatedValues SegmentIndexer::Together(std::span<const AttributeCode> codes,
                                        bool is_service) const {
  RepeatedValues values(is_service ? RepeatedValues::Rule::kServiceName
                                   : RepeatedValues::Rule::kAny);
  std::optional<AttributeValue> promoted;
  for (const AttributeCode code : codes) {
    const AttributeValue value = Segment::Value(segment_.attributes()[code]);
    if (!is_service || value.kind != ValueKind::kString || value.text.empty()) {
      values.Add(value);
    } else {
      if (promoted.has_value()) values.Add(*promoted);
      promoted = value;
    }
  }
  if (promoted.has_value()) values.Add(*promoted);
  return values;
}

void SegmentIndexer::CollectCounted() {
  TakeCounted(attribute_rows_, [&](AttributeCode code, uint32_t rows) {
    by_key_[segment_.attributes()[code].key()].attributes.push_back({code, rows});
  });
}

void SegmentIndexer::AddColumns(RowKind owner) {
  CollectCounted();
  for (uint32_t key = 0; key < by_key_.size(); ++key) {
    KeyValues& values = by_key_[key];
    if (values.empty()) continue;
    std::vector<ColumnValues> parts;
    parts.push_back({attributes_, std::move(values.attributes)});
    if (!values.made.empty()) parts.push_back({made_, std::move(values.made)});
    builder_.AddColumn(
        {.field = {}, .owner = owner, .key = std::string(segment_.keys()[key].view())},
        std::move(parts));
    values = {};
  }
  if (made_->size() > 0) made_ = std::make_shared<MadeValues>();
}

void SegmentIndexer::AddFields(const TraceLayout& layout) {
  AddTextField(Field::kScopeName, layout.scope_rows,
               [&](uint32_t row) { return segment_.scopes()[row].name; });
  AddTextField(Field::kEventName, layout.event_rows,
               [&](uint32_t row) { return segment_.events().name[row]; });
}

template <typename Get>
void SegmentIndexer::AddTextField(Field field, const std::vector<uint32_t>& rows, const Get& get) {
  boost::unordered_flat_map<StringCode, uint32_t> rows_by_code;
  for (const uint32_t row : rows) ++rows_by_code[get(row)];
  CodeRows counted;
  for (const auto& [code, count] : rows_by_code) counted.push_back({code, count});
  std::vector<ColumnValues> parts;
  parts.push_back({strings_, std::move(counted)});
  builder_.AddColumn({.field = field, .owner = RowKind::kSpan, .key = {}}, std::move(parts));
}

// The resource's service.name as a view has it; kMissing where there is none.
uint32_t SegmentIndexer::ServiceOf(uint32_t resource, MadeValues& services) {
  std::vector<AttributeCode> codes;
  for (const AttributeCode code : ListOf(resource)) {
    if (segment_.attributes()[code].key() == service_key_) codes.push_back(code);
  }
  return codes.empty() ? Column::kMissing : services.Add(Together(codes, /*is_service=*/true));
}

void SegmentIndexer::AddSpans(const TraceLayout& layout) {
  constexpr uint32_t kUnknown = Column::kMissing - 1;
  const Segment::Spans& spans = segment_.spans();
  const std::vector<uint32_t>& rows = layout.span_rows;
  MadeValues services;
  std::vector<uint32_t> service_of(segment_.resources().size(), kUnknown);
  SpanCounter& counter = builder_.BeginSpans(services, strings_);
  for (size_t resource = 0; resource < layout.resource_rows.size(); ++resource) {
    const uint32_t number = layout.resource_rows[resource];
    uint32_t& service = service_of[number];
    if (service == kUnknown) service = ServiceOf(number, services);
    const uint32_t begin = layout.span_begins[layout.scope_begins[resource]];
    const uint32_t end = layout.span_begins[layout.scope_begins[resource + 1]];
    for (uint32_t span = begin; span < end; ++span) {
      if (span + kRowsAhead < rows.size()) {
        __builtin_prefetch(&spans.start_unix_nanos[rows[span + kRowsAhead]]);
        __builtin_prefetch(&spans.end_unix_nanos[rows[span + kRowsAhead]]);
        __builtin_prefetch(&spans.name[rows[span + kRowsAhead]]);
      }
      const uint32_t row = rows[span];
      const uint64_t start = spans.start_unix_nanos[row];
      counter.AddSpan({service, spans.name[row], spans.kind[row], spans.status_code[row], start,
                       DurationBetween(start, spans.end_unix_nanos[row])});
    }
  }
  builder_.EndSpans();
}

}  // namespace vivace
