// Undoes the Content-Encoding of HTTP bodies and the grpc-encoding of messages, with a bound on
// what comes out.
//
// Used by receivers and by the gRPC listener, on any thread. A bomb is stopped at `bytes_max`:
// never more than `bytes_max` + 64 KiB of output is held (besides the decoder's own window, at most
// 8 MiB for zstd). Cost: one pass, one copy; decoder state is kept per thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

// `encoding`: "" or "identity", gzip (also several members), zlib, deflate (which senders mean as
// zlib, RFC 9110 8.4.1.2), zstd, snappy (block and framed format are told apart by the frame's
// magic), lz4 (frame). Errors:
//   INVALID_ARGUMENT    unknown encoding (`unsupported Content-Encoding: x`) or corrupt input
//                       (`gzip: invalid header`, `unexpected EOF`, ...)
//   RESOURCE_EXHAUSTED  more than `bytes_max` comes out: `http: request body too large`
Result<std::string> Decompress(std::string_view encoding, std::string_view body, size_t bytes_max);

}  // namespace vivace
