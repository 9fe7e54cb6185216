// The part of AttributeReader that reads intrinsics: which columns each of them needs, and how its
// value comes of them.
#include <algorithm>
#include <unordered_map>

#include "columns/span_times.h"
#include "traceql/expression/attribute_reader.h"

namespace vivace::traceql {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

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

// A span's children are those of its trace that name it as their parent; of spans with one id the
// first one has them.
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
      if (const auto parent = spans.find(parents->numbers[span]); parent != spans.end())
        ++(*counts)[parent->second];
    }
  }
  child_counts_ = std::move(counts);
  return {};
}

// Of a column of texts; missing ones are empty.
Datum AttributeReader::Text(uint32_t row) const {
  const uint32_t code = first_->codes[row];
  return Datum::String(code == Column::kMissing ? std::string_view()
                                                : first_->values->Value(code).text);
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

Datum AttributeReader::ReadIntrinsic(const Cursor& cursor) const {
  const uint32_t row = RowOf(cursor);
  if (row == Cursor::kNone) return {};
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
      return Datum::Duration(
          static_cast<int64_t>(DurationBetween(second_->numbers[row], first_->numbers[row])));
    case Intrinsic::kEventTimeSinceStart:
      return Datum::Duration(static_cast<int64_t>(
          DurationBetween(second_->numbers[cursor.span], first_->numbers[row])));
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
