// lz4 in its frame format.
#include <lz4frame.h>

#include <memory>

#include "base/compression/decompress_codecs.h"

namespace vivace {
namespace {

struct FreeLz4Context {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

std::unique_ptr<LZ4F_dctx, FreeLz4Context> NewContext() {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return nullptr;
  return std::unique_ptr<LZ4F_dctx, FreeLz4Context>(context);
}

}  // namespace

Result<std::string> DecompressLz4(std::string_view body, size_t bytes_max) {
  const auto context = NewContext();
  if (!context) return Fail(ErrorCode::kResourceExhausted, "lz4: out of memory");
  std::string output;
  const auto chunk = std::make_unique<char[]>(kDecompressChunkBytes);
  size_t hint = 1;
  while (true) {
    size_t produced = kDecompressChunkBytes;
    size_t consumed = body.size();
    hint = LZ4F_decompress(context.get(), chunk.get(), &produced, body.data(), &consumed, nullptr);
    if (LZ4F_isError(hint)) return CorruptBody(std::string("lz4: ") + LZ4F_getErrorName(hint));
    if (output.size() + produced > bytes_max) return BodyTooLarge();
    output.append(chunk.get(), produced);
    body.remove_prefix(consumed);
    // A frame that ended (hint 0) must not be asked again: that would start the next one.
    if (body.empty() && (hint == 0 || produced < kDecompressChunkBytes)) break;
  }
  if (hint != 0) return CorruptBody("unexpected EOF");
  return output;
}

}  // namespace vivace
