#include "block/column_values.h"

#include <arrow/buffer.h>
#include <parquet/encoding.h>
#include <parquet/types.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace vivace {
namespace {

// A dictionary is read whole for a single value of its chunk, so it stays small.
constexpr size_t kDictionaryTextsMax = 1 << 16;
constexpr size_t kDictionaryNumbersMax = 1 << 14;
constexpr size_t kDictionaryBytesMax = 256 << 10;
constexpr size_t kRecentTokens = 4096;
constexpr size_t kBoundBytesMax = 64;

bool IsText(LeafType type) { return type == LeafType::kBytes || type == LeafType::kString; }
bool Is32Bit(LeafType type) { return type == LeafType::kInt32 || type == LeafType::kUint32; }

template <typename Number>
void AppendNumber(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string PlainNumber(uint64_t bits, LeafType type) {
  std::string plain;
  if (Is32Bit(type)) {
    AppendNumber(plain, static_cast<uint32_t>(bits));
  } else if (type == LeafType::kBool) {
    plain += static_cast<char>(bits);
  } else {
    AppendNumber(plain, bits);
  }
  return plain;
}

std::string PackBooleans(const std::vector<uint64_t>& values) {
  std::string packed((values.size() + 7) / 8, '\0');
  for (size_t i = 0; i < values.size(); ++i) packed[i / 8] = static_cast<char>(packed[i / 8] | (values[i] & 1) << (i % 8));
  return packed;
}

std::string_view View(const std::shared_ptr<::arrow::Buffer>& buffer) {
  return {reinterpret_cast<const char*>(buffer->data()), static_cast<size_t>(buffer->size())};
}

template <typename Type>
std::string EncodeDelta(const std::vector<uint64_t>& values) {
  const auto encoder = parquet::MakeTypedEncoder<Type>(parquet::Encoding::DELTA_BINARY_PACKED);
  std::vector<typename Type::c_type> numbers(values.begin(), values.end());
  encoder->Put(numbers.data(), static_cast<int>(numbers.size()));
  return std::string(View(encoder->FlushValues()));
}

std::string EncodeDeltaLength(const std::vector<TextValue>& values) {
  const auto encoder = parquet::MakeTypedEncoder<parquet::ByteArrayType>(parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY);
  std::vector<parquet::ByteArray> texts;
  texts.reserve(values.size());
  for (const TextValue& value : values) {
    texts.emplace_back(static_cast<uint32_t>(value.text.size()), reinterpret_cast<const uint8_t*>(value.text.data()));
  }
  encoder->Put(texts.data(), static_cast<int>(texts.size()));
  return std::string(View(encoder->FlushValues()));
}

// Whole bytes: 8, 16 or 32 bits.
int CodeBits(size_t dictionary_size) { return dictionary_size <= 1 << 8 ? 8 : dictionary_size <= 1 << 16 ? 16 : 32; }

void AppendVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendCode(std::string& out, uint32_t code, int bits) {
  out.append(reinterpret_cast<const char*>(&code), static_cast<size_t>(bits / 8));
}

template <typename Number>
std::optional<ValueBounds> NumberBounds(const std::vector<uint64_t>& values) {
  std::optional<std::pair<Number, Number>> bounds;
  for (const uint64_t bits : values) {
    Number number;
    if constexpr (std::is_same_v<Number, double>) {
      number = std::bit_cast<double>(bits);
      if (std::isnan(number)) continue;
      if (number == 0) number = 0;  // the sign of zero is undone below
    } else {
      number = static_cast<Number>(bits);
    }
    if (!bounds) {
      bounds = {number, number};
    } else {
      bounds = {std::min(bounds->first, number), std::max(bounds->second, number)};
    }
  }
  if (!bounds) return std::nullopt;
  if constexpr (std::is_same_v<Number, double>) {  // the format asks for -0 below and +0 above
    if (bounds->first == 0) bounds->first = -0.0;
    if (bounds->second == 0) bounds->second = 0.0;
  }
  ValueBounds plain;
  AppendNumber(plain.min, bounds->first);
  AppendNumber(plain.max, bounds->second);
  return plain;
}

// A short text that bounds all strings up to `text`; `text` itself where there is no shorter one. A page with values must have bounds:
// the bounds of its chunk are made of them.
std::string UpperBound(std::string_view text) {
  std::string bound(text.substr(0, kBoundBytesMax));
  if (bound.size() == text.size()) return bound;
  while (!bound.empty() && static_cast<uint8_t>(bound.back()) == 0xff) bound.pop_back();
  if (bound.empty()) return std::string(text);
  bound.back() = static_cast<char>(static_cast<uint8_t>(bound.back()) + 1);
  return bound;
}

}  // namespace

template <>
uint32_t ChunkDictionary<TextValue>::CodeOf(const TextValue& value) {
  if (recent_.empty()) recent_.assign(kRecentTokens, {TextValue::kNoToken, 0});
  auto& [token, code] = recent_[value.token % kRecentTokens];
  if (value.token != TextValue::kNoToken && token == value.token) return code;
  const uint32_t found = codes_.FindOrAppend(
      XXH3_64bits(value.text.data(), value.text.size()), [&](uint32_t at) { return values_[at].text == value.text; },
      [&] {
        values_.push_back(value);
        bytes_ += 4 + value.text.size();
        return static_cast<uint32_t>(values_.size() - 1);
      });
  token = value.token;
  code = found;
  return found;
}

template <>
uint32_t ChunkDictionary<uint64_t>::CodeOf(const uint64_t& value) {
  return codes_.FindOrAppend(
      XXH3_64bits(&value, sizeof value), [&](uint32_t at) { return values_[at] == value; },
      [&] {
        values_.push_back(value);
        bytes_ += 8;
        return static_cast<uint32_t>(values_.size() - 1);
      });
}

template <typename T>
bool ChunkDictionary<T>::Add(const std::vector<T>& values, std::vector<uint32_t>& codes) {
  if (type_ == LeafType::kBool || type_ == LeafType::kBytes) return false;
  const size_t count_max = IsText(type_) ? kDictionaryTextsMax : kDictionaryNumbersMax;
  codes.reserve(codes.size() + values.size());
  for (const T& value : values) {
    codes.push_back(CodeOf(value));
    if (values_.size() > count_max || bytes_ > kDictionaryBytesMax) return false;
  }
  return true;
}

template <>
std::string ChunkDictionary<TextValue>::PlainValues() const {
  return EncodeValues(values_, type_, PageEncoding::kPlain);
}

template <>
std::string ChunkDictionary<uint64_t>::PlainValues() const {
  return EncodeValues(values_, type_, PageEncoding::kPlain);
}

template bool ChunkDictionary<TextValue>::Add(const std::vector<TextValue>&, std::vector<uint32_t>&);
template bool ChunkDictionary<uint64_t>::Add(const std::vector<uint64_t>&, std::vector<uint32_t>&);

std::string EncodeDictionaryCodes(const std::vector<uint32_t>& codes, size_t size) {
  const int bits = CodeBits(size);
  std::string body(1, static_cast<char>(bits));
  if (codes.empty()) return body;
  if (std::all_of(codes.begin(), codes.end(), [&](uint32_t code) { return code == codes[0]; })) {
    AppendVarint(body, uint64_t{codes.size()} << 1);
    AppendCode(body, codes[0], bits);
    return body;
  }
  const size_t groups = (codes.size() + 7) / 8;
  AppendVarint(body, (uint64_t{groups} << 1) | 1);
  body.reserve(body.size() + groups * static_cast<size_t>(bits));
  for (const uint32_t code : codes) AppendCode(body, code, bits);
  body.append((groups * 8 - codes.size()) * static_cast<size_t>(bits / 8), '\0');
  return body;
}

std::string EncodeValues(const std::vector<TextValue>& values, LeafType, PageEncoding encoding) {
  if (encoding == PageEncoding::kDeltaLengthByteArray) return EncodeDeltaLength(values);
  std::string plain;
  size_t size = 0;
  for (const TextValue& value : values) size += 4 + value.text.size();
  plain.reserve(size);
  for (const TextValue& value : values) {
    AppendNumber(plain, static_cast<uint32_t>(value.text.size()));
    plain.append(value.text);
  }
  return plain;
}

std::string EncodeValues(const std::vector<uint64_t>& values, LeafType type, PageEncoding encoding) {
  if (encoding == PageEncoding::kDeltaBinaryPacked) {
    return Is32Bit(type) ? EncodeDelta<parquet::Int32Type>(values) : EncodeDelta<parquet::Int64Type>(values);
  }
  if (type == LeafType::kBool) return PackBooleans(values);
  std::string plain;
  if (Is32Bit(type)) {
    plain.reserve(values.size() * 4);
    for (const uint64_t bits : values) AppendNumber(plain, static_cast<uint32_t>(bits));
  } else {
    plain.assign(reinterpret_cast<const char*>(values.data()), values.size() * 8);
  }
  return plain;
}

std::optional<ValueBounds> BoundsOf(const std::vector<TextValue>& values, LeafType) {
  if (values.empty()) return std::nullopt;
  std::string_view min = values[0].text;
  std::string_view max = min;
  for (const TextValue& value : values) {
    if (value.text < min) min = value.text;
    if (value.text > max) max = value.text;
  }
  return ValueBounds{std::string(min.substr(0, kBoundBytesMax)), UpperBound(max)};
}

std::optional<ValueBounds> BoundsOf(const std::vector<uint64_t>& values, LeafType type) {
  switch (type) {
    case LeafType::kUint64:
      return NumberBounds<uint64_t>(values);
    case LeafType::kInt64:
      return NumberBounds<int64_t>(values);
    case LeafType::kUint32:
      return NumberBounds<uint32_t>(values);
    case LeafType::kInt32:
      return NumberBounds<int32_t>(values);
    case LeafType::kDouble:
      return NumberBounds<double>(values);
    default: {
      if (values.empty()) return std::nullopt;
      const auto [min, max] = std::minmax_element(values.begin(), values.end());
      return ValueBounds{PlainNumber(*min, type), PlainNumber(*max, type)};
    }
  }
}

PageEncoding PlainEncodingOf(const LeafInfo& leaf) {
  if (leaf.type == LeafType::kBytes) return PageEncoding::kDeltaLengthByteArray;
  const bool whole_number = leaf.type == LeafType::kUint64 || leaf.type == LeafType::kInt64 || Is32Bit(leaf.type);
  return whole_number && !leaf.attribute ? PageEncoding::kDeltaBinaryPacked : PageEncoding::kPlain;
}

}  // namespace vivace
