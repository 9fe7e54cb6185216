// How numbers, texts and values stand in the sections of vivace-index.bin (docs/index-file.md).
//
// The writer appends to a string. The reader is given bytes that nobody vouches for: what is not
// there reads as 0 or empty and makes ok() false, and nothing is allocated that the bytes do not
// pay for or the caller has not bounded. One thread; linear in the bytes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "columns/column_view.h"
#include "columns/span_batch.h"

namespace vivace {

class IndexEncoder {
 public:
  void PutByte(uint8_t byte) { bytes_.push_back(static_cast<char>(byte)); }
  void PutFixed32(uint32_t value) { PutLittleEndian(value, 4); }
  void PutFixed64(uint64_t value) { PutLittleEndian(value, 8); }
  // LEB128: seven bits a byte, the lowest first.
  void PutVarint(uint64_t value);
  // Its length and its bytes.
  void PutText(std::string_view text);
  void PutId(const TraceId& id) {
    bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  }
  // Its kind, then text or the bits of the scalar.
  void PutValue(const AttributeValue& value);
  // The smallest of them, how many bytes the others are above it at most, and these bytes: all
  // lowest ones, then all second ones and so on, which compresses best.
  void PutNumbers(std::span<const uint64_t> numbers);

  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  void PutLittleEndian(uint64_t value, size_t size);

  std::string bytes_;
};

class IndexDecoder {
 public:
  explicit IndexDecoder(std::string_view bytes) : left_(bytes) {}

  uint8_t Byte() { return static_cast<uint8_t>(LittleEndian(1)); }
  uint32_t Fixed32() { return static_cast<uint32_t>(LittleEndian(4)); }
  uint64_t Fixed64() { return LittleEndian(8); }
  uint64_t Varint();
  // A number of things of which each takes at least `bytes_each` of what is left.
  size_t Count(size_t bytes_each);
  std::string_view Text();
  TraceId Id();
  AttributeValue Value();
  // As many as the caller can afford: they may stand in a few bytes. Empty where they are not
  // there.
  std::vector<uint64_t> Numbers(size_t count);
  // The same where none is above `max`.
  std::vector<uint32_t> SmallNumbers(size_t count, uint64_t max);

  // Whether everything asked for so far was there.
  bool ok() const { return ok_; }
  bool at_end() const { return left_.empty(); }
  void Fail() {
    ok_ = false;
    left_ = {};
  }

 private:
  uint64_t LittleEndian(size_t size);
  std::string_view Bytes(size_t size);

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace vivace
