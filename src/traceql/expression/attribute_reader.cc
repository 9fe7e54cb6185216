#include "traceql/expression/attribute_reader.h"

#include <algorithm>
#include <unordered_map>

namespace vivace::traceql {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsScope(const Attribute& attribute, Scope scope) { return attribute.intrinsic == Intrinsic::kNone && attribute.scope == scope; }

}  // namespace

Reach ReachOf(const Attribute& attribute) {
  switch (attribute.intrinsic) {
    case Intrinsic::kEventName:
    case Intrinsic::kEventTimeSinceStart:
      return Reach::kEvent;
    case Intrinsic::kLinkTraceId:
    case Intrinsic::kLinkSpanId:
      return Reach::kLink;
    default:
      if (IsScope(attribute, Scope::kEvent)) return Reach::kEvent;
      return IsScope(attribute, Scope::kLink) ? Reach::kLink : Reach::kSpan;
  }
}

Result<AttributeReader> AttributeReader::Make(const Attribute& attribute, const ViewRows& rows) {
  AttributeReader reader(attribute, rows);
  VIVACE_TRY(attribute.intrinsic == Intrinsic::kNone ? reader.LoadAttribute() : reader.LoadIntrinsic());
  if (reader.kind_ == RowKind::kEvent || reader.kind_ == RowKind::kLink) VIVACE_TRY(rows.Load(reader.kind_));
  return reader;
}

Status AttributeReader::LoadAttribute() {
  ColumnView& view = rows_->view();
  const auto load = [&](RowKind owner, const Column*& column) -> Status {
    VIVACE_ASSIGN(column, view.LoadAttribute(owner, attribute_.key));
    return {};
  };
  switch (attribute_.scope) {
    case Scope::kNone:
      VIVACE_TRY(load(RowKind::kResource, second_));
      return load(RowKind::kSpan, first_);
    case Scope::kSpan:
      return load(kind_ = RowKind::kSpan, first_);
    case Scope::kResource:
      empty_if_missing_ = attribute_.key == "service.name";
      return load(kind_ = RowKind::kResource, first_);
    case Scope::kEvent:
      return load(kind_ = RowKind::kEvent, first_);
    case Scope::kLink:
      return load(kind_ = RowKind::kLink, first_);
    case Scope::kInstrumentation:
      return load(kind_ = RowKind::kScope, first_);
  }
  return {};
}

Status AttributeReader::LoadIntrinsic() {
  ColumnView& view = rows_->view();
  const auto load = [&](RowKind kind, Field field, const Column*& column) -> Status {
    kind_ = kind;
    VIVACE_ASSIGN(column, view.Load(field));
    return {};
  };
  switch (attribute_.intrinsic) {
    case Intrinsic::kDuration:
      return load(RowKind::kSpan, Field::kSpanDuration, first_);
    case Intrinsic::kName:
      return load(RowKind::kSpan, Field::kSpanName, first_);
    case Intrinsic::kStatus:
      return load(RowKind::kSpan, Field::kSpanStatus, first_);
    case Intrinsic::kStatusMessage:
      return load(RowKind::kSpan, Field::kSpanStatusMessage, first_);
    case Intrinsic::kKind:
      return load(RowKind::kSpan, Field::kSpanKind, first_);
    case Intrinsic::kSpanId:
      return load(RowKind::kSpan, Field::kSpanId, first_);
    case Intrinsic::kSpanParentId:
      return load(RowKind::kSpan, Field::kSpanParentId, first_);
    case Intrinsic::kSpanChildCount:
      return CountChildren();
    case Intrinsic::kRootName:
      return load(RowKind::kTrace, Field::kTraceRootName, first_);
    case Intrinsic::kRootServiceName:
      return load(RowKind::kTrace, Field::kTraceRootService, first_);
    case Intrinsic::kTraceDuration:
      VIVACE_TRY(load(RowKind::kTrace, Field::kTraceStart, second_));
      return load(RowKind::kTrace, Field::kTraceEnd, first_);
    case Intrinsic::kTraceId: {
      kind_ = RowKind::kTrace;
      VIVACE_ASSIGN(ids_, view.TraceIds());
      return {};
    }
    case Intrinsic::kEventName:
      return load(RowKind::kEvent, Field::kEventName, first_);
    case Intrinsic::kEventTimeSinceStart:
      VIVACE_TRY(load(RowKind::kSpan, Field::kSpanStart, second_));
      return load(RowKind::kEvent, Field::kEventTime, first_);
    case Intrinsic::kLinkTraceId: {
      kind_ = RowKind::kLink;
      VIVACE_ASSIGN(ids_, view.LinkTraceIds());
      return {};
    }
    case Intrinsic::kLinkSpanId:
      return load(RowKind::kLink, Field::kLinkSpanId, first_);
    case Intrinsic::kInstrumentationName:
      return load(RowKind::kScope, Field::kScopeName, first_);
    case Intrinsic::kInstrumentationVersion:
      return load(RowKind::kScope, Field::kScopeVersion, first_);
    case Intrinsic::kNestedSetLeft:
    case Intrinsic::kNestedSetRight:
    case Intrinsic::kNestedSetParent: {
      VIVACE_ASSIGN(nested_sets_, view.NestedSets());
      return {};
    }
    case Intrinsic::kNone:
    case Intrinsic::kParent:
      return {};
  }
  return {};
}

// A span's children are those of its trace that name it as their parent; of spans with one id the first one has them.
Status AttributeReader::CountChildren() {
  VIVACE_TRY(rows_->Load(RowKind::kTrace));
  VIVACE_ASSIGN(const Column* ids, rows_->view().Load(Field::kSpanId));
  VIVACE_ASSIGN(const Column* parents, rows_->view().Load(Field::kSpanParentId));
  auto counts = std::make_shared<std::vector<uint32_t>>(rows_->span_count(), 0);
  std::unordered_map<uint64_t, uint32_t> spans;
  for (uint32_t trace = 0; trace < rows_->trace_count(); ++trace) {
    const auto [begin, end] = rows_->SpansOf(trace);
    spans.clear();
    for (uint32_t span = begin; span < end; ++span) spans.try_emplace(ids->numbers[span], span);
    for (uint32_t span = begin; span < end; ++span) {
      if (parents->numbers[span] == 0) continue;
      if (const auto parent = spans.find(parents->numbers[span]); parent != spans.end()) ++(*counts)[parent->second];
    }
  }
  child_counts_ = std::move(counts);
  return {};
}

uint32_t AttributeReader::RowOf(const Place& place) const {
  switch (kind_) {
    case RowKind::kTrace:
      return rows_->TraceOf(place.span);
    case RowKind::kResource:
      return rows_->ResourceOf(place.span);
    case RowKind::kScope:
      return rows_->ScopeOf(place.span);
    case RowKind::kEvent:
      return place.event;
    case RowKind::kLink:
      return place.link;
    default:
      return place.span;
  }
}

AttributeReader::Coded AttributeReader::ReadCode(const Place& place) const {
  const uint32_t row = RowOf(place);
  if (first_ != nullptr && !first_->has_numbers() && row != Place::kNone) {
    if (const uint32_t code = first_->codes[row]; code != Column::kMissing) return {first_, code, false};
  }
  if (!IsScope(attribute_, Scope::kNone) || second_ == nullptr) return {};
  const uint32_t code = second_->codes[rows_->ResourceOf(place.span)];
  return code == Column::kMissing ? Coded() : Coded{second_, code, true};
}

Place AttributeReader::FirstPlaceOf(uint32_t span) const {
  Place first{.span = span};
  if (kind_ != RowKind::kEvent && kind_ != RowKind::kLink) return first;
  ForEachPlace(span, [&](const Place& place) {
    const bool is_there = !Read(place).is_nil();
    if (is_there) first = place;
    return !is_there;
  });
  return first;
}

AttributeReader::CodedColumn AttributeReader::OnlyColumn() const {
  const bool is_unscoped = IsScope(attribute_, Scope::kNone);
  const bool is_resource_only = is_unscoped && first_ == nullptr;
  if (is_unscoped && first_ != nullptr && second_ != nullptr) return {};
  const Column* column = is_resource_only ? second_ : first_;
  if (column == nullptr || column->has_numbers()) return {};
  const RowKind kind = is_resource_only ? RowKind::kResource : kind_;
  if (kind == RowKind::kEvent || kind == RowKind::kLink) return {};
  return {column, kind};
}

Datum AttributeReader::ValueIfMissing() const {
  return attribute_.intrinsic != Intrinsic::kNone || empty_if_missing_ ? Datum::String("") : Datum();
}

Datum AttributeReader::Read(const Place& place) const {
  if (attribute_.intrinsic != Intrinsic::kNone) return ReadIntrinsic(place);
  return ValueOf(ReadCode(place));
}

Datum AttributeReader::ValueOf(const Coded& coded) const {
  const Datum datum = coded.column == nullptr ? Datum() : Datum::Of(coded.column->values->Value(coded.code));
  if (empty_if_missing_ && (!datum.is_scalar() || datum.type != ValueType::kString)) return Datum::String("");
  return datum;
}

// Of a column of texts; missing ones are empty.
Datum AttributeReader::Text(uint32_t row) const {
  const uint32_t code = first_->codes[row];
  return Datum::String(code == Column::kMissing ? std::string_view() : first_->values->Value(code).text);
}

Datum AttributeReader::Hex(std::string_view raw) const {
  char* to = hex_.data();
  for (const char c : raw) {
    const auto byte = static_cast<uint8_t>(c);
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 15];
  }
  return Datum::String({hex_.data(), static_cast<size_t>(to - hex_.data())});
}

Datum AttributeReader::ReadIntrinsic(const Place& place) const {
  const uint32_t row = RowOf(place);
  if (row == Place::kNone) return {};
  const auto number = [&] { return static_cast<int64_t>(first_->numbers[row]); };
  const auto span_id = [&] {
    const uint64_t big_endian = __builtin_bswap64(first_->numbers[row]);
    return Hex({reinterpret_cast<const char*>(&big_endian), sizeof big_endian});
  };
  const auto trace_id = [&] {
    std::string_view digits = Hex(ids_[row].View()).text;
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return Datum::String(digits);
  };
  switch (attribute_.intrinsic) {
    case Intrinsic::kDuration:
      return Datum::Duration(number());
    case Intrinsic::kTraceDuration:
      return Datum::Duration(static_cast<int64_t>(first_->numbers[row] - second_->numbers[row]));
    case Intrinsic::kEventTimeSinceStart:
      return Datum::Duration(static_cast<int64_t>(first_->numbers[row] - second_->numbers[place.span]));
    case Intrinsic::kStatus:
      return Datum::Status(number());
    case Intrinsic::kKind:
      return Datum::Kind(number());
    case Intrinsic::kSpanId:
    case Intrinsic::kSpanParentId:
    case Intrinsic::kLinkSpanId:
      return span_id();
    case Intrinsic::kTraceId:
    case Intrinsic::kLinkTraceId:
      return trace_id();
    case Intrinsic::kSpanChildCount:
      return Datum::Int((*child_counts_)[row]);
    case Intrinsic::kNestedSetLeft:
      return Datum::Int(nested_sets_[row].left);
    case Intrinsic::kNestedSetRight:
      return Datum::Int(nested_sets_[row].right);
    case Intrinsic::kNestedSetParent:
      return Datum::Int(nested_sets_[row].parent);
    case Intrinsic::kNone:
    case Intrinsic::kParent:
      return {};
    default:
      return Text(row);
  }
}

}  // namespace vivace::traceql
