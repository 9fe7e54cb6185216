// Attribute values as the JSON that a person would write: numbers unquoted, bytes in hexadecimal, arrays and objects as such.
//
// Pure functions, any thread; a broken encoding of an array or list shows as null.
#pragma once

#include "base/json_writer.h"
#include "columns/span_batch.h"

namespace vivace {

void WritePlainValue(const AttributeValue& value, JsonWriter& json);

}  // namespace vivace
