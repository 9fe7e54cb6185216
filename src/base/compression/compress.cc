#include "base/compression/compress.h"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace vivace {
namespace {

// Level 1 of zstd and 4 of libdeflate: the knees of their curves for JSON and protobuf answers.
constexpr int kZstdLevel = 1;
constexpr int kGzipLevel = 4;

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeGzip {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

std::unexpected<Error> Failed(std::string_view encoding) {
  return Fail(ErrorCode::kInternal, std::string(encoding) + ": cannot compress");
}

Result<std::string> CompressZstd(std::string_view body) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeZstd> context(ZSTD_createCCtx());
  std::string output;
  size_t code = 0;
  output.resize_and_overwrite(ZSTD_compressBound(body.size()), [&](char* data, size_t capacity) {
    code = ZSTD_compressCCtx(context.get(), data, capacity, body.data(), body.size(), kZstdLevel);
    return ZSTD_isError(code) ? 0 : code;
  });
  if (ZSTD_isError(code)) return Failed("zstd");
  return output;
}

Result<std::string> CompressGzip(std::string_view body) {
  thread_local const std::unique_ptr<libdeflate_compressor, FreeGzip> compressor(
      libdeflate_alloc_compressor(kGzipLevel));
  std::string output;
  output.resize_and_overwrite(libdeflate_gzip_compress_bound(compressor.get(), body.size()),
                              [&](char* data, size_t capacity) {
                                return libdeflate_gzip_compress(compressor.get(), body.data(),
                                                                body.size(), data, capacity);
                              });
  if (output.empty()) return Failed("gzip");
  return output;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Whether the parameters of a list entry say q=0, q=0.0, ...
bool IsRefused(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  return at != std::string_view::npos &&
         Trim(parameters.substr(at + 2)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

Result<std::string> Compress(std::string_view encoding, std::string_view body) {
  if (encoding == "zstd") return CompressZstd(body);
  if (encoding == "gzip") return CompressGzip(body);
  return Fail(ErrorCode::kInvalidArgument, "unsupported encoding: " + std::string(encoding));
}

std::string_view ChooseEncoding(std::string_view accept_encoding) {
  bool gzip = false;
  while (!accept_encoding.empty()) {
    const size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view entry = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view name = Trim(entry.substr(0, semicolon));
    if (IsRefused(entry.substr(semicolon))) continue;
    if (name == "zstd") return "zstd";
    if (name == "gzip") gzip = true;
  }
  return gzip ? "gzip" : "";
}

}  // namespace vivace
