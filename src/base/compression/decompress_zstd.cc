// zstd. A frame that declares its size is decoded in one go; others in pieces, with a window of at
// most 8 MiB (RFC 8878 3.1.1.1.2).
#include <zstd.h>

#include <memory>

#include "base/compression/decompress_codecs.h"

namespace vivace {
namespace {

constexpr int kWindowLogMax = 23;
// A declared size gets memory at once only where the input makes it likely.
constexpr size_t kTrustedRatio = 1024;

struct FreeZstdContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* ThreadContext() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeZstdContext> context(ZSTD_createDCtx());
  if (context) {
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  }
  return context.get();
}

std::unexpected<Error> Corrupt(size_t code) {
  return CorruptBody(std::string("zstd: ") + ZSTD_getErrorName(code));
}

Result<std::string> DecodePieces(ZSTD_DCtx* context, std::string_view body, size_t bytes_max) {
  std::string output;
  const auto chunk = std::make_unique<char[]>(kDecompressChunkBytes);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  size_t code = 0;
  while (true) {
    ZSTD_outBuffer out{chunk.get(), kDecompressChunkBytes, 0};
    code = ZSTD_decompressStream(context, &out, &in);
    if (ZSTD_isError(code)) return Corrupt(code);
    if (output.size() + out.pos > bytes_max) return BodyTooLarge();
    output.append(chunk.get(), out.pos);
    if (in.pos == in.size && out.pos < out.size) break;
  }
  if (code != 0) return CorruptBody("unexpected EOF");
  return output;
}

Result<std::string> DecodeWhole(ZSTD_DCtx* context, std::string_view body, size_t size) {
  std::string output;
  size_t code = 0;
  output.resize_and_overwrite(size, [&](char* data, size_t capacity) {
    code = ZSTD_decompressDCtx(context, data, capacity, body.data(), body.size());
    return ZSTD_isError(code) ? 0 : code;
  });
  if (ZSTD_isError(code)) return Corrupt(code);
  return output;
}

}  // namespace

Result<std::string> DecompressZstd(std::string_view body, size_t bytes_max) {
  ZSTD_DCtx* context = ThreadContext();
  if (context == nullptr) return Fail(ErrorCode::kResourceExhausted, "zstd: out of memory");
  if (body.empty()) return CorruptBody("unexpected EOF");
  const unsigned long long size = ZSTD_getFrameContentSize(body.data(), body.size());
  const bool declared = size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR;
  if (declared && size > bytes_max) return BodyTooLarge();
  const bool single_frame = ZSTD_findFrameCompressedSize(body.data(), body.size()) == body.size();
  if (declared && single_frame && size / kTrustedRatio <= body.size())
    return DecodeWhole(context, body, size);
  return DecodePieces(context, body, bytes_max);
}

}  // namespace vivace
