// ThriftReader: walks over a message in Thrift's binary or compact protocol in place, as Jaeger and
// Zipkin clients send it.
//
// Structs are read field by field with ForEachField; what a visitor does not take is passed over.
// Malformed bytes throw ThriftError, which decoders catch at their boundary. Every count is checked
// against the bytes left, nesting is limited. A view: the message must stay. One thread, no
// allocation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "receive/wire/element_limit.h"

namespace vivace {

enum class ThriftProtocol : uint8_t { kBinary, kCompact };

enum class ThriftType : uint8_t {
  kStop,
  kBool,
  kByte,
  kI16,
  kI32,
  kI64,
  kDouble,
  kBytes,
  kStruct,
  kMap,
  kSet,
  kList
};

struct ThriftError {
  std::string reason;
  size_t offset = 0;  // within the message
};

class ThriftReader {
 public:
  static constexpr int kDepthMax = 32;
  static constexpr size_t kStructBytes = 4;  // of real ones, on the average

  struct Field {
    int16_t id = 0;
    ThriftType type = ThriftType::kStop;
    bool bool_value = false;  // compact booleans have their value in the header

    bool Is(int16_t wanted_id, ThriftType wanted) const {
      return id == wanted_id && type == wanted;
    }
  };
  struct ListHeader {
    ThriftType type = ThriftType::kStop;
    uint32_t size = 0;
  };
  struct MessageHeader {
    std::string_view name;
    uint8_t type = 0;  // 1 call, 4 oneway
  };

  ThriftReader(ThriftProtocol protocol, std::string_view message)
      : protocol_(protocol), message_(message), structs_(message.size(), kStructBytes) {}

  MessageHeader ReadMessage();
  // Calls visit(field) for each field of the struct at hand; visit returns whether it has read the
  // value.
  template <typename Visit>
  void ForEachField(Visit&& visit);
  // Calls visit() for each element of the list or set at hand, which must read it, if the elements
  // have that type; else passes over them.
  template <typename Visit>
  void ForEachElement(ThriftType type, Visit&& visit);

  bool ReadBool(const Field& field) {
    return protocol_ == ThriftProtocol::kCompact ? field.bool_value : ReadByte() != 0;
  }
  // Of any whole type.
  int64_t ReadInt(ThriftType type) {
    if (type == ThriftType::kByte) return static_cast<int8_t>(ReadByte());
    return protocol_ == ThriftProtocol::kCompact ? Zigzag(ReadVarint()) : ReadBinaryInt(type);
  }
  double ReadDouble();
  std::string_view ReadBytes() {
    return Take(protocol_ == ThriftProtocol::kBinary ? ReadBigEndian(4) : ReadVarint());
  }
  void Skip(const Field& field);

 private:
  [[noreturn, gnu::cold, gnu::noinline]] void Fail(std::string reason) const;
  [[noreturn, gnu::cold, gnu::noinline]] void Fail(const char* reason) const {
    Fail(std::string(reason));
  }
  Field ReadFieldHeader() {
    const uint8_t byte = ReadByte();
    if (byte == 0) return {};
    if (protocol_ == ThriftProtocol::kBinary) {
      const ThriftType type = TypeOf(byte);
      return {.id = static_cast<int16_t>(ReadBigEndian(2)), .type = type};
    }
    const uint8_t code = byte & 0x0f;
    Field field{.type = TypeOf(code), .bool_value = code == 1};
    const uint8_t difference = byte >> 4;
    field.id = static_cast<int16_t>(difference != 0 ? last_id_ + difference : Zigzag(ReadVarint()));
    last_id_ = field.id;
    return field;
  }
  ListHeader ReadListHeader();
  int64_t ReadBinaryInt(ThriftType type);
  void SkipValue(ThriftType type);
  void SkipMap();
  uint8_t ReadByte() { return static_cast<uint8_t>(Take(1)[0]); }
  std::string_view Take(size_t size) {
    if (size > message_.size() - at_) Fail("unexpected end of message");
    const std::string_view bytes(message_.data() + at_, size);
    at_ += size;
    return bytes;
  }
  uint64_t ReadVarint() {
    if (at_ < message_.size() && static_cast<uint8_t>(message_[at_]) < 0x80)
      return static_cast<uint8_t>(message_[at_++]);
    return ReadLongVarint();
  }
  uint64_t ReadLongVarint();
  uint64_t ReadBigEndian(size_t bytes) {
    uint64_t value = 0;
    for (const char c : Take(bytes)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  static int64_t Zigzag(uint64_t value) {
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  ThriftType TypeOf(uint8_t code) const {
    using T = ThriftType;
    static constexpr T kBinary[16] = {
        T::kStop, T::kStop, T::kBool, T::kByte,  T::kDouble, T::kStop, T::kI16, T::kStop,
        T::kI32,  T::kStop, T::kI64,  T::kBytes, T::kStruct, T::kMap,  T::kSet, T::kList};
    static constexpr T kCompact[16] = {T::kStop, T::kBool, T::kBool,   T::kByte,  T::kI16,
                                       T::kI32,  T::kI64,  T::kDouble, T::kBytes, T::kList,
                                       T::kSet,  T::kMap,  T::kStruct};
    const T type = code >= 16                             ? T::kStop
                   : protocol_ == ThriftProtocol::kBinary ? kBinary[code]
                                                          : kCompact[code];
    if (type == T::kStop) FailOnType(code);
    return type;
  }
  [[noreturn, gnu::cold, gnu::noinline]] void FailOnType(uint8_t code) const;
  void Enter();

  ThriftProtocol protocol_;
  std::string_view message_;
  ElementLimit structs_;
  size_t at_ = 0;
  int16_t last_id_ = 0;  // the compact protocol sends ids as deltas
  int depth_ = 0;
};

// Ids from the numbers that clients send.
SpanId ThriftSpanId(int64_t id);
TraceId ThriftTraceId(int64_t high, int64_t low);

template <typename Visit>
void ThriftReader::ForEachField(Visit&& visit) {
  if (!structs_.Take()) Fail(ElementLimit::kReason);
  Enter();
  const int16_t outer_id = last_id_;
  last_id_ = 0;
  for (Field field = ReadFieldHeader(); field.type != ThriftType::kStop;
       field = ReadFieldHeader()) {
    if (!visit(field)) Skip(field);
  }
  last_id_ = outer_id;
  --depth_;
}

template <typename Visit>
void ThriftReader::ForEachElement(ThriftType type, Visit&& visit) {
  const ListHeader list = ReadListHeader();
  for (uint32_t i = 0; i < list.size; ++i) {
    if (list.type == type) {
      visit();
    } else {
      SkipValue(list.type);
    }
  }
}

}  // namespace vivace
