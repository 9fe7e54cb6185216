#include "traceql/tags/tag_values.h"

#include <algorithm>
#include <array>

#include "columns/span_counts_view.h"
#include "traceql/expression/attribute_reader.h"
#include "traceql/pipeline/conditions.h"
#include "traceql/pipeline/counted_spans.h"
#include "traceql/tags/span_selection.h"
#include "traceql/value/datum.h"

namespace vivace::traceql {
namespace {

TagValue ToTagValue(const Datum& value) {
  switch (value.type) {
    case ValueType::kInt:
      return {"int", std::to_string(value.number)};
    case ValueType::kFloat:
      return {"float", FormatFloat(value.real)};
    case ValueType::kBool:
      return {"bool", value.number != 0 ? "true" : "false"};
    case ValueType::kDuration:
      return {"duration", Format(value.ToValue())};
    case ValueType::kStatus:
      return {"keyword", StatusName(value.number)};
    case ValueType::kKind:
      return {"keyword", KindName(value.number)};
    default:
      return {"string", std::string(value.text)};
  }
}

// Names and texts, whose values are worth listing.
bool HasListedValues(const Attribute& attribute) {
  switch (attribute.intrinsic) {
    case Intrinsic::kNone:
    case Intrinsic::kName:
    case Intrinsic::kStatusMessage:
    case Intrinsic::kRootName:
    case Intrinsic::kRootServiceName:
    case Intrinsic::kEventName:
    case Intrinsic::kInstrumentationName:
    case Intrinsic::kInstrumentationVersion:
      return true;
    default:
      return false;
  }
}

// Where an attribute without scope is looked for.
constexpr std::array kAnyScope = {Scope::kSpan, Scope::kResource, Scope::kInstrumentation};

bool IsUnscoped(const Attribute& attribute) {
  return attribute.intrinsic == Intrinsic::kNone && attribute.scope == Scope::kNone;
}

}  // namespace

// Marks the codes that selected spans have, then looks at each once.
class TagValues::Job final : public ViewJob {
 public:
  Job(TagValues& values, const ViewRows& rows, SpanSelection selection)
      : values_(values), rows_(rows), selection_(std::move(selection)) {}

  Status AddReader(const Attribute& attribute) {
    VIVACE_ASSIGN(AttributeReader reader, AttributeReader::Make(attribute, rows_));
    readers_.push_back(std::move(reader));
    return {};
  }

  Status AddTrace(uint32_t trace) override { return selection_.AddTrace(trace); }
  Status AddAllTraces() override { return selection_.AddAllTraces(); }

  Status Finish() override {
    for (const AttributeReader& reader : readers_) AddValues(reader);
    return {};
  }

 private:
  void AddValues(const AttributeReader& reader) {
    std::vector<uint8_t> seen;
    if (const AttributeReader::CodedColumn coded = reader.SingleColumn(); coded.column != nullptr)
      return AddCodes(reader, coded);
    for (uint32_t span = 0, count = rows_.span_count(); span < count && !values_.is_full_; ++span) {
      if (!selection_.Has(span)) continue;
      reader.ForEachCursor(
          span, [&](const Cursor& cursor) { return AddValue(reader, cursor, seen), true; });
    }
  }

  void AddCodes(const AttributeReader& reader, const AttributeReader::CodedColumn& coded) {
    const std::vector<uint32_t>& codes = coded.column->codes;
    std::vector<uint8_t> seen(coded.column->values->size());
    bool is_missing = false;
    const auto see = [&](uint32_t code) {
      if (code == Column::kMissing) {
        is_missing = true;
      } else {
        seen[code] = 1;
      }
    };
    if (selection_.is_all()) {
      for (const uint32_t code : codes) see(code);
    } else if (coded.kind == RowKind::kSpan) {
      for (uint32_t span = 0, count = rows_.span_count(); span < count; ++span) {
        if (selection_.Has(span)) see(codes[span]);
      }
    } else {
      const std::span<const uint32_t> owners = rows_.view().Owners(coded.kind);
      for (uint32_t span = 0, count = rows_.span_count(); span < count; ++span) {
        if (selection_.Has(span)) see(codes[owners[span]]);
      }
    }
    for (uint32_t code = 0; code < seen.size() && !values_.is_full_; ++code) {
      if (seen[code] == 0) continue;
      // The value as it is stored, also where queries take it for something else
      // (resource.service.name: 7).
      values_.Add(Datum::Of(coded.column->values->Value(code)));
      values_.Add(reader.ValueOf({coded.column, code, false}));
    }
    if (is_missing) values_.Add(reader.ValueIfMissing());
  }

  void AddValue(const AttributeReader& reader, const Cursor& cursor, std::vector<uint8_t>& seen) {
    const AttributeReader::CodedValue coded = reader.ReadCode(cursor);
    if (coded.column != nullptr) {
      if (seen.empty()) seen.resize(coded.column->values->size());
      if (std::exchange(seen[coded.code], uint8_t{1}) != 0) return;
      // The value as it is stored, also where queries take it for something else
      // (resource.service.name: 7).
      values_.Add(Datum::Of(coded.column->values->Value(coded.code)));
    }
    values_.Add(reader.Read(cursor));
  }

  TagValues& values_;
  const ViewRows& rows_;
  SpanSelection selection_;
  std::vector<AttributeReader> readers_;
};

TagValues::TagValues(Attribute attribute, TagFilter filter, uint64_t bytes_max)
    : attribute_(std::move(attribute)),
      filter_(std::move(filter)),
      pruning_(IsUnscopedForTags(attribute_) ? EntryConditions() : filter_.entry_conditions()),
      bytes_max_(bytes_max) {
  AddFixed();
}

TagValues::~TagValues() = default;

void TagValues::AddFixed() {
  is_fixed_ = true;
  if (attribute_.intrinsic == Intrinsic::kStatus) {
    for (const int64_t status : {kStatusError, kStatusOk, kStatusUnset}) Add(Datum::Status(status));
  } else if (attribute_.intrinsic == Intrinsic::kKind) {
    for (int64_t kind = 0; kind <= 5; ++kind) Add(Datum::Kind(kind));
  } else if (const auto only = filter_.EqualTo(attribute_); only && HasListedValues(attribute_)) {
    Add(Datum::Of(*only));
  } else {
    is_fixed_ = !HasListedValues(attribute_) || filter_.passes_nothing();
  }
}

void TagValues::Add(TagValue value) {
  const uint64_t bytes = value.type.size() + value.value.size();
  if (values_.contains(value)) return;
  if (bytes_max_ != 0 && bytes_ + bytes > bytes_max_) {
    is_full_ = true;
    return;
  }
  bytes_ += bytes;
  values_.insert(std::move(value));
}

void TagValues::Add(const Datum& value) {
  if (value.is_nil() || value.form == Datum::Form::kOpaque) return;
  if (value.is_scalar()) return Add(ToTagValue(value));
  value.AnyElement([&](const Datum& element) {
    Add(ToTagValue(element));
    return false;
  });
}

TagFilter TagValues::Filter() const {
  return IsUnscopedForTags(attribute_) ? TagFilter() : filter_;
}

Result<std::unique_ptr<ViewJob>> TagValues::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(SpanSelection selection, SpanSelection::Make(Filter(), rows));
  auto job = std::make_unique<Job>(*this, rows, std::move(selection));
  if (!IsUnscoped(attribute_)) {
    VIVACE_TRY(job->AddReader(attribute_));
    return job;
  }
  for (const Scope scope : kAnyScope) {
    Attribute scoped = attribute_;
    scoped.scope = scope;
    VIVACE_TRY(job->AddReader(scoped));
  }
  return job;
}

std::unique_ptr<ViewQuery> TagValues::NewPart(const std::optional<DataRange>& /*range*/) const {
  return std::make_unique<TagValues>(attribute_, filter_, bytes_max_);
}

bool TagValues::is_counted() const {
  const bool is_filter_counted = !filter_.expr() || IsCountedExpr(filter_.query(), *filter_.expr());
  return IsCounted(attribute_) && is_filter_counted;
}

// Those that an index lists and that have all the attribute's values; none where there may be
// others. A resource that lacks service.name has the empty one, which no list has.
std::vector<ColumnName> TagValues::ListedColumns() const {
  const auto field = [](Field name) {
    return std::vector{ColumnName{.field = name, .owner = RowKind::kSpan, .key = {}}};
  };
  switch (attribute_.intrinsic) {
    case Intrinsic::kNone:
      break;
    case Intrinsic::kName:
      return field(Field::kSpanName);
    case Intrinsic::kEventName:
      return field(Field::kEventName);
    case Intrinsic::kInstrumentationName:
      return field(Field::kScopeName);
    default:
      return {};
  }
  if (attribute_.of_parent || IsServiceName(attribute_)) return {};
  std::vector<ColumnName> columns;
  const auto add = [&](Scope scope) {
    columns.push_back({.field = {}, .owner = OwnerOfScope(scope), .key = attribute_.key});
  };
  if (IsUnscoped(attribute_)) {
    std::ranges::for_each(kAnyScope, add);
  } else {
    add(attribute_.scope);
  }
  return columns;
}

Result<bool> TagValues::AddSummary(SourceSummary& summary) {
  VIVACE_ASSIGN(bool is_known, is_counted() ? AddCounted(summary) : false);
  if (!is_known && is_listed()) {
    VIVACE_ASSIGN(is_known, AddListed(summary));
  }
  return is_known && !is_full_;  // what there is room for depends on the order of the spans
}

Result<bool> TagValues::AddCounted(SourceSummary& summary) {
  VIVACE_ASSIGN(const std::shared_ptr<const SpanCounts> counts, summary.Counts());
  if (counts == nullptr) return false;
  SpanCountsView view(*counts);
  const ViewRows rows(view);
  VIVACE_ASSIGN(const std::unique_ptr<ViewJob> job, Open(rows));
  VIVACE_TRY(job->AddAllTraces());
  VIVACE_TRY(job->Finish());
  return true;
}

Result<bool> TagValues::AddListed(SourceSummary& summary) {
  const std::vector<ColumnName> columns = ListedColumns();
  for (size_t view = 0; view < summary.view_count(); ++view) {
    for (const ColumnName& column : columns) {
      VIVACE_ASSIGN(const std::shared_ptr<const ListedValues> listed, summary.Values(view, column));
      if (listed == nullptr) return false;
      for (uint32_t code = 0; code < listed->values->size(); ++code)
        Add(Datum::Of(listed->values->Value(code)));
    }
  }
  return true;
}

bool TagValues::HasRoomFor(const ViewQuery& part) const {
  return bytes_max_ == 0 || bytes_ + static_cast<const TagValues&>(part).bytes_ <= bytes_max_;
}

void TagValues::Merge(const ViewQuery& part) {
  const auto& from = static_cast<const TagValues&>(part);
  for (const TagValue& value : from.values_) Add(value);
  is_full_ |= from.is_full_;
}

bool TagValues::needs_whole_traces() const {
  return IsTraceLevel(attribute_) || filter_.is_trace_level();
}

}  // namespace vivace::traceql
