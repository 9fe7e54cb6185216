// Aggregator: count, sum, average, smallest and largest of values, as scalar filters use them
// (spec/traceql.md 3.4).
//
// Values are added one by one; nil, NaN and what can't be queried are skipped. Whole numbers stay
// whole and durations durations where all values are; else numbers are treated as floats. One
// thread, constant memory but for the text of a smallest or largest string.
#pragma once

#include <cstdint>

#include "traceql/syntax/ast.h"
#include "traceql/value/datum.h"

namespace vivace::traceql {

class Aggregator {
 public:
  explicit Aggregator(Aggregate aggregate) : aggregate_(aggregate) {}

  void Add(const Datum& value);
  // Nil where nothing was added (but 0 of kCount).
  Value Result() const;

 private:
  void AddNumber(const Datum& value);
  void AddExtreme(const Datum& value);

  Aggregate aggregate_;
  int64_t count_ = 0;
  int64_t integer_sum_ = 0;  // sum of ints or durations, wrapping
  double real_sum_ = 0;
  ValueType type_ = ValueType::kNil;  // of the sum
  Value extreme_;
};

}  // namespace vivace::traceql
