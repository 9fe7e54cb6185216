// Values that Zipkin clients write as text: numbers and booleans in tags, attributes as JSON in
// annotations and links.
//
// Pure functions but for the reader's buffers; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "columns/span_batch.h"
#include "receive/wire/json_reader.h"

namespace vivace {

// The value that a text stands for: -?digits an integer, -?digits.digits a double, true and false
// booleans; else the text.
AttributeValue ParseStringTag(std::string_view text);

// Calls on_attribute for each scalar member of a JSON object. False where the text is none.
bool ReadJsonAttributes(
    JsonReader& reader, std::string_view json,
    const std::function<void(std::string_view key, const AttributeValue& value)>& on_attribute);

}  // namespace vivace
