#include "traceql/expression/comparison.h"

#include <algorithm>

#include "base/ascii.h"

namespace vivace::traceql {
namespace {

constexpr size_t kSpanIdDigits = 16;

// Ids as they print: lower case; trace ids without leading zeros, span ids with all of them.
Value Normalized(const Attribute& attribute, Operator op, Value literal) {
  if (literal.type != ValueType::kString || IsRegex(op)) return literal;
  const Intrinsic intrinsic = attribute.intrinsic;
  const bool is_trace_id = intrinsic == Intrinsic::kTraceId || intrinsic == Intrinsic::kLinkTraceId;
  const bool is_span_id = intrinsic == Intrinsic::kSpanId ||
                          intrinsic == Intrinsic::kSpanParentId ||
                          intrinsic == Intrinsic::kLinkSpanId;
  if (!is_trace_id && !is_span_id) return literal;
  std::string& text = literal.text;
  text = ToLowerAscii(text);
  if (is_trace_id) text.erase(0, text.find_first_not_of('0'));
  if (is_span_id && text.size() < kSpanIdDigits) text.insert(0, kSpanIdDigits - text.size(), '0');
  return literal;
}

// A span without events has no event of this name: that differs from every name.
bool IsEventOrLinkText(const Attribute& attribute) {
  return attribute.intrinsic == Intrinsic::kEventName ||
         attribute.intrinsic == Intrinsic::kLinkSpanId ||
         attribute.intrinsic == Intrinsic::kLinkTraceId;
}

}  // namespace

Comparison::Comparison(const Attribute& attribute, Operator op, const Value& literal)
    : op_(op),
      literal_(Normalized(attribute, op, literal)),
      regex_(IsRegex(op) ? Regex::Compile(literal.text) : std::nullopt),
      missing_differs_(op == Operator::kNotEqual && IsEventOrLinkText(attribute)) {}

std::optional<std::string_view> Comparison::only_text() const {
  if (op_ != Operator::kEqual || literal_.type != ValueType::kString) return std::nullopt;
  return literal_.text;
}

std::optional<int64_t> Comparison::bound() const {
  const bool is_whole = literal_.type == ValueType::kInt || literal_.type == ValueType::kDuration;
  return is_whole && IsComparison(op_) ? std::optional(literal_.number) : std::nullopt;
}

bool Comparison::Holds(const Datum& value) const {
  if (IsRegex(op_)) {
    if (value.form == Datum::Form::kOpaque || !regex_) return false;
    const auto matches = [&](const Datum& text) {
      return text.type == ValueType::kString &&
             regex_->Matches(text.text) == (op_ == Operator::kMatch);
    };
    return value.is_scalar() ? matches(value) : value.AnyElement(matches);
  }
  if (value.is_nil()) return missing_differs_;
  const Result<Datum> result = Apply(op_, value, Datum::Of(literal_));
  return result.has_value() && result->is_true();
}

bool Comparison::MayHoldBetween(const Datum& first, const Datum& last) const {
  const auto is = [this](Operator op, const Datum& bound) {
    const Result<Datum> result = Apply(op, bound, Datum::Of(literal_));
    return result.has_value() && result->is_true();
  };
  const bool is_text = first.type == ValueType::kString;
  switch (op_) {
    case Operator::kEqual:
      if (is_text && literal_.type == ValueType::kString)
        return first.text <= literal_.text &&
               literal_.text.substr(0, last.text.size()) <= last.text;
      return is(Operator::kLessEqual, first) && is(Operator::kGreaterEqual, last);
    case Operator::kLess:
    case Operator::kLessEqual:
      return is_text || Holds(first);
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      return is_text || Holds(last);
    default:
      return true;
  }
}

}  // namespace vivace::traceql
