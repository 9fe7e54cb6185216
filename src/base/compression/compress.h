// Compresses response bodies and messages: gzip and zstd at their cheap levels. Any thread;
// contexts are kept per thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

// `encoding`: gzip or zstd; INVALID_ARGUMENT otherwise.
Result<std::string> Compress(std::string_view encoding, std::string_view body);

// What to answer a client that sent `accept_encoding` (an Accept-Encoding or grpc-accept-encoding
// list): zstd if it is listed, else gzip, else "" (spec/api.md 0.5). An entry with q=0 is not
// listed; other quality values are ignored.
std::string_view ChooseEncoding(std::string_view accept_encoding);

}  // namespace vivace
