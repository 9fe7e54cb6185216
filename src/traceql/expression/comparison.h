// Comparison: an attribute compared with a literal: what most conditions of queries are.
//
// Compiled once (regular expressions, ids in the form in which they print), evaluated per value.
// Any thread once made.
#pragma once

#include <optional>
#include <string_view>

#include "traceql/value/attribute.h"
#include "traceql/value/datum.h"
#include "traceql/value/operators.h"
#include "traceql/value/regex.h"

namespace vivace::traceql {

class Comparison {
 public:
  // `op` is a comparison or a regular expression; the attribute is on its left.
  Comparison(const Attribute& attribute, Operator op, const Value& literal);

  // Whether a value of the attribute passes; of an array, some element. Nil passes only where a
  // name or id of no event or link differs.
  bool Holds(const Datum& value) const;

  // Whether one may pass that is not below `first` and not above `last`: false is certain. The last
  // of texts may be cut short.
  bool MayHoldBetween(const Datum& first, const Datum& last) const;

  // The only text that passes, and nothing but it does, if it is so.
  std::optional<std::string_view> only_text() const;
  // What whole numbers are compared with, where it is a whole number.
  std::optional<int64_t> bound() const;

 private:
  Operator op_;
  Value literal_;
  std::optional<Regex> regex_;
  bool missing_differs_ = false;
};

}  // namespace vivace::traceql
