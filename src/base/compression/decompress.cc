#include "base/compression/decompress.h"

#include "base/compression/decompress_codecs.h"

namespace vivace {
namespace {

enum class Encoding { kUnknown, kIdentity, kGzip, kZlib, kZstd, kSnappy, kLz4 };

Encoding ParseEncoding(std::string_view name) {
  if (name.empty() || name == "identity") return Encoding::kIdentity;
  if (name == "gzip") return Encoding::kGzip;
  if (name == "zstd") return Encoding::kZstd;
  if (name == "zlib" || name == "deflate") return Encoding::kZlib;
  if (name == "snappy") return Encoding::kSnappy;
  if (name == "lz4") return Encoding::kLz4;
  return Encoding::kUnknown;
}

Result<std::string> Identity(std::string_view body, size_t bytes_max) {
  if (body.size() > bytes_max) return BodyTooLarge();
  return std::string(body);
}

}  // namespace

std::unexpected<Error> BodyTooLarge() {
  return Fail(ErrorCode::kResourceExhausted, "http: request body too large");
}

std::unexpected<Error> CorruptBody(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<std::string> Decompress(std::string_view encoding, std::string_view body, size_t bytes_max) {
  switch (ParseEncoding(encoding)) {
    case Encoding::kIdentity:
      return Identity(body, bytes_max);
    case Encoding::kGzip:
      return DecompressDeflate(DeflateWrapper::kGzip, body, bytes_max);
    case Encoding::kZlib:
      return DecompressDeflate(DeflateWrapper::kZlib, body, bytes_max);
    case Encoding::kZstd:
      return DecompressZstd(body, bytes_max);
    case Encoding::kSnappy:
      return DecompressSnappy(body, bytes_max);
    case Encoding::kLz4:
      return DecompressLz4(body, bytes_max);
    case Encoding::kUnknown:
      break;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "unsupported Content-Encoding: " + std::string(encoding));
}

}  // namespace vivace
