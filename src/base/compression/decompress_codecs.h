// The decoders behind Decompress (base/compression/decompress.h), one per format; errors and bounds
// as documented there. Not for other callers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

enum class DeflateWrapper { kGzip, kZlib };

Result<std::string> DecompressDeflate(DeflateWrapper wrapper, std::string_view body,
                                      size_t bytes_max);
Result<std::string> DecompressZstd(std::string_view body, size_t bytes_max);
Result<std::string> DecompressSnappy(std::string_view body, size_t bytes_max);
Result<std::string> DecompressLz4(std::string_view body, size_t bytes_max);

// The answer when more than the limit comes out.
std::unexpected<Error> BodyTooLarge();
std::unexpected<Error> CorruptBody(std::string message);

// How much a streaming decoder writes at a time, and so by how much the limit may be overshot
// before it is noticed.
inline constexpr size_t kDecompressChunkBytes = 64 << 10;

}  // namespace vivace
