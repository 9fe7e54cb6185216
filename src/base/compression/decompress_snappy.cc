// snappy in its block format (Prometheus style) and its framed format (gRPC-go,
// https://github.com/google/snappy/blob/main/framing_format.txt).
#include <snappy.h>

#include <cstring>

#include "base/compression/decompress_codecs.h"
#include "base/hash/crc32c.h"

namespace vivace {
namespace {

constexpr std::string_view kStreamIdentifier("\xff\x06\x00\x00sNaPpY", 10);
constexpr size_t kChunkHeaderBytes = 4;
constexpr size_t kChecksumBytes = 4;
constexpr size_t kChunkOutputBytesMax = 65536;

enum ChunkType : uint8_t {
  kCompressed = 0x00,
  kUncompressed = 0x01,
  kSkippableFirst = 0x80,
  kIdentifier = 0xff
};

std::unexpected<Error> Corrupt() { return CorruptBody("snappy: corrupt input"); }

// The format masks checksums, because the CRC of data that itself contains CRCs is problematic.
uint32_t MaskedCrc32c(std::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

// Appends the decoded block to `output`.
Status AppendBlock(std::string_view block, size_t bytes_max, std::string& output) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size)) return Corrupt();
  if (size > bytes_max - output.size()) return BodyTooLarge();
  // Snappy cannot do better than 64 bytes from 3; a larger size is bogus and gets no memory.
  if (size / 22 > block.size()) return Corrupt();
  const size_t start = output.size();
  bool valid = false;
  output.resize_and_overwrite(start + size, [&](char* data, size_t capacity) {
    valid = snappy::RawUncompress(block.data(), block.size(), data + start);
    return valid ? capacity : start;
  });
  if (!valid) return Corrupt();
  return {};
}

Status AppendChunk(uint8_t type, std::string_view chunk, size_t bytes_max, std::string& output) {
  if (type >= kSkippableFirst) return {};
  if (type > kUncompressed) return CorruptBody("snappy: unsupported input");
  if (chunk.size() < kChecksumBytes) return Corrupt();
  uint32_t checksum = 0;
  std::memcpy(&checksum, chunk.data(), kChecksumBytes);
  chunk.remove_prefix(kChecksumBytes);
  const size_t start = output.size();
  if (type == kCompressed) {
    VIVACE_TRY(AppendBlock(chunk, bytes_max, output));
  } else {
    if (chunk.size() > bytes_max - start) return BodyTooLarge();
    output.append(chunk);
  }
  const auto decoded = std::string_view(output).substr(start);
  if (decoded.size() > kChunkOutputBytesMax || MaskedCrc32c(decoded) != checksum) return Corrupt();
  return {};
}

Result<std::string> DecodeFrames(std::string_view body, size_t bytes_max) {
  std::string output;
  while (!body.empty()) {
    if (body.size() < kChunkHeaderBytes) return CorruptBody("unexpected EOF");
    uint32_t header = 0;
    std::memcpy(&header, body.data(), kChunkHeaderBytes);
    const size_t size = header >> 8;
    body.remove_prefix(kChunkHeaderBytes);
    if (size > body.size()) return CorruptBody("unexpected EOF");
    VIVACE_TRY(AppendChunk(static_cast<uint8_t>(header), body.substr(0, size), bytes_max, output));
    body.remove_prefix(size);
  }
  return output;
}

}  // namespace

Result<std::string> DecompressSnappy(std::string_view body, size_t bytes_max) {
  if (body.starts_with(kStreamIdentifier)) return DecodeFrames(body, bytes_max);
  std::string output;
  VIVACE_TRY(AppendBlock(body, bytes_max, output));
  return output;
}

}  // namespace vivace
