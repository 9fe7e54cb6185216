#include "receive/wire/thrift_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace vivace {
namespace {

constexpr uint8_t kCompactId = 0x82;
constexpr uint32_t kBinaryVersion = 0x80010000;
constexpr int kVarintBytesMax = 10;

}  // namespace

SpanId ThriftSpanId(int64_t id) {
  SpanId out;
  for (size_t i = 0; i < SpanId::kBytes; ++i)
    out.bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(id) >> (56 - 8 * i));
  return out;
}

TraceId ThriftTraceId(int64_t high, int64_t low) {
  TraceId out;
  std::ranges::copy(ThriftSpanId(high).bytes, out.bytes.begin());
  std::ranges::copy(ThriftSpanId(low).bytes, out.bytes.begin() + SpanId::kBytes);
  return out;
}

void ThriftReader::Fail(std::string reason) const { throw ThriftError{std::move(reason), at_}; }

void ThriftReader::FailOnType(uint8_t code) const { Fail(fmt::format("unknown type {}", code)); }

void ThriftReader::Enter() {
  if (++depth_ > kDepthMax) Fail(fmt::format("nested deeper than {} levels", kDepthMax));
}

uint64_t ThriftReader::ReadLongVarint() {
  uint64_t value = 0;
  for (int i = 0; i < kVarintBytesMax; ++i) {
    const uint8_t byte = ReadByte();
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  Fail("varint too long");
}

ThriftReader::MessageHeader ThriftReader::ReadMessage() {
  MessageHeader header;
  if (protocol_ == ThriftProtocol::kCompact) {
    if (ReadByte() != kCompactId) Fail("not a message of the compact protocol");
    header.type = ReadByte() >> 5;
    ReadVarint();  // sequence number
    header.name = ReadBytes();
    return header;
  }
  const auto version = static_cast<uint32_t>(ReadBigEndian(4));
  if ((version & 0xffff0000) == kBinaryVersion) {
    header.type = static_cast<uint8_t>(version);
    header.name = ReadBytes();
  } else {  // the older form begins with the name
    header.name = Take(version);
    header.type = ReadByte();
  }
  ReadBigEndian(4);  // sequence number
  return header;
}

ThriftReader::ListHeader ThriftReader::ReadListHeader() {
  const uint8_t byte = ReadByte();
  uint64_t size = 0;
  uint8_t code = byte;
  if (protocol_ == ThriftProtocol::kBinary) {
    size = ReadBigEndian(4);
  } else {
    code = byte & 0x0f;
    size = byte >> 4;
    if (size == 15) size = ReadVarint();
  }
  if (size > message_.size() - at_) Fail(fmt::format("a list claims {} elements", size));
  return {size == 0 ? ThriftType::kStop : TypeOf(code), static_cast<uint32_t>(size)};
}

int64_t ThriftReader::ReadBinaryInt(ThriftType type) {
  if (type == ThriftType::kI16) return static_cast<int16_t>(ReadBigEndian(2));
  if (type == ThriftType::kI32) return static_cast<int32_t>(ReadBigEndian(4));
  return static_cast<int64_t>(ReadBigEndian(8));
}

double ThriftReader::ReadDouble() {
  uint64_t bits = 0;
  std::memcpy(&bits, Take(sizeof bits).data(), sizeof bits);
  return std::bit_cast<double>(protocol_ == ThriftProtocol::kBinary ? __builtin_bswap64(bits)
                                                                    : bits);
}

void ThriftReader::Skip(const Field& field) {
  const bool has_no_bytes =
      protocol_ == ThriftProtocol::kCompact && field.type == ThriftType::kBool;
  if (!has_no_bytes) SkipValue(field.type);
}

void ThriftReader::SkipValue(ThriftType type) {
  switch (type) {
    case ThriftType::kBool:
      ReadByte();
      return;
    case ThriftType::kByte:
    case ThriftType::kI16:
    case ThriftType::kI32:
    case ThriftType::kI64:
      ReadInt(type);
      return;
    case ThriftType::kDouble:
      ReadDouble();
      return;
    case ThriftType::kBytes:
      ReadBytes();
      return;
    case ThriftType::kStruct:
      return ForEachField([](const Field&) { return false; });
    case ThriftType::kMap:
      return SkipMap();
    default: {
      Enter();
      const ListHeader list = ReadListHeader();
      for (uint32_t i = 0; i < list.size; ++i) SkipValue(list.type);
      --depth_;
    }
  }
}

void ThriftReader::SkipMap() {
  Enter();
  uint64_t size = 0;
  uint8_t key = 0;
  uint8_t value = 0;
  if (protocol_ == ThriftProtocol::kBinary) {
    key = ReadByte();
    value = ReadByte();
    size = ReadBigEndian(4);
  } else if (size = ReadVarint(); size > 0) {
    const uint8_t types = ReadByte();
    key = types >> 4;
    value = types & 0x0f;
  }
  if (size > message_.size() - at_) Fail(fmt::format("a map claims {} entries", size));
  for (uint64_t i = 0; i < size; ++i) {
    SkipValue(TypeOf(key));
    SkipValue(TypeOf(value));
  }
  --depth_;
}

}  // namespace vivace
