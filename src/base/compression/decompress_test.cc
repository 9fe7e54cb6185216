#include "base/compression/decompress.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "base/compression/compress.h"

namespace vivace {
namespace {

constexpr size_t kLimit = 1 << 20;

std::string Sample(size_t size) {
  std::string text;
  while (text.size() < size) text += "span " + std::to_string(text.size() * 2654435761u) + ";";
  text.resize(size);
  return text;
}

std::string Zlib(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
           text.size());
  out.resize(size);
  return out;
}

std::string SnappyBlock(const std::string& text) {
  std::string out;
  snappy::Compress(text.data(), text.size(), &out);
  return out;
}

std::string Lz4(const std::string& text) {
  std::string out(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
  return out;
}

// zstd without a declared size, as streaming senders write it.
std::string ZstdStreamed(const std::string& text) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

std::string Encode(const std::string& encoding, const std::string& text) {
  if (encoding == "zlib" || encoding == "deflate") return Zlib(text);
  if (encoding == "snappy") return SnappyBlock(text);
  if (encoding == "lz4") return Lz4(text);
  return Compress(encoding, text).value();
}

class DecompressEach : public testing::TestWithParam<std::string> {};

TEST_P(DecompressEach, RoundTrips) {
  for (const size_t size : {0uz, 1uz, 1000uz, 65536uz, 300000uz, kLimit}) {
    const std::string text = Sample(size);
    const auto decoded = Decompress(GetParam(), Encode(GetParam(), text), kLimit);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_TRUE(*decoded == text) << size;
  }
}

TEST_P(DecompressEach, StopsAtTheLimit) {
  const auto bomb = Decompress(GetParam(), Encode(GetParam(), std::string(64 << 20, 'a')), kLimit);
  ASSERT_FALSE(bomb.has_value());
  EXPECT_EQ(bomb.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(bomb.error().message, "http: request body too large");
  EXPECT_FALSE(Decompress(GetParam(), Encode(GetParam(), Sample(1001)), 1000).has_value());
}

TEST_P(DecompressEach, RefusesTruncatedInputAtEveryByte) {
  const std::string encoded = Encode(GetParam(), Sample(2000));
  for (size_t size = 1; size < encoded.size(); ++size) {
    const auto decoded = Decompress(GetParam(), encoded.substr(0, size), kLimit);
    ASSERT_FALSE(decoded.has_value()) << size;
    EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument)
        << size << " " << decoded.error().message;
  }
}

TEST_P(DecompressEach, SurvivesFlippedBytes) {
  const std::string encoded = Encode(GetParam(), Sample(2000));
  for (size_t at = 0; at < encoded.size(); ++at) {
    std::string bad = encoded;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    const auto decoded = Decompress(GetParam(), bad, kLimit);
    EXPECT_TRUE(!decoded || decoded->size() <= kLimit) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Encodings, DecompressEach,
                         testing::Values("gzip", "zstd", "zlib", "deflate", "snappy", "lz4"),
                         [](const auto& info) { return info.param; });

TEST(Decompress, NamesWhatIsWrong) {
  EXPECT_EQ(Decompress("bogus", "x", kLimit).error().message,
            "unsupported Content-Encoding: bogus");
  EXPECT_EQ(Decompress("gzip", "this is not gzip at all", kLimit).error().message,
            "gzip: invalid header");
  EXPECT_EQ(Decompress("zlib", "this is not zlib at all", kLimit).error().message,
            "zlib: invalid header");
  EXPECT_EQ(Decompress("snappy", "\xff\xff\xff\xff\xff\xff\xff\xff\xff", kLimit).error().message,
            "snappy: corrupt input");
  EXPECT_EQ(Decompress("gzip", "", kLimit).error().message, "EOF");
  std::string gzip = Compress("gzip", Sample(1000)).value();
  gzip[gzip.size() - 6] ^= 1;
  EXPECT_EQ(Decompress("gzip", gzip, kLimit).error().message, "gzip: invalid checksum");
}

TEST(Decompress, IdentityIsBoundedToo) {
  EXPECT_EQ(Decompress("", "abc", 3).value(), "abc");
  EXPECT_EQ(Decompress("identity", "abc", 3).value(), "abc");
  EXPECT_FALSE(Decompress("", "abcd", 3).has_value());
}

TEST(Decompress, GzipOfSeveralMembers) {
  const std::string body =
      Compress("gzip", Sample(500)).value() + Compress("gzip", Sample(70000)).value();
  EXPECT_EQ(Decompress("gzip", body, kLimit).value(), Sample(500) + Sample(70000));
}

TEST(Decompress, ZstdWithoutSizeAndOfSeveralFrames) {
  const std::string body = ZstdStreamed(Sample(200000)) + Compress("zstd", Sample(9)).value();
  EXPECT_EQ(Decompress("zstd", body, kLimit).value(), Sample(200000) + Sample(9));
  EXPECT_FALSE(Decompress("zstd", ZstdStreamed(std::string(64 << 20, 'a')), kLimit).has_value());
}

TEST(Decompress, SnappyFramed) {
  const std::string identifier("\xff\x06\x00\x00sNaPpY", 10);
  // An uncompressed chunk of "abc" behind its masked CRC32C.
  const std::string chunk(
      "\x01\x07\x00\x00\x6e\x57\xf1\x21"
      "abc",
      11);
  EXPECT_EQ(Decompress("snappy", identifier + chunk + chunk, kLimit).value(), "abcabc");
  EXPECT_EQ(Decompress("snappy", identifier, kLimit).value(), "");
  EXPECT_EQ(Decompress("snappy", identifier + "\x01", kLimit).error().message, "unexpected EOF");
  EXPECT_EQ(Decompress("snappy", identifier + chunk, 2).error().code,
            ErrorCode::kResourceExhausted);
  std::string bad = identifier + chunk;
  bad.back() = 'd';
  EXPECT_EQ(Decompress("snappy", bad, kLimit).error().message, "snappy: corrupt input");
}

TEST(ChooseEncoding, PrefersZstd) {
  EXPECT_EQ(ChooseEncoding("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(ChooseEncoding("deflate, gzip;q=1.0"), "gzip");
  EXPECT_EQ(ChooseEncoding("zstd;q=0, gzip"), "gzip");
  EXPECT_EQ(ChooseEncoding("identity"), "");
}

}  // namespace
}  // namespace vivace
