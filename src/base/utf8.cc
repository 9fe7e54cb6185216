#include "base/utf8.h"

#include <cstring>

namespace vivace {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The bits of a continuation byte, 0xff where there is none.
uint32_t ContinuationBits(std::string_view text, size_t index) {
  if (index >= text.size()) return 0xff;
  const auto byte = static_cast<uint8_t>(text[index]);
  return (byte & 0xc0) == 0x80 ? byte & 0x3fu : 0xff;
}

// Where the first byte from `begin` on lies that is not ASCII.
size_t AsciiEnd(std::string_view text, size_t begin) {
  for (uint64_t word = 0; begin + sizeof word <= text.size(); begin += sizeof word) {
    std::memcpy(&word, text.data() + begin, sizeof word);
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (begin < text.size() && static_cast<uint8_t>(text[begin]) < 0x80) ++begin;
  return begin;
}

// Where the first byte from `begin` on lies that is not part of UTF-8.
size_t ValidEnd(std::string_view text, size_t begin) {
  while ((begin = AsciiEnd(text, begin)) < text.size()) {
    const size_t bytes = DecodeMultibyteUtf8(text.substr(begin)).first;
    if (bytes == 0) break;
    begin += bytes;
  }
  return begin;
}

}  // namespace

std::pair<size_t, uint32_t> DecodeMultibyteUtf8(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return {0, 0};
  uint32_t point = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    const uint32_t bits = ContinuationBits(text, i);
    if (bits > 0x3f) return {0, 0};
    point = point << 6 | bits;
  }
  const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  if (overlong || surrogate || point > 0x10ffff) return {0, 0};
  return {size, point};
}

void AppendUtf8(uint32_t point, std::string& out) {
  const auto continuation = [&](int shift) {
    out += static_cast<char>(0x80 | ((point >> shift) & 0x3f));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | (point >> 6));
    continuation(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | (point >> 12));
    continuation(6), continuation(0);
  } else {
    out += static_cast<char>(0xf0 | (point >> 18));
    continuation(12), continuation(6), continuation(0);
  }
}

bool IsUtf8(std::string_view text) { return ValidEnd(text, 0) == text.size(); }

std::string_view AsUtf8(std::string_view text, std::string& storage) {
  size_t end = ValidEnd(text, 0);
  if (end == text.size()) return text;
  storage.assign(text, 0, end);
  while (end < text.size()) {
    storage += kReplacement;
    const size_t begin = end + 1;
    end = ValidEnd(text, begin);
    storage.append(text, begin, end - begin);
  }
  return storage;
}

}  // namespace vivace
