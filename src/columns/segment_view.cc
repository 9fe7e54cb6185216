#include "columns/segment_view.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

#include "columns/span_times.h"

namespace vivace {
namespace {

uint64_t NumberOf(uint64_t value) { return value; }
uint64_t NumberOf(const SpanId& id) {
  uint64_t word = 0;
  std::memcpy(&word, id.bytes.data(), sizeof word);
  return __builtin_bswap64(word);
}

class SegmentStrings final : public ValueTable {
 public:
  SegmentStrings(const Segment& segment, uint32_t size) : segment_(segment), size_(size) {}
  uint32_t size() const override { return size_; }
  AttributeValue Value(uint32_t code) const override {
    return AttributeValue::String(segment_.String(code));
  }

 private:
  const Segment& segment_;
  const uint32_t size_;
};

class SegmentAttributes final : public ValueTable {
 public:
  SegmentAttributes(const Segment& segment, uint32_t size) : segment_(segment), size_(size) {}
  uint32_t size() const override { return size_; }
  AttributeValue Value(uint32_t code) const override {
    return Segment::Value(segment_.attributes()[code]);
  }

 private:
  const Segment& segment_;
  const uint32_t size_;
};

// The attributes of a segment and, with the codes after theirs, values made of several.
class AttributesAndMore final : public ValueTable {
 public:
  explicit AttributesAndMore(std::shared_ptr<const ValueTable> attributes)
      : attributes_(std::move(attributes)) {}
  // The code.
  uint32_t Add(RepeatedValues values) {
    more_.push_back(values.Take(storage_));
    return size() - 1;
  }
  uint32_t size() const override {
    return attributes_->size() + static_cast<uint32_t>(more_.size());
  }
  AttributeValue Value(uint32_t code) const override {
    return code < attributes_->size() ? attributes_->Value(code)
                                      : more_[code - attributes_->size()];
  }

 private:
  const std::shared_ptr<const ValueTable> attributes_;
  std::vector<AttributeValue> more_;
  std::deque<std::string> storage_;  // a deque, so that they stay where they are
};

class ColumnOfAttributes {
 public:
  ColumnOfAttributes(std::shared_ptr<const ValueTable> attributes, size_t rows)
      : column_{.values = std::move(attributes)} {
    column_.codes.reserve(rows);
  }
  void Append(uint32_t code) { column_.codes.push_back(code); }
  void AppendSeveral(RepeatedValues values) {
    if (more_ == nullptr) more_ = std::make_shared<AttributesAndMore>(column_.values);
    Append(more_->Add(std::move(values)));
  }
  Column Take() && {
    if (more_ != nullptr) column_.values = std::move(more_);
    return std::move(column_);
  }

 private:
  Column column_;
  std::shared_ptr<AttributesAndMore> more_;  // once there is one
};

}  // namespace

SegmentView::SegmentView(const Segment& segment, Order order)
    : segment_(segment),
      order_(order),
      snapshot_(segment.TakeSnapshot()),
      layout_(order == Order::kByTrace ? LayOutTraces(segment, snapshot_)
                                       : LayOutByArrival(segment, snapshot_)),
      strings_(std::make_shared<SegmentStrings>(segment, snapshot_.string_count)),
      attributes_(std::make_shared<SegmentAttributes>(segment, snapshot_.attribute_count)) {}

uint32_t SegmentView::rows(RowKind kind) const {
  switch (kind) {
    case RowKind::kTrace:
      return static_cast<uint32_t>(layout_.rows());
    case RowKind::kServiceStats:
      return 0;
    case RowKind::kResource:
      return static_cast<uint32_t>(layout_.resource_rows.size());
    case RowKind::kScope:
      return static_cast<uint32_t>(layout_.scope_rows.size());
    case RowKind::kSpan:
      return static_cast<uint32_t>(layout_.spans());
    case RowKind::kEvent:
      return static_cast<uint32_t>(layout_.event_rows.size());
    case RowKind::kLink:
      return static_cast<uint32_t>(layout_.link_rows.size());
  }
  return 0;
}

Result<std::span<const uint32_t>> SegmentView::Begins(RowKind kind) {
  switch (kind) {
    case RowKind::kResource:
      return layout_.resource_begins;
    case RowKind::kScope:
      return layout_.scope_begins;
    case RowKind::kSpan:
      return layout_.span_begins;
    case RowKind::kEvent:
      return layout_.event_begins;
    default:
      return layout_.link_begins;
  }
}

std::span<const uint32_t> SegmentView::Owners(RowKind kind) {
  std::vector<uint32_t>& owners = owners_[kind];
  if (owners.empty()) owners = MakeOwners(kind);
  return owners;
}

std::vector<uint32_t> SegmentView::MakeOwners(RowKind kind) const {
  if (is_by_trace())
    return OwnersFromBegins(kind, layout_.resource_begins, layout_.scope_begins,
                            layout_.span_begins);
  const Segment::Spans& spans = segment_.spans();
  std::vector<uint32_t> owners(snapshot_.span_count);
  for (uint32_t span = 0; span < snapshot_.span_count; ++span) {
    const uint32_t scope = spans.scope[span];
    owners[span] = kind == RowKind::kTrace   ? spans.trace[span]
                   : kind == RowKind::kScope ? scope
                                             : segment_.scopes()[scope].resource;
  }
  return owners;
}

// A start of 0 is not known.
void SegmentView::ComputeTraceTimes() {
  if (layout_.start_unix_nanos.size() == layout_.rows()) return;
  layout_.start_unix_nanos.assign(layout_.rows(), 0);
  layout_.end_unix_nanos.assign(layout_.rows(), 0);
  const Segment::Spans& spans = segment_.spans();
  for (uint32_t span = 0; span < snapshot_.span_count; ++span) {
    uint64_t& start = layout_.start_unix_nanos[spans.trace[span]];
    uint64_t& end = layout_.end_unix_nanos[spans.trace[span]];
    const uint64_t span_start = spans.start_unix_nanos[span];
    if (span_start != 0 && (start == 0 || span_start < start)) start = span_start;
    end = std::max(end, EndOfSpan(span_start, spans.end_unix_nanos[span]));
  }
}

Result<const Column*> SegmentView::Load(Field field) {
  std::unique_ptr<Column>& column = fields_[static_cast<size_t>(field)];
  if (!column) column = std::make_unique<Column>(MakeField(field));
  return column.get();
}

template <typename T>
Column SegmentView::Numbers(const ChunkedArray<T>& from, const std::vector<uint32_t>& rows) const {
  Column column;
  column.numbers.resize(rows.size());
  std::transform(rows.begin(), rows.end(), column.numbers.begin(),
                 [&](uint32_t row) { return NumberOf(from[row]); });
  return column;
}

template <typename Get>
Column SegmentView::Strings(const std::vector<uint32_t>& rows, const Get& get) const {
  Column column{.values = strings_};
  column.codes.resize(rows.size());
  std::transform(rows.begin(), rows.end(), column.codes.begin(), get);
  return column;
}

Column SegmentView::SpanEnds() const {
  Column column = Numbers(segment_.spans().end_unix_nanos, layout_.span_rows);
  const auto& starts = segment_.spans().start_unix_nanos;
  for (size_t span = 0; span < column.numbers.size(); ++span)
    column.numbers[span] = EndOfSpan(starts[layout_.span_rows[span]], column.numbers[span]);
  return column;
}

Column SegmentView::Durations() const {
  Column column = Numbers(segment_.spans().end_unix_nanos, layout_.span_rows);
  const auto& starts = segment_.spans().start_unix_nanos;
  for (size_t span = 0; span < column.numbers.size(); ++span) {
    column.numbers[span] = DurationBetween(starts[layout_.span_rows[span]], column.numbers[span]);
  }
  return column;
}

Column SegmentView::MakeField(Field field) {
  const Segment::Spans& spans = segment_.spans();
  switch (field) {
    case Field::kTraceStart:
      ComputeTraceTimes();
      return {.numbers = layout_.start_unix_nanos};
    case Field::kTraceEnd:
      ComputeTraceTimes();
      return {.numbers = layout_.end_unix_nanos};
    case Field::kTraceRootName:
      return RootNames();
    case Field::kTraceRootService:
      return RootServices();
    case Field::kScopeName:
      return Strings(layout_.scope_rows, [&](uint32_t row) { return segment_.scopes()[row].name; });
    case Field::kScopeVersion:
      return Strings(layout_.scope_rows,
                     [&](uint32_t row) { return segment_.scopes()[row].version; });
    case Field::kSpanId:
      return Numbers(spans.span_id, layout_.span_rows);
    case Field::kSpanParentId:
      return Numbers(spans.parent_span_id, layout_.span_rows);
    case Field::kSpanName:
      return Strings(layout_.span_rows, [&](uint32_t row) { return spans.name[row]; });
    case Field::kSpanKind:
      return Numbers(spans.kind, layout_.span_rows);
    case Field::kSpanStatus:
      return Numbers(spans.status_code, layout_.span_rows);
    case Field::kSpanStatusMessage:
      return Strings(layout_.span_rows, [&](uint32_t row) { return spans.status_message[row]; });
    case Field::kSpanStart:
      return Numbers(spans.start_unix_nanos, layout_.span_rows);
    case Field::kSpanEnd:
      return SpanEnds();
    case Field::kSpanDuration:
      return Durations();
    case Field::kEventName:
      return Strings(layout_.event_rows, [&](uint32_t row) { return segment_.events().name[row]; });
    case Field::kEventTime:
      return Numbers(segment_.events().time_unix_nanos, layout_.event_rows);
    case Field::kLinkSpanId:
      return Numbers(segment_.links().span_id, layout_.link_rows);
  }
  return {};
}

Column SegmentView::RootNames() const {
  Column column{.values = strings_};
  for (const uint32_t root : layout_.root_spans) {
    column.codes.push_back(root == TraceLayout::kNone
                               ? Column::kMissing
                               : segment_.spans().name[layout_.span_rows[root]]);
  }
  return column;
}

// The service of a root is its resource's first of that name, in Tempo's blocks as well; nobody's
// where that is no text.
Column SegmentView::RootServices() const {
  Column column{.values = attributes_};
  const std::optional<uint32_t> key = segment_.FindKey(snapshot_, "service.name");
  for (const uint32_t root : layout_.root_spans) {
    AttributeCode service = Column::kMissing;
    if (root != TraceLayout::kNone && key) {
      const Segment::Scope& scope =
          segment_.scopes()[segment_.spans().scope[layout_.span_rows[root]]];
      const Segment::Resource& resource = segment_.resources()[scope.resource];
      const ChunkedArray<AttributeCode>& codes = segment_.shared_codes();
      const Found found = Find(resource.attributes_begin, resource.attributes_end, codes, *key);
      if (found.first != Column::kMissing) service = codes[resource.attributes_begin + found.first];
      if (service != Column::kMissing &&
          segment_.attributes()[service].value_kind() != ValueKind::kString)
        service = Column::kMissing;
    }
    column.codes.push_back(service);
  }
  return column;
}

SegmentView::Found SegmentView::Find(uint32_t begin, uint32_t end,
                                     const ChunkedArray<AttributeCode>& codes, uint32_t key) const {
  Found found;
  for (uint32_t i = begin; i < end && !found.has_more; ++i) {
    if (segment_.attributes()[codes[i]].key() != key) continue;
    found.has_more = found.first != Column::kMissing;
    if (!found.has_more) found.first = i - begin;
  }
  return found;
}

RepeatedValues SegmentView::AllOf(RepeatedValues::Rule rule, uint32_t begin, uint32_t end,
                                  const ChunkedArray<AttributeCode>& codes, uint32_t key) const {
  RepeatedValues values(rule);
  for (uint32_t i = begin; i < end; ++i) {
    const Segment::Attribute& attribute = segment_.attributes()[codes[i]];
    if (attribute.key() == key) values.Add(Segment::Value(attribute));
  }
  return values;
}

Result<const Column*> SegmentView::LoadAttribute(RowKind owner, std::string_view key) {
  const auto [at, is_new] = attribute_columns_.try_emplace({owner, std::string(key)});
  if (is_new) {
    if (std::optional<Column> column = MakeAttribute(owner, key))
      at->second = std::make_unique<Column>(std::move(*column));
  }
  return at->second.get();
}

std::optional<Column> SegmentView::MakeAttribute(RowKind owner, std::string_view key) const {
  const std::optional<uint32_t> code = segment_.FindKey(snapshot_, key);
  if (!code) return std::nullopt;
  const RepeatedValues::Rule rule = RepeatedValues::RuleOf(owner, key);
  switch (owner) {
    case RowKind::kResource:
      return MakeSharedColumn(segment_.resources(), layout_.resource_rows, *code, rule);
    case RowKind::kScope:
      return MakeSharedColumn(segment_.scopes(), layout_.scope_rows, *code, rule);
    case RowKind::kSpan:
      return MakeShapedColumn(segment_.spans(), layout_.span_rows, *code);
    case RowKind::kEvent:
      return MakeShapedColumn(segment_.events(), layout_.event_rows, *code);
    case RowKind::kLink:
      return MakeShapedColumn(segment_.links(), layout_.link_rows, *code);
    default:
      return std::nullopt;
  }
}

// The list shape says where in a row's list the key stands: found once per shape.
template <typename Table>
Column SegmentView::MakeShapedColumn(const Table& table, const std::vector<uint32_t>& rows,
                                     uint32_t key) const {
  std::vector<std::optional<Found>> by_shape;
  ColumnOfAttributes column(attributes_, rows.size());
  for (const uint32_t row : rows) {
    const uint32_t shape = table.attribute_shapes[row];
    if (shape >= by_shape.size()) by_shape.resize(shape + 1);
    const auto [begin, end] = Segment::RangeOf(table.attribute_ends, row);
    if (!by_shape[shape]) by_shape[shape] = Find(begin, end, table.attribute_codes, key);
    const Found& found = *by_shape[shape];
    if (found.first == Column::kMissing) {
      column.Append(Column::kMissing);
    } else if (!found.has_more) {
      column.Append(table.attribute_codes[begin + found.first]);
    } else {
      column.AppendSeveral(
          AllOf(RepeatedValues::Rule::kAny, begin, end, table.attribute_codes, key));
    }
  }
  return std::move(column).Take();
}

template <typename Table>
Column SegmentView::MakeSharedColumn(const Table& table, const std::vector<uint32_t>& rows,
                                     uint32_t key, RepeatedValues::Rule rule) const {
  ColumnOfAttributes column(attributes_, rows.size());
  const ChunkedArray<AttributeCode>& codes = segment_.shared_codes();
  for (const uint32_t row : rows) {
    const uint32_t begin = table[row].attributes_begin;
    const uint32_t end = table[row].attributes_end;
    const Found found = Find(begin, end, codes, key);
    const bool is_text =
        found.first != Column::kMissing &&
        segment_.attributes()[codes[begin + found.first]].value_kind() == ValueKind::kString;
    if (found.first == Column::kMissing) {
      column.Append(Column::kMissing);
    } else if (!found.has_more && (is_text || rule == RepeatedValues::Rule::kAny)) {
      column.Append(codes[begin + found.first]);
    } else {
      column.AppendSeveral(AllOf(rule, begin, end, codes, key));
    }
  }
  return std::move(column).Take();
}

bool SegmentView::IsLoaded(RowKind owner, std::string_view key) const {
  return attribute_columns_.contains({owner, std::string(key)});
}

void SegmentView::Release(RowKind owner, std::string_view key) {
  attribute_columns_.erase({owner, std::string(key)});
}

Result<std::span<const TraceId>> SegmentView::TraceIds() {
  if (trace_ids_.empty()) {
    for (const uint32_t trace : layout_.traces) trace_ids_.push_back(segment_.traces()[trace].id);
  }
  return trace_ids_;
}

Result<std::span<const TraceId>> SegmentView::LinkTraceIds() {
  if (link_trace_ids_.empty()) {
    for (const uint32_t link : layout_.link_rows)
      link_trace_ids_.push_back(segment_.links().trace_id[link]);
  }
  return link_trace_ids_;
}

Result<std::span<const NestedSetNumbers>> SegmentView::NestedSets() { return layout_.nested_sets; }

// Calls `visit(codes, begin, end)` with the attribute list of each row.
template <typename Visit>
void SegmentView::ForEachList(RowKind owner, const Visit& visit) const {
  const auto shaped = [&](const auto& table, const std::vector<uint32_t>& rows) {
    for (const uint32_t row : rows) {
      const auto [begin, end] = Segment::RangeOf(table.attribute_ends, row);
      visit(table.attribute_codes, begin, end);
    }
  };
  const auto shared = [&](const auto& table, const std::vector<uint32_t>& rows) {
    for (const uint32_t row : rows)
      visit(segment_.shared_codes(), table[row].attributes_begin, table[row].attributes_end);
  };
  if (owner == RowKind::kResource) shared(segment_.resources(), layout_.resource_rows);
  if (owner == RowKind::kScope) shared(segment_.scopes(), layout_.scope_rows);
  if (owner == RowKind::kSpan) shaped(segment_.spans(), layout_.span_rows);
  if (owner == RowKind::kEvent) shaped(segment_.events(), layout_.event_rows);
  if (owner == RowKind::kLink) shaped(segment_.links(), layout_.link_rows);
}

// The segment has numbered its attributes already. But for a resource's service.name, which is a
// text even where there is none.
Result<std::unique_ptr<AttributePairs>> SegmentView::LoadPairs(RowKind owner) {
  auto pairs = std::make_unique<AttributePairs>();
  std::vector<uint32_t> number_of_code(snapshot_.attribute_count, AttributePairs::kNone);
  std::unordered_map<uint32_t, uint32_t> key_of_code;
  std::optional<uint32_t> left_out;
  if (owner == RowKind::kResource) left_out = segment_.FindKey(snapshot_, "service.name");
  const auto number = [&](AttributeCode code) {
    const uint32_t key = segment_.attributes()[code].key();
    if (key == left_out || number_of_code[code] != AttributePairs::kNone)
      return number_of_code[code];
    const auto next = static_cast<uint32_t>(pairs->keys.size());
    const auto [at, is_new] = key_of_code.try_emplace(key, next);
    if (is_new) pairs->keys.push_back(segment_.keys()[key].view());
    number_of_code[code] = static_cast<uint32_t>(pairs->pairs.size());
    pairs->pairs.push_back({at->second, Segment::Value(segment_.attributes()[code])});
    return number_of_code[code];
  };
  pairs->begins.push_back(0);
  ForEachList(owner, [&](const ChunkedArray<AttributeCode>& codes, uint32_t begin, uint32_t end) {
    for (uint32_t i = begin; i < end; ++i) pairs->numbers.push_back(number(codes[i]));
    pairs->begins.push_back(static_cast<uint32_t>(pairs->numbers.size()));
  });
  pairs->JoinRepeated([&](uint32_t i) {
    const uint32_t at = pairs->numbers[i];
    return at == AttributePairs::kNone ? AttributePairs::kNone : pairs->pairs[at].key;
  });
  return pairs;
}

Status SegmentView::ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) {
  std::vector<bool> seen;
  ForEachList(owner, [&](const ChunkedArray<AttributeCode>& codes, uint32_t begin, uint32_t end) {
    for (uint32_t i = begin; i < end; ++i) {
      const uint32_t key = segment_.attributes()[codes[i]].key();
      if (key >= seen.size()) seen.resize(key + 1);
      if (!seen[key]) add(segment_.keys()[key].view());
      seen[key] = true;
    }
  });
  return {};
}

}  // namespace vivace
