// ByteReader: bytes of a file read from the front, with the variable-length numbers that Thrift's
// compact protocol and Parquet's encodings share. Reads beyond the end, and numbers of more than 64
// bits, give zeros and make ok() false permanently. A view: the bytes must stay. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vivace {

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  void Fail() { ok_ = false; }
  size_t position() const { return at_; }

  std::string_view Take(uint64_t count) {
    ok_ = ok_ && count <= bytes_.size() - at_;
    if (!ok_) return {};
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      if (!ok_) return 0;
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }

  uint64_t Zigzag() {
    const uint64_t value = Varint();
    return (value >> 1) ^ (~(value & 1) + 1);
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace vivace
