// Attribute values of OTLP/JSON: scalars become AttributeValue directly, arrays and key-value lists
// their OTLP protobuf encoding.
//
// Part of the OTLP/JSON decoder. Nesting is limited, because the decoder and every later reader of
// the encoded value recurse.
#pragma once

#include <string>

#include "columns/any_value_json.h"
#include "columns/span_batch.h"
#include "receive/wire/json_reader.h"

namespace vivace {

// Reads an AnyValue object. Text of the value points into the reader or into `scratch`, which is
// overwritten.
bool ReadAnyValue(JsonReader& reader, JsonReader::Value json, std::string& scratch,
                  AttributeValue& value);

// Appends the Resource message field entity_refs (3) for one EntityRef object.
bool AppendEntityRef(JsonReader& reader, JsonReader::Value json, std::string& encoded);

}  // namespace vivace
