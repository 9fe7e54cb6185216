// The elements of an array attribute, read from its encoded opentelemetry ArrayValue message.
// Pure functions, any thread; linear in the bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "columns/span_batch.h"

namespace vivace {

// Calls `visit` with each element: a string, bool, int or double; anything else (other kinds,
// nothing) as kEmpty. Stops where `visit` returns false. False for bytes that are no ArrayValue:
// what came before the fault has been visited.
bool ForEachElement(std::string_view encoded,
                    const std::function<bool(const AttributeValue&)>& visit);

// The encoded ArrayValue message of strings, bools, ints and doubles.
std::string EncodeArray(std::span<const AttributeValue> elements);

// What all elements are, if they are all of one kind that a column of values takes.
struct ArraySummary {
  ValueKind element =
      ValueKind::kEmpty;  // kEmpty: of several kinds, of another kind, or no array at all
  uint32_t count = 0;  // 0 and kEmpty for the array without elements, which is of one kind as well
  bool uniform = false;
};
ArraySummary SummarizeArray(std::string_view encoded);

}  // namespace vivace
