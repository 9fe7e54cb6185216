#include "traceql/expression/attribute_reader.h"

namespace vivace::traceql {
namespace {

bool HasScope(const Attribute& attribute, Scope scope) {
  return attribute.intrinsic == Intrinsic::kNone && attribute.scope == scope;
}

}  // namespace

AttributeLevel LevelOf(const Attribute& attribute) {
  switch (attribute.intrinsic) {
    case Intrinsic::kEventName:
    case Intrinsic::kEventTimeSinceStart:
      return AttributeLevel::kEvent;
    case Intrinsic::kLinkTraceId:
    case Intrinsic::kLinkSpanId:
      return AttributeLevel::kLink;
    default:
      if (HasScope(attribute, Scope::kEvent)) return AttributeLevel::kEvent;
      return HasScope(attribute, Scope::kLink) ? AttributeLevel::kLink : AttributeLevel::kSpan;
  }
}

Result<AttributeReader> AttributeReader::Make(const Attribute& attribute, const ViewRows& rows) {
  AttributeReader reader(attribute, rows);
  VIVACE_TRY(attribute.intrinsic == Intrinsic::kNone ? reader.LoadAttribute()
                                                     : reader.LoadIntrinsic());
  if (reader.kind_ == RowKind::kEvent || reader.kind_ == RowKind::kLink)
    VIVACE_TRY(rows.Load(reader.kind_));
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
      empty_if_missing_ = IsServiceName(attribute_);
      VIVACE_TRY(load(RowKind::kResource, second_));
      return load(RowKind::kSpan, first_);
    case Scope::kSpan:
      return load(kind_ = RowKind::kSpan, first_);
    case Scope::kResource:
      empty_if_missing_ = IsServiceName(attribute_);
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

AttributeReader::CodedValue AttributeReader::ReadCode(const Cursor& cursor) const {
  const uint32_t row = RowOf(cursor);
  if (first_ != nullptr && !first_->has_numbers() && row != Cursor::kNone) {
    if (const uint32_t code = first_->codes[row]; code != Column::kMissing)
      return {first_, code, false};
  }
  if (!HasScope(attribute_, Scope::kNone) || second_ == nullptr) return {};
  const uint32_t code = second_->codes[rows_->ResourceOf(cursor.span)];
  return code == Column::kMissing ? CodedValue() : CodedValue{second_, code, true};
}

Cursor AttributeReader::FirstCursorOf(uint32_t span) const {
  Cursor first{.span = span};
  if (kind_ != RowKind::kEvent && kind_ != RowKind::kLink) return first;
  ForEachCursor(span, [&](const Cursor& cursor) {
    const bool is_there = !Read(cursor).is_nil();
    if (is_there) first = cursor;
    return !is_there;
  });
  return first;
}

AttributeReader::CodedColumn AttributeReader::SingleColumn() const {
  const bool is_unscoped = HasScope(attribute_, Scope::kNone);
  const bool is_resource_only = is_unscoped && first_ == nullptr;
  if (is_unscoped && first_ != nullptr && second_ != nullptr) return {};
  const Column* column = is_resource_only ? second_ : first_;
  if (column == nullptr || column->has_numbers()) return {};
  const RowKind kind = is_resource_only ? RowKind::kResource : kind_;
  if (kind == RowKind::kEvent || kind == RowKind::kLink) return {};
  return {column, kind};
}

Datum AttributeReader::ValueIfMissing() const {
  return attribute_.intrinsic != Intrinsic::kNone || empty_if_missing_ ? Datum::String("")
                                                                       : Datum();
}

Datum AttributeReader::Read(const Cursor& cursor) const {
  if (attribute_.intrinsic != Intrinsic::kNone) return ReadIntrinsic(cursor);
  return ValueOf(ReadCode(cursor));
}

Datum AttributeReader::ValueOf(const CodedValue& coded) const {
  const Datum datum =
      coded.column == nullptr ? Datum() : Datum::Of(coded.column->values->Value(coded.code));
  return empty_if_missing_ && datum.is_nil() ? Datum::String("") : datum;
}

}  // namespace vivace::traceql
