#include "parquet/decode/page_decompressor.h"

#include <libdeflate.h>

namespace vivace {
namespace {

// Enough for all pages but those of huge traces; bounds what a damaged size or count can make us
// allocate.
constexpr int32_t kBytesMax = 16 << 20;
constexpr int32_t kValuesMax = 1 << 20;

bool IsWithinLimits(const PageHeader& header, const ColumnChunk& chunk) {
  return header.values >= 0 && header.values <= kValuesMax && header.uncompressed_bytes >= 0 &&
         header.uncompressed_bytes <= kBytesMax &&
         header.uncompressed_bytes <= chunk.uncompressed_bytes;
}

bool ChecksumMatches(const PageHeader& header, std::string_view compressed) {
  return !header.crc.has_value() ||
         libdeflate_crc32(0, compressed.data(), compressed.size()) == *header.crc;
}

}  // namespace

PageDecompressor::PageDecompressor() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

PageDecompressor& PageDecompressor::ThreadLocal() {
  thread_local PageDecompressor decompressor;
  return decompressor;
}

std::optional<PageHeader> PageDecompressor::Decompress(std::string_view page,
                                                       const ColumnChunk& chunk,
                                                       std::string& body) {
  if (chunk.codec != parquet::Compression::ZSTD) return std::nullopt;
  const std::optional<PageHeader> header = ReadPageHeader(page);
  if (!header.has_value() || !IsWithinLimits(*header, chunk)) return std::nullopt;
  const std::string_view compressed = page.substr(header->header_bytes);
  if (header->compressed_bytes < 0 ||
      compressed.size() != static_cast<size_t>(header->compressed_bytes))
    return std::nullopt;
  if (!ChecksumMatches(*header, compressed)) return std::nullopt;
  const auto size = static_cast<size_t>(header->uncompressed_bytes);
  size_t written = 0;
  body.resize_and_overwrite(size, [&](char* out, size_t capacity) {
    written =
        ZSTD_decompressDCtx(context_.get(), out, capacity, compressed.data(), compressed.size());
    return ZSTD_isError(written) ? 0 : written;
  });
  return written == size ? header : std::nullopt;
}

std::optional<uint32_t> PageDecompressor::DecompressDictionary(std::string_view page,
                                                               const ColumnChunk& chunk,
                                                               std::string& plain) {
  const std::optional<PageHeader> header = Decompress(page, chunk, plain);
  if (!header.has_value() || header->type != PageType::kDictionary) return std::nullopt;
  if (header->encoding != PageValueEncoding::kPlain &&
      header->encoding != PageValueEncoding::kPlainDictionary)
    return std::nullopt;
  return static_cast<uint32_t>(header->values);
}

}  // namespace vivace
