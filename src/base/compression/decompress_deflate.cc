// gzip and zlib. A gzip body of one member has its size at its end: libdeflate then decodes it in
// one go, about twice as fast as zlib's streaming decoder, which serves the rest: several members,
// a wrong size, zlib, and errors (it knows what is wrong).
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/compression/decompress_codecs.h"

namespace vivace {
namespace {

constexpr size_t kGzipSizeBytes = 4;
constexpr size_t kGzipBytesMin = 18;
// Deflate cannot do better than 1032 to 1; a larger size is bogus and gets no memory.
constexpr size_t kDeflateRatioMax = 1032;

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const {
    libdeflate_free_decompressor(decompressor);
  }
};

size_t GzipSize(std::string_view body) {
  uint32_t size = 0;
  std::memcpy(&size, body.data() + body.size() - kGzipSizeBytes, kGzipSizeBytes);
  return size;
}

// Whether `output` now holds the whole decoded body; otherwise nothing is known.
bool DecodeSingleMember(std::string_view body, size_t bytes_max, std::string& output) {
  if (body.size() < kGzipBytesMin) return false;
  const size_t size = GzipSize(body);
  if (size > bytes_max || size / kDeflateRatioMax > body.size()) return false;
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  if (!decompressor) return false;
  bool whole = false;
  output.resize_and_overwrite(size, [&](char* data, size_t capacity) {
    size_t consumed = 0;
    size_t produced = 0;
    const auto result = libdeflate_gzip_decompress_ex(decompressor.get(), body.data(), body.size(),
                                                      data, capacity, &consumed, &produced);
    whole = result == LIBDEFLATE_SUCCESS && consumed == body.size();
    return whole ? produced : 0;
  });
  return whole;
}

class Inflater {
 public:
  explicit Inflater(DeflateWrapper wrapper) : wrapper_(wrapper) {
    ready_ =
        inflateInit2(&stream_, MAX_WBITS + (wrapper == DeflateWrapper::kGzip ? 16 : 0)) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Result<std::string> Run(std::string_view body, size_t bytes_max);

 private:
  std::unexpected<Error> Corrupt(int code) const;
  bool StartNextMember() {
    return wrapper_ == DeflateWrapper::kGzip && stream_.avail_in > 0 &&
           inflateReset(&stream_) == Z_OK;
  }

  const DeflateWrapper wrapper_;
  bool ready_ = false;
  z_stream stream_ = {};
};

std::unexpected<Error> Inflater::Corrupt(int code) const {
  const std::string name = wrapper_ == DeflateWrapper::kGzip ? "gzip" : "zlib";
  const std::string_view reason = stream_.msg != nullptr ? stream_.msg : "";
  if (code == Z_NEED_DICT) return CorruptBody("zlib: invalid dictionary");
  if (reason == "incorrect data check" || reason == "incorrect length check")
    return CorruptBody(name + ": invalid checksum");
  if (stream_.total_out == 0 &&
      (reason.contains("header") || reason.contains("method") || reason.contains("window size"))) {
    return CorruptBody(name + ": invalid header");
  }
  return CorruptBody("flate: corrupt input before offset " + std::to_string(stream_.total_in));
}

Result<std::string> Inflater::Run(std::string_view body, size_t bytes_max) {
  if (!ready_) return Fail(ErrorCode::kResourceExhausted, "zlib: out of memory");
  if (body.empty()) return CorruptBody("EOF");
  if (body.size() > UINT32_MAX) return BodyTooLarge();
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream_.avail_in = static_cast<uInt>(body.size());
  std::string output;
  const auto chunk = std::make_unique<char[]>(kDecompressChunkBytes);
  while (true) {
    stream_.next_out = reinterpret_cast<Bytef*>(chunk.get());
    stream_.avail_out = kDecompressChunkBytes;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    const size_t produced = kDecompressChunkBytes - stream_.avail_out;
    if (output.size() + produced > bytes_max) return BodyTooLarge();
    output.append(chunk.get(), produced);
    if (code == Z_STREAM_END && !StartNextMember()) return output;
    if (code == Z_STREAM_END) continue;
    if (code == Z_BUF_ERROR || (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0))
      return CorruptBody("unexpected EOF");
    if (code != Z_OK) return Corrupt(code);
  }
}

}  // namespace

Result<std::string> DecompressDeflate(DeflateWrapper wrapper, std::string_view body,
                                      size_t bytes_max) {
  if (std::string output;
      wrapper == DeflateWrapper::kGzip && DecodeSingleMember(body, bytes_max, output))
    return output;
  return Inflater(wrapper).Run(body, bytes_max);
}

}  // namespace vivace
