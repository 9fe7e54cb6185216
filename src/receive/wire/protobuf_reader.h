// ProtobufReader: walks over a protobuf message in place. The decoders' own pull parser: everything
// that nearly every field needs (a tag and a length of one byte) is inlined; protozero, which it
// replaces there, took twice the instructions.
//
// Call order: (Next (Bytes | Varint | Fixed64 | Fixed32 | Skip))*. Malformed bytes throw
// protozero's exceptions, which the decoder catches at its boundary. A view: the message must stay.
// One thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <protozero/exception.hpp>
#include <protozero/types.hpp>
#include <protozero/varint.hpp>
#include <string_view>

#include "receive/wire/element_limit.h"

namespace vivace {

// A field's tag as it stands on the wire.
constexpr uint32_t WireTag(uint32_t field, protozero::pbf_wire_type type) {
  return field << 3 | static_cast<uint32_t>(type);
}
constexpr uint32_t VarintTag(uint32_t field) {
  return WireTag(field, protozero::pbf_wire_type::varint);
}
constexpr uint32_t Fixed64Tag(uint32_t field) {
  return WireTag(field, protozero::pbf_wire_type::fixed64);
}
constexpr uint32_t BytesTag(uint32_t field) {
  return WireTag(field, protozero::pbf_wire_type::length_delimited);
}
constexpr uint32_t Fixed32Tag(uint32_t field) {
  return WireTag(field, protozero::pbf_wire_type::fixed32);
}

// More elements than a message of its size may have.
struct TooManyElements : protozero::exception {
  const char* what() const noexcept override { return ElementLimit::kReason; }
};

inline void CountElement(ElementLimit& limit) {
  if (!limit.Take()) throw TooManyElements();
}

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  // Whether another field follows; its tag.
  bool Next(uint32_t& tag) {
    if (at_ == end_) return false;
    const auto byte = static_cast<uint8_t>(*at_);
    if (byte >= 0x80) {
      tag = static_cast<uint32_t>(Varint());
      return true;
    }
    ++at_;
    tag = byte;
    return true;
  }

  uint64_t Varint() {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    return protozero::decode_varint(&at_, end_);
  }

  std::string_view Bytes() {
    const uint64_t size = Varint();
    if (size > static_cast<uint64_t>(end_ - at_)) throw protozero::end_of_buffer_exception();
    const std::string_view bytes(at_, size);
    at_ += size;
    return bytes;
  }

  uint64_t Fixed64() { return Fixed<uint64_t>(); }
  uint32_t Fixed32() { return Fixed<uint32_t>(); }

  // Skips the value of an unknown field. Only here is the tag checked: a known one is valid.
  void Skip(uint32_t tag);

  // What has not been read.
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

 private:
  template <typename Number>
  Number Fixed() {
    if (static_cast<size_t>(end_ - at_) < sizeof(Number))
      throw protozero::end_of_buffer_exception();
    Number number;
    std::memcpy(&number, at_, sizeof number);
    at_ += sizeof number;
    return number;
  }

  const char* at_;
  const char* end_;
};

inline void ProtobufReader::Skip(uint32_t tag) {
  const uint32_t field = tag >> 3;
  constexpr uint32_t kReservedFirst = 19000;
  constexpr uint32_t kReservedLast = 19999;
  if (field == 0 || (field >= kReservedFirst && field <= kReservedLast))
    throw protozero::invalid_tag_exception();
  switch (static_cast<protozero::pbf_wire_type>(tag & 7)) {
    case protozero::pbf_wire_type::varint:
      Varint();
      return;
    case protozero::pbf_wire_type::fixed64:
      Fixed64();
      return;
    case protozero::pbf_wire_type::length_delimited:
      Bytes();
      return;
    case protozero::pbf_wire_type::fixed32:
      Fixed32();
      return;
    default:
      throw protozero::unknown_pbf_wire_type_exception();
  }
}

}  // namespace vivace
