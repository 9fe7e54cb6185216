// Attributes in the protobuf JSON mapping of OTLP: [{"key":"k","value":{"intValue":"1"}}]. Shared
// by the answers that show attributes (traces, search results). Encoded arrays and key-value lists
// are decoded on the way; a malformed one is written as empty.
#pragma once

#include <span>

#include "base/json_writer.h"
#include "columns/span_batch.h"

namespace vivace {

// The object of an AnyValue: {"stringValue":"v"}, {} where it has no content.
void WriteAnyValue(const AttributeValue& value, JsonWriter& json);

// `"attributes":[...]` of an open object; nothing where there are none.
void WriteAttributes(const SpanBatch& batch, std::span<const AttributeCode> codes,
                     JsonWriter& json);

}  // namespace vivace
