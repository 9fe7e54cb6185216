// Bodies of requests to HTTP receivers: Content-Encoding undone, size limited. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/http.h"

namespace vivace {

// Undoes a Content-Encoding ("gzip", "zstd", ...) up to `bytes_max` bytes of content.
using Decompressor = std::function<Result<std::string>(std::string_view encoding,
                                                       std::string_view body, size_t bytes_max)>;

// Takes the body out of the request. INVALID_ARGUMENT for what cannot be decoded, or is larger than
// `bytes_max` as sent or afterwards.
Result<std::string> TakeBody(HttpRequest& request, const Decompressor& decompress,
                             size_t bytes_max);

// The media type of a Content-Type header: lower case, without parameters.
std::string MediaType(std::string_view content_type);

}  // namespace vivace
