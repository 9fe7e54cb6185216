// Compression of query answers as the client's Accept-Encoding allows: zstd before gzip, from 1 KiB on (spec/api.md 0.5).
//
// Works on whole bodies, on the thread that answers. The compressor itself is passed in.
#pragma once

#include "base/http.h"

namespace vivace {

// Compresses `body` with "zstd" or "gzip".
using Compressor = std::function<Result<std::string>(std::string_view encoding, std::string_view body)>;

inline constexpr size_t kCompressedBytesMin = 1024;

// A respond that adds `Vary: Accept-Encoding` and compresses large bodies before it calls `respond`.
HttpRespond CompressAnswer(const HttpHeaders& request_headers, Compressor compress, HttpRespond respond);

}  // namespace vivace
