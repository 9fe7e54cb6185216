// Bodies as senders compress them. The first byte of an input picks the encoding.
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>

#include "base/compression/compress.h"
#include "base/compression/decompress.h"
#include "fuzz_target.h"

namespace vivace::fuzz {
namespace {

constexpr std::string_view kEncodings[] = {"gzip",   "zlib", "deflate", "zstd",
                                           "snappy", "lz4",  "identity"};
constexpr size_t kBytesMax = 100'000;

std::string Zlib(const std::string& text) {
  std::string packed(compressBound(text.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(text.data()), text.size());
  packed.resize(size);
  return packed;
}

std::string Snappy(const std::string& text) {
  std::string packed;
  snappy::Compress(text.data(), text.size(), &packed);
  return packed;
}

// One uncompressed chunk. Its checksum is that of the words "fuzz".
std::string SnappyFrames() {
  return std::string("\xff\x06\x00\x00sNaPpY\x01\x08\x00\x00\x00\x00\x00\x00 fuzz", 22);
}

std::string Lz4(const std::string& text) {
  std::string packed(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
  packed.resize(
      LZ4F_compressFrame(packed.data(), packed.size(), text.data(), text.size(), nullptr));
  return packed;
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const std::string& text :
       {std::string(), std::string("fuzz"), std::string(5000, 'a'),
        ReadSourceFile("tests/pytest.ini"), ReadSourceFile("config/vivace.yaml"),
        std::string(kBytesMax + 1, 'b')}) {
    seeds.push_back('\0' + Compress("gzip", text).value());
    seeds.push_back('\1' + Zlib(text));
    seeds.push_back('\3' + Compress("zstd", text).value());
    seeds.push_back('\4' + Snappy(text));
    seeds.push_back('\5' + Lz4(text));
  }
  seeds.push_back('\4' + SnappyFrames());
  seeds.push_back('\0' + Compress("gzip", "one").value() + Compress("gzip", "two").value());
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  if (size == 0) return 0;
  const std::string_view encoding = fuzz::kEncodings[data[0] % std::size(fuzz::kEncodings)];
  const Result<std::string> body =
      Decompress(encoding, fuzz::AsText(data + 1, size - 1), fuzz::kBytesMax);
  if (body.has_value()) {
    fuzz::Require(body->size() <= fuzz::kBytesMax, "no more comes out than allowed");
  } else {
    fuzz::Require(!body.error().message.empty(), "an error has a message");
  }
  return 0;
}
