// Reads an OTLP AnyValue message as an AttributeValue that views into it, and checks what it holds.
// Any thread, no allocation. Malformed bytes throw protozero's exceptions: decoders catch them at
// their boundary.
#pragma once

#include <string_view>

#include "columns/any_value_json.h"  // kAnyValueDepthMax
#include "columns/span_batch.h"

namespace vivace {

// Thrown for nesting beyond kAnyValueDepthMax; caught where protozero's exceptions are.
struct AnyValueTooDeep {};

// The value of an encoded AnyValue. Of several members the last one counts, as protobuf has it.
AttributeValue ReadAnyValue(std::string_view message, int depth = 0);

}  // namespace vivace
