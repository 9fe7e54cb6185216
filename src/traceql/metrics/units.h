// Units of metrics: the duration of a span is measured in seconds, other durations in nanoseconds,
// all else as it is (spec/traceql.md 5.3).
//
// What the functions with an argument share. Pure functions, any thread.
#pragma once

#include "base/unix_time.h"
#include "traceql/value/attribute.h"
#include "traceql/value/datum.h"

namespace vivace::traceql {

// A value of the argument as a function counts it.
inline double MeasureOf(const Attribute& argument, const Datum& value) {
  return argument.intrinsic == Intrinsic::kDuration ? value.AsDouble() / kNanosPerSecond
                                                    : value.AsDouble();
}

// What bounds and quantiles of the argument's values are divided by when they are shown: durations
// of any kind are shown in seconds.
inline double UnitsPerShown(const Attribute& argument) {
  return TypeOf(argument.intrinsic) == ValueType::kDuration ? kNanosPerSecond : 1;
}

}  // namespace vivace::traceql
