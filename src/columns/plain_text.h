// Attribute values as plain text, where a protocol or a comparison knows texts only, and numbers
// that came as text. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "columns/span_batch.h"

namespace vivace {

// A text as it is, numbers and booleans as they print; arrays, lists and bytes as hexadecimal
// digits of what is stored.
std::string PlainTextOf(const AttributeValue& value);

// The integer that a value is, or that its text parses as: status codes come as either.
std::optional<int64_t> IntegerOf(const AttributeValue& value);

}  // namespace vivace
