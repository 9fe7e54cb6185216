#include "traceql/search/shown_attributes.h"

#include <algorithm>

namespace vivace::traceql {
namespace {

// What the answer has fields of its own for.
bool HasOwnField(const Attribute& attribute) {
  switch (attribute.intrinsic) {
    case Intrinsic::kDuration:
    case Intrinsic::kTraceDuration:
    case Intrinsic::kRootServiceName:
    case Intrinsic::kRootName:
    case Intrinsic::kTraceId:
    case Intrinsic::kSpanId:
      return true;
    default:
      return false;
  }
}

// Attributes show their key alone.
std::string KeyOf(const Attribute& attribute) {
  return attribute.intrinsic == Intrinsic::kNone ? attribute.key : Format(attribute);
}

}  // namespace

bool ShownAttributes::Test::Accepts(const Datum& value) const {
  switch (test) {
    case Condition::Test::kNotExists:
      return value.is_nil();
    case Condition::Test::kCompare:
      return comparison->Holds(value);
    default:
      return !value.is_nil();
  }
}

bool ShownAttributes::Entry::Accepts(const Datum& value) const {
  return std::ranges::any_of(tests, [&](const Test& test) { return test.Accepts(value); });
}

Result<ShownAttributes> ShownAttributes::Make(std::span<const Condition> conditions,
                                              const ViewRows& rows, Keys keys) {
  ShownAttributes shown(rows, keys);
  for (const Condition& condition : conditions) {
    Attribute attribute = condition.attribute;
    if (HasOwnField(attribute)) continue;
    Selected selected{.key = shown.NameOf(attribute), .entries = {}};
    const bool has_scope =
        attribute.intrinsic != Intrinsic::kNone || attribute.scope != Scope::kNone;
    for (const Scope scope : {Scope::kSpan, Scope::kResource}) {
      if (!has_scope) attribute.scope = scope;
      VIVACE_ASSIGN(const size_t entry, shown.Add(attribute, condition));
      selected.entries.push_back(entry);
      if (has_scope) break;
    }
    if (condition.shows_nil) shown.selected_.push_back(std::move(selected));
  }
  shown.is_shown_.resize(shown.entries_.size());
  return shown;
}

std::string ShownAttributes::NameOf(const Attribute& attribute) const {
  return keys_ == Keys::kKeyOnly ? KeyOf(attribute) : Format(attribute);
}

Result<size_t> ShownAttributes::Add(const Attribute& attribute, const Condition& condition) {
  Test test{.test = condition.test, .comparison = {}};
  if (condition.test == Condition::Test::kCompare)
    test.comparison = Comparison(attribute, condition.op, condition.literal);
  return AddTest(attribute, std::move(test));
}

Result<size_t> ShownAttributes::AddTest(const Attribute& attribute, Test test) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    const Attribute& known = entry.reader.attribute();
    if (known.intrinsic != attribute.intrinsic || known.scope != attribute.scope ||
        known.key != attribute.key)
      continue;
    entry.has_nil_test |= test.test == Condition::Test::kNotExists;
    entry.tests.push_back(std::move(test));
    return i;
  }
  VIVACE_ASSIGN(AttributeReader reader, AttributeReader::Make(attribute, *rows_));
  Entry entry{.reader = std::move(reader), .key = NameOf(attribute)};
  entry.has_nil_test = test.test == Condition::Test::kNotExists;
  entry.tests.push_back(std::move(test));
  entries_.push_back(std::move(entry));
  return entries_.size() - 1;
}

std::optional<OwnedDatum> ShownAttributes::ValueOf(const Entry& entry, uint32_t span) const {
  std::optional<OwnedDatum> shown;
  const auto look = [&](const Cursor& cursor) {
    const Datum value = entry.reader.Read(cursor);
    if (value.form == Datum::Form::kSeveral) {
      value.AnyElement([&](const Datum& one) {
        if (!entry.Accepts(one)) return false;
        shown = OwnedDatum(one);
        return true;
      });
    } else if (value.form == Datum::Form::kArray) {
      std::string storage;
      const Datum part = value.FilterElements(
          [&](const Datum& element) { return entry.Accepts(element); }, storage);
      if (!part.is_nil()) shown = OwnedDatum(part);
    } else if (value.form == Datum::Form::kScalar && entry.Accepts(value)) {
      shown = OwnedDatum(value.is_nil() ? Datum::String(entry.has_nil_test ? "nil" : "") : value);
    }
  };
  bool has_cursor = false;
  entry.reader.ForEachCursor(span, [&](const Cursor& cursor) {
    look(cursor);
    return has_cursor = true;
  });
  if (!has_cursor && !entry.has_nil_test)
    look({.span = span});  // a name that no event has differs from every other
  return shown;
}

void ShownAttributes::Read(uint32_t span, std::vector<FoundAttribute>& attributes,
                           std::string& name) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    std::optional<OwnedDatum> value = ValueOf(entry, span);
    is_shown_[i] = value ? 1 : 0;
    if (!value) continue;
    if (entry.reader.attribute().intrinsic == Intrinsic::kName) {
      name = value->View().text;
    } else {
      attributes.push_back({entry.key, *std::move(value)});
    }
  }
  for (const Selected& selected : selected_) {
    const bool is_there =
        std::ranges::any_of(selected.entries, [&](size_t i) { return is_shown_[i] != 0; });
    if (!is_there) attributes.push_back({selected.key, OwnedDatum(Datum::String("nil"))});
  }
}

}  // namespace vivace::traceql
