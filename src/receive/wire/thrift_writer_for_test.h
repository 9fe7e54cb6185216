// Test support: writes messages in Thrift's binary or compact protocol. Types are ThriftType's;
// field ids must ascend within a struct.
#pragma once

#include <bit>
#include <string>
#include <vector>

#include "receive/wire/thrift_reader.h"

namespace vivace::testing {

class ThriftWriter {
 public:
  explicit ThriftWriter(ThriftProtocol protocol)
      : is_compact_(protocol == ThriftProtocol::kCompact) {}

  void Message(std::string_view name) {
    if (is_compact_) {
      bytes += "\x82\x81";
      Varint(0);
      Text(name);
    } else {
      BigEndian(0x80010004, 4);
      Text(name);
      BigEndian(0, 4);
    }
  }
  void BeginStruct() { ids_.push_back(0); }
  void EndStruct() {
    bytes += '\0';
    ids_.pop_back();
  }
  void Field(int16_t id, ThriftType type) {
    if (!is_compact_) {
      bytes += BinaryCode(type);
      BigEndian(static_cast<uint16_t>(id), 2);
      return;
    }
    bytes += static_cast<char>((id - ids_.back()) << 4 | CompactCode(type));
    ids_.back() = id;
  }
  void Int(int16_t id, ThriftType type, int64_t value) {
    Field(id, type);
    if (is_compact_)
      return Varint(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
    BigEndian(static_cast<uint64_t>(value), type == ThriftType::kI16   ? 2
                                            : type == ThriftType::kI32 ? 4
                                                                       : 8);
  }
  void Text(int16_t id, std::string_view text) {
    Field(id, ThriftType::kBytes);
    Text(text);
  }
  void Double(int16_t id, double value) {
    Field(id, ThriftType::kDouble);
    const auto bits = std::bit_cast<uint64_t>(value);
    BigEndian(is_compact_ ? __builtin_bswap64(bits) : bits, 8);
  }
  void Bool(int16_t id, bool value) {
    if (is_compact_) {
      bytes += static_cast<char>((id - ids_.back()) << 4 | (value ? 1 : 2));
      ids_.back() = id;
    } else {
      Field(id, ThriftType::kBool);
      bytes += value ? '\1' : '\0';
    }
  }
  void List(ThriftType type, size_t size) {
    if (!is_compact_) {
      bytes += BinaryCode(type);
      BigEndian(size, 4);
    } else if (size < 15) {
      bytes += static_cast<char>(size << 4 | static_cast<size_t>(CompactCode(type)));
    } else {
      bytes += static_cast<char>(0xf0 | CompactCode(type));
      Varint(size);
    }
  }

  std::string bytes;

 private:
  static char BinaryCode(ThriftType type) {
    return "\0\2\3\6\10\12\4\13\14\15\16\17"[static_cast<size_t>(type)];
  }
  static int CompactCode(ThriftType type) {
    return "\0\1\3\4\5\6\7\10\14\13\12\11"[static_cast<size_t>(type)];
  }
  void BigEndian(uint64_t value, int size) {
    for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  }
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  void Text(std::string_view text) {
    if (is_compact_) {
      Varint(text.size());
    } else {
      BigEndian(text.size(), 4);
    }
    bytes += text;
  }

  const bool is_compact_;
  std::vector<int16_t> ids_;
};

}  // namespace vivace::testing
