// Errors for bad requests, and decoding of protobuf requests. Pure functions, any thread.
#pragma once

#include <fmt/format.h>

#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

inline std::unexpected<Error> BadRequest(std::string text) {
  return Fail(ErrorCode::kInvalidArgument, std::move(text));
}

// Calls decode_field(reader, parameters) for each field of the message. INVALID_ARGUMENT, naming
// the message `what`, for malformed bytes.
template <typename Parameters, typename DecodeField>
Result<Parameters> DecodeRequest(std::string_view message, std::string_view what,
                                 Parameters parameters, const DecodeField& decode_field) {
  try {
    protozero::pbf_reader reader(message.data(), message.size());
    while (reader.next()) decode_field(reader, parameters);
  } catch (const protozero::exception& problem) {
    return BadRequest(fmt::format("{} cannot be decoded: {}", what, problem.what()));
  }
  return parameters;
}

}  // namespace vivace
