// Attribute values as plain text, where a protocol or a comparison knows texts only. Pure, any thread.
#pragma once

#include <string>

#include "columns/span_batch.h"

namespace vivace {

// A text as it is, numbers and booleans as they print; arrays, lists and bytes as hexadecimal digits of what is stored.
std::string PlainTextOf(const AttributeValue& value);

}  // namespace vivace
