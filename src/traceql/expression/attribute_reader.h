// AttributeReader: reads one attribute or intrinsic of the spans of a view.
//
// Made once per view, which loads the columns it needs (intrinsics: intrinsic_reader.cc); reading
// is a lookup. One thread. Texts of ids live in the reader until the next Read; all others as long
// as the view.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "traceql/expression/view_rows.h"
#include "traceql/value/attribute.h"
#include "traceql/value/datum.h"

namespace vivace::traceql {

// A span, and the event and link of it for which an expression is being evaluated.
struct Cursor {
  static constexpr uint32_t kNone = 0xffffffff;
  uint32_t span = 0;
  uint32_t event = kNone;
  uint32_t link = kNone;
};

// What a cursor must stand at for the attribute to have a value, beyond the span.
enum class AttributeLevel : uint8_t { kSpan, kEvent, kLink };
AttributeLevel LevelOf(const Attribute& attribute);

class AttributeReader {
 public:
  static Result<AttributeReader> Make(const Attribute& attribute, const ViewRows& rows);

  Datum Read(const Cursor& cursor) const;
  // Calls visit(cursor), which returns whether to go on, for each event (link) of the span where
  // the attribute is one of events (links), else for the span itself.
  template <typename Visit>
  void ForEachCursor(uint32_t span, const Visit& visit) const {
    const bool is_event = kind_ == RowKind::kEvent;
    if (!is_event && kind_ != RowKind::kLink) return void(visit(Cursor{.span = span}));
    const auto [begin, end] = is_event ? rows_->EventsOf(span) : rows_->LinksOf(span);
    for (uint32_t row = begin; row < end; ++row) {
      if (!visit(is_event ? Cursor{.span = span, .event = row} : Cursor{.span = span, .link = row}))
        return;
    }
  }
  // Of a span whose events (or links) may have several values, a cursor at the first one.
  Cursor FirstCursorOf(uint32_t span) const;

  // Where the value is a code of a table: that column and the code, so that results can be cached
  // by code. A null column: it is not.
  struct CodedValue {
    const Column* column = nullptr;
    uint32_t code = Column::kMissing;
    bool is_second = false;  // the resource's column of an attribute without scope
  };
  CodedValue ReadCode(const Cursor& cursor) const;
  Datum ValueOf(const CodedValue& coded) const;
  // What rows without a code have.
  Datum ValueIfMissing() const;

  // Where all values are codes of one column: that column, and what its rows are: spans, scopes,
  // resources or traces. A null column: not so.
  struct CodedColumn {
    const Column* column = nullptr;
    RowKind kind = RowKind::kSpan;
  };
  CodedColumn SingleColumn() const;
  // Where all spans of a trace have the same value.
  bool is_of_trace() const { return kind_ == RowKind::kTrace; }
  // Of kStatus and kKind: the number of each span, mostly a small one. Else null.
  const Column* Numbers() const {
    const bool is_enumeration =
        attribute_.intrinsic == Intrinsic::kStatus || attribute_.intrinsic == Intrinsic::kKind;
    return is_enumeration ? first_ : nullptr;
  }
  // Of kDuration.
  int64_t DurationOf(uint32_t span) const { return static_cast<int64_t>(first_->numbers[span]); }
  const Attribute& attribute() const { return attribute_; }

 private:
  AttributeReader(const Attribute& attribute, const ViewRows& rows)
      : attribute_(attribute), rows_(&rows) {}
  Status LoadIntrinsic();
  Status LoadAttribute();
  Status CountChildren();
  uint32_t RowOf(const Cursor& cursor) const;
  Datum ReadIntrinsic(const Cursor& cursor) const;
  Datum Text(uint32_t row) const;
  Datum Hex(std::string_view digits) const;

  Attribute attribute_;
  const ViewRows* rows_;
  RowKind kind_ = RowKind::kSpan;
  const Column* first_ = nullptr;   // null: no row has a value
  const Column* second_ = nullptr;  // of the resource, of an attribute without scope; or the start,
                                    // of other durations than a span's
  std::span<const TraceId> ids_;
  std::span<const NestedSetNumbers> nested_sets_;
  std::shared_ptr<const std::vector<uint32_t>> child_counts_;
  bool empty_if_missing_ = false;  // the resource's service.name, also asked for without scope
  mutable std::array<char, 32> hex_{};
};

inline uint32_t AttributeReader::RowOf(const Cursor& cursor) const {
  switch (kind_) {
    case RowKind::kTrace:
      return rows_->TraceOf(cursor.span);
    case RowKind::kResource:
      return rows_->ResourceOf(cursor.span);
    case RowKind::kScope:
      return rows_->ScopeOf(cursor.span);
    case RowKind::kEvent:
      return cursor.event;
    case RowKind::kLink:
      return cursor.link;
    default:
      return cursor.span;
  }
}

}  // namespace vivace::traceql
