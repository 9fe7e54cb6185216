// AnyValue as proto-JSON and back: how a block's ValueUnsupported column keeps the values that have
// no column of their own (spec/storage.md 3.5):
// {"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"}]}}, {"bytesValue":"AP8B"}, {}.
//
// Pure functions, any thread. Both take what a receiver takes: kAnyValueDepthMax lists within each
// other, with any value in the innermost.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "columns/span_batch.h"

namespace vivace {

inline constexpr int kAnyValueDepthMax = 64;

// No spaces; 64-bit integers as strings, bytes as base64, NaN and infinities as strings. A value
// nested too deeply, or bytes that are no encoded ArrayValue or KeyValueList, become {} there:
// writing a block must not fail for one attribute.
std::string AnyValueToJson(const AttributeValue& value);

// The value; its text, if it has one, is kept in `storage`. INVALID_ARGUMENT for other JSON than
// AnyValueToJson (or protobuf's own JSON writer) makes.
Result<AttributeValue> AnyValueFromJson(std::string_view json, std::string& storage);

}  // namespace vivace
