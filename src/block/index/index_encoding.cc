#include "block/index/index_encoding.h"

namespace vivace {
namespace {

constexpr size_t kWidthMax = sizeof(uint64_t);
constexpr size_t kVarintBitsMax = 63;

}  // namespace

void IndexEncoder::PutLittleEndian(uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) PutByte(static_cast<uint8_t>(value >> (8 * i)));
}

void IndexEncoder::PutVarint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) PutByte(static_cast<uint8_t>(value | 0x80));
  PutByte(static_cast<uint8_t>(value));
}

void IndexEncoder::PutText(std::string_view text) {
  PutVarint(text.size());
  bytes_ += text;
}

void IndexEncoder::PutValue(const AttributeValue& value) {
  // Several values of one key are told from an array by the highest bit.
  PutByte(static_cast<uint8_t>(static_cast<uint8_t>(value.kind) | (value.IsSeveral() ? 0x80 : 0)));
  if (value.HasText()) {
    PutText(value.text);
  } else if (value.kind != ValueKind::kEmpty) {
    PutFixed64(value.bits);
  }
}

void IndexEncoder::PutNumbers(std::span<const uint64_t> numbers) {
  const auto [least, greatest] = std::ranges::minmax_element(numbers);
  const uint64_t base = numbers.empty() ? 0 : *least;
  const uint64_t range = numbers.empty() ? 0 : *greatest - base;
  const size_t width = (static_cast<size_t>(std::bit_width(range)) + 7) / 8;
  PutVarint(base);
  PutByte(static_cast<uint8_t>(width));
  const size_t begin = bytes_.size();
  bytes_.resize(begin + width * numbers.size());
  char* to = bytes_.data() + begin;
  for (size_t plane = 0; plane < width; ++plane) {
    for (const uint64_t number : numbers) *to++ = static_cast<char>((number - base) >> (8 * plane));
  }
}

std::string_view IndexDecoder::Bytes(size_t size) {
  if (size > left_.size()) Fail();
  if (!ok_) return {};
  const std::string_view bytes = left_.substr(0, size);
  left_.remove_prefix(size);
  return bytes;
}

TraceId IndexDecoder::Id() {
  TraceId id;
  const std::string_view bytes = Bytes(id.bytes.size());
  std::ranges::copy(bytes, id.bytes.begin());
  return id;
}

uint64_t IndexDecoder::LittleEndian(size_t size) {
  uint64_t value = 0;
  size_t shift = 0;
  for (const char byte : Bytes(size)) {
    value |= uint64_t{static_cast<uint8_t>(byte)} << shift;
    shift += 8;
  }
  return value;
}

uint64_t IndexDecoder::Varint() {
  uint64_t value = 0;
  for (size_t shift = 0; shift <= kVarintBitsMax; shift += 7) {
    const uint8_t byte = Byte();
    value |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  Fail();
  return 0;
}

size_t IndexDecoder::Count(size_t bytes_each) {
  const uint64_t count = Varint();
  if (count > left_.size() / bytes_each) Fail();
  return ok_ ? static_cast<size_t>(count) : 0;
}

std::string_view IndexDecoder::Text() {
  const uint64_t size = Varint();
  return Bytes(size);
}

AttributeValue IndexDecoder::Value() {
  const uint8_t byte = Byte();
  AttributeValue value{.kind = static_cast<ValueKind>(byte & 0x7f)};
  const bool is_several = (byte & 0x80) != 0;
  if (value.kind > ValueKind::kKeyValueList || (is_several && value.kind != ValueKind::kArray))
    Fail();
  if (!ok_) return {};
  if (value.HasText()) {
    value.text = Text();
  } else if (value.kind != ValueKind::kEmpty) {
    value.bits = Fixed64();
  }
  if (is_several) value.bits = 1;
  return value;
}

std::vector<uint64_t> IndexDecoder::Numbers(size_t count) {
  const uint64_t base = Varint();
  const size_t width = Byte();
  if (width > kWidthMax || (width > 0 && count > left_.size() / width)) Fail();
  const std::string_view planes = Bytes(width * count);
  if (!ok_) return {};
  std::vector<uint64_t> numbers(count, base);
  for (size_t plane = 0; plane < width; ++plane) {
    const char* from = planes.data() + plane * count;
    for (size_t i = 0; i < count; ++i)
      numbers[i] += uint64_t{static_cast<uint8_t>(from[i])} << (8 * plane);
  }
  return numbers;
}

std::vector<uint32_t> IndexDecoder::SmallNumbers(size_t count, uint64_t max) {
  const std::vector<uint64_t> numbers = Numbers(count);
  if (std::ranges::any_of(numbers, [&](uint64_t number) { return number > max; })) Fail();
  if (!ok_) return {};
  return {numbers.begin(), numbers.end()};
}

}  // namespace vivace
