// Fields of answers that are left out where they are zero or empty, as in proto3: JSON and
// protobuf. Pure functions, any thread.
#pragma once

#include <protozero/pbf_writer.hpp>
#include <string_view>

#include "base/json_writer.h"

namespace vivace {

inline void WriteText(std::string_view key, std::string_view text, JsonWriter& json) {
  if (!text.empty()) json.Key(key), json.String(text);
}
inline void WriteNumber(std::string_view key, uint64_t number, JsonWriter& json) {
  if (number != 0) json.Key(key), json.Uint(number);
}
// 64-bit numbers are strings in JSON.
inline void WriteLong(std::string_view key, uint64_t number, JsonWriter& json) {
  if (number != 0) json.Key(key), json.QuotedUint(number);
}

inline void AddText(protozero::pbf_writer& out, uint32_t number, std::string_view text) {
  if (!text.empty()) out.add_string(number, text.data(), text.size());
}
inline void AddUint(protozero::pbf_writer& out, uint32_t number, uint64_t value) {
  if (value != 0) out.add_uint64(number, value);
}

}  // namespace vivace
