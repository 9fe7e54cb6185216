#include "parquet/encode/value_encoding.h"

#include <arrow/buffer.h>
#include <parquet/encoding.h>
#include <parquet/types.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/hash/fast_hash.h"

namespace vivace {
namespace {

// A dictionary is read whole for a single value of its chunk, so it stays small.
constexpr size_t kDictionaryTextsMax = 1 << 16;
constexpr size_t kDictionaryNumbersMax = 1 << 14;
constexpr size_t kDictionaryBytesMax = 256 << 10;
constexpr size_t kBoundBytesMax = 64;

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
  for (size_t i = 0; i < values.size(); i += 8) {
    uint8_t byte = 0;
    for (size_t bit = 0; bit < std::min<size_t>(8, values.size() - i); ++bit)
      byte |= static_cast<uint8_t>((values[i + bit] != 0) << bit);
    packed[i / 8] = static_cast<char>(byte);
  }
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

// Whole bytes.
int CodeBits(size_t dictionary_size) { return dictionary_size <= 1 << 8 ? 8 : 16; }

void AppendVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Bit-packed with whole bytes a code: plainly the codes in little endian.
void AppendCodes(std::string& out, std::span<const DictionaryCode> codes, size_t padded_count,
                 int bits) {
  const size_t begin = out.size();
  out.resize(begin + padded_count * static_cast<size_t>(bits / 8));
  char* at = out.data() + begin;
  if (bits == 8) {
    std::transform(codes.begin(), codes.end(), at,
                   [](DictionaryCode code) { return static_cast<char>(code); });
  } else if (!codes.empty()) {
    std::memcpy(at, codes.data(), codes.size_bytes());
  }
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

// A short text that bounds all strings up to `text`; `text` itself where there is no shorter one. A
// page with values must have bounds: the bounds of its chunk are made of them.
std::string UpperBound(std::string_view text) {
  std::string bound(text.substr(0, kBoundBytesMax));
  if (bound.size() == text.size()) return bound;
  while (!bound.empty() && static_cast<uint8_t>(bound.back()) == 0xff) bound.pop_back();
  if (bound.empty()) return std::string(text);
  bound.back() = static_cast<char>(static_cast<uint8_t>(bound.back()) + 1);
  return bound;
}

// Bounds over texts. Most comparisons end with the first eight bytes.
class TextBounds {
 public:
  void Add(std::string_view text) {
    const uint64_t prefix = Prefix(text);
    if (empty_) {
      min_ = max_ = text;
      min_prefix_ = max_prefix_ = prefix;
      empty_ = false;
      return;
    }
    if (prefix < min_prefix_ || (prefix == min_prefix_ && text < min_)) {
      min_ = text;
      min_prefix_ = prefix;
    }
    if (prefix > max_prefix_ || (prefix == max_prefix_ && text > max_)) {
      max_ = text;
      max_prefix_ = prefix;
    }
  }

  std::optional<ValueBounds> Take() const {
    if (empty_) return std::nullopt;
    return ValueBounds{std::string(min_.substr(0, kBoundBytesMax)), UpperBound(max_)};
  }

 private:
  // The first eight bytes as a number that orders like them.
  static uint64_t Prefix(std::string_view text) {
    uint64_t word = 0;
    if (!text.empty()) std::memcpy(&word, text.data(), std::min(text.size(), sizeof word));
    return __builtin_bswap64(word);
  }

  bool empty_ = true;
  std::string_view min_;
  std::string_view max_;
  uint64_t min_prefix_ = 0;
  uint64_t max_prefix_ = 0;
};

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

// Calls `visit` once for each code that occurs.
template <typename Visit>
void ForEachDistinct(const std::vector<DictionaryCode>& codes, size_t size, Visit&& visit) {
  std::vector<uint8_t> seen(size);
  for (const DictionaryCode code : codes) {
    if (seen[code] != 0) continue;
    seen[code] = 1;
    visit(code);
  }
}

// The texts of `tokens`. They lie anywhere in memory: ForEachText prefetches those ahead.
std::vector<std::string_view> Resolve(const std::vector<ValueToken>& tokens,
                                      const ResolveText& resolve) {
  std::vector<std::string_view> texts;
  texts.reserve(tokens.size());
  for (const ValueToken token : tokens) texts.push_back(resolve(token));
  return texts;
}

template <typename Visit>
void ForEachText(const std::vector<std::string_view>& texts, Visit&& visit) {
  constexpr size_t kPrefetchDistance = 12;
  constexpr size_t kLineBytes = 64;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i + kPrefetchDistance < texts.size()) {
      const std::string_view ahead = texts[i + kPrefetchDistance];
      __builtin_prefetch(ahead.data());
      if (ahead.size() > kLineBytes / 2) __builtin_prefetch(ahead.data() + kLineBytes);
    }
    visit(texts[i]);
  }
}

size_t TotalSize(const std::vector<std::string_view>& texts) {
  return std::accumulate(texts.begin(), texts.end(), size_t{0},
                         [](size_t sum, std::string_view text) { return sum + text.size(); });
}

// A code that does not fit belongs to a dictionary that is too large and abandoned at the end of
// the page.
DictionaryCode Narrow(uint32_t code) { return static_cast<DictionaryCode>(code); }

// Room for `count` more codes.
DictionaryCode* Grow(std::vector<DictionaryCode>& codes, size_t count) {
  codes.resize(codes.size() + count);
  return codes.data() + codes.size() - count;
}

// Lengths first, then all bytes (Parquet format, DELTA_LENGTH_BYTE_ARRAY).
std::string EncodeDeltaLength(const std::vector<std::string_view>& texts, TextBounds& bounds) {
  std::vector<uint64_t> lengths;
  lengths.reserve(texts.size());
  for (const std::string_view text : texts) lengths.push_back(text.size());
  std::string bytes = EncodeDelta<parquet::Int32Type>(lengths);
  bytes.reserve(bytes.size() + TotalSize(texts));
  ForEachText(texts, [&](std::string_view text) {
    bytes.append(text);
    bounds.Add(text);
  });
  return bytes;
}

std::string EncodePlainTexts(const std::vector<std::string_view>& texts, TextBounds& bounds) {
  std::string plain;
  plain.reserve(texts.size() * sizeof(uint32_t) + TotalSize(texts));
  ForEachText(texts, [&](std::string_view text) {
    AppendNumber(plain, static_cast<uint32_t>(text.size()));
    plain.append(text);
    bounds.Add(text);
  });
  return plain;
}

}  // namespace

TextDictionary::TextDictionary(const ResolveText& resolve) : resolve_(resolve) {}

uint32_t TextDictionary::CodeOf(std::string_view text) {
  return codes_.FindOrAppend(
      FastHash(text), [&](uint32_t at) { return texts_[at] == text; },
      [&] {
        texts_.push_back(text);
        bytes_ += 4 + text.size();
        return static_cast<uint32_t>(texts_.size() - 1);
      });
}

bool TextDictionary::Add(const std::vector<ValueToken>& tokens,
                         std::vector<DictionaryCode>& codes) {
  DictionaryCode* code = Grow(codes, tokens.size());
  for (const ValueToken token : tokens)
    *code++ = Narrow(recent_.CodeOf(token, [&] { return CodeOf(resolve_(token)); }));
  return texts_.size() <= kDictionaryTextsMax && bytes_ <= kDictionaryBytesMax;
}

std::string TextDictionary::PlainValues() const {
  std::string plain;
  for (const std::string_view text : texts_) {
    AppendNumber(plain, static_cast<uint32_t>(text.size()));
    plain.append(text);
  }
  return plain;
}

std::optional<ValueBounds> TextDictionary::Bounds(const std::vector<DictionaryCode>& codes) const {
  TextBounds bounds;
  ForEachDistinct(codes, texts_.size(), [&](uint32_t code) { bounds.Add(texts_[code]); });
  return bounds.Take();
}

uint32_t NumberDictionary::CodeOf(uint64_t value) {
  const auto append = [&] {
    values_.push_back(value);
    has_negative_int32_ |= type_ == LeafType::kInt32 && static_cast<int32_t>(value) < 0;
    return static_cast<uint32_t>(values_.size() - 1);
  };
  if (value >= kSmallNumbers)
    return codes_.FindOrAppend(
        FastHash(value), [&](uint32_t at) { return values_[at] == value; }, append);
  if (small_codes_[value] == CodeTable::kNone) small_codes_[value] = append();
  return small_codes_[value];
}

bool NumberDictionary::MustNotBeUsed() const {
  return values_.size() > kDictionaryNumbersMax || has_negative_int32_;
}

bool NumberDictionary::Add(const std::vector<uint64_t>& values,
                           std::vector<DictionaryCode>& codes) {
  DictionaryCode* code = Grow(codes, values.size());
  for (const uint64_t value : values) *code++ = Narrow(CodeOf(value));
  return !MustNotBeUsed();
}

bool ScalarDictionary::Add(const std::vector<ValueToken>& tokens,
                           std::vector<DictionaryCode>& codes) {
  DictionaryCode* code = Grow(codes, tokens.size());
  for (const ValueToken token : tokens)
    *code++ = Narrow(recent_.CodeOf(token, [&] { return numbers_.CodeOf(resolve_(token)); }));
  return !numbers_.MustNotBeUsed();
}

std::string NumberDictionary::PlainValues() const {
  return EncodeNumbers(values_, type_, PageEncoding::kPlain).body;
}

std::optional<ValueBounds> NumberDictionary::Bounds(
    const std::vector<DictionaryCode>& codes) const {
  std::vector<uint64_t> distinct;
  ForEachDistinct(codes, values_.size(), [&](uint32_t code) { distinct.push_back(values_[code]); });
  return BoundsOf(distinct, type_);
}

std::string EncodeDictionaryCodes(const std::vector<DictionaryCode>& codes, size_t size) {
  const int bits = CodeBits(size);
  std::string body(1, static_cast<char>(bits));
  if (codes.empty()) return body;
  if (std::all_of(codes.begin(), codes.end(),
                  [&](DictionaryCode code) { return code == codes[0]; })) {
    AppendVarint(body, uint64_t{codes.size()} << 1);
    AppendCodes(body, std::span(codes).first(1), 1, bits);
    return body;
  }
  const size_t groups = (codes.size() + 7) / 8;
  AppendVarint(body, (uint64_t{groups} << 1) | 1);
  AppendCodes(body, codes, groups * 8, bits);
  return body;
}

std::string EncodeRepeatedCode(uint32_t count) {
  std::string body(1, '\x08');
  if (count == 0) return body;
  AppendVarint(body, uint64_t{count} << 1);
  body += '\0';
  return body;
}

SingleValue ZeroOf(LeafType type) {
  if (IsText(type)) return {PlainNumber(0, LeafType::kInt32), {}};  // a length of 0
  return {PlainNumber(0, type), *BoundsOf({0}, type)};
}

EncodedValues EncodeTexts(const std::vector<ValueToken>& tokens, const ResolveText& resolve,
                          PageEncoding encoding) {
  const std::vector<std::string_view> texts = Resolve(tokens, resolve);
  TextBounds bounds;
  EncodedValues values;
  values.body = encoding == PageEncoding::kDeltaLengthByteArray ? EncodeDeltaLength(texts, bounds)
                                                                : EncodePlainTexts(texts, bounds);
  values.bounds = bounds.Take();
  return values;
}

EncodedValues EncodeNumbers(const std::vector<uint64_t>& values, LeafType type,
                            PageEncoding encoding) {
  EncodedValues encoded{.bounds = BoundsOf(values, type)};
  if (encoding == PageEncoding::kDeltaBinaryPacked) {
    encoded.body = Is32Bit(type) ? EncodeDelta<parquet::Int32Type>(values)
                                 : EncodeDelta<parquet::Int64Type>(values);
  } else if (type == LeafType::kBool) {
    encoded.body = PackBooleans(values);
  } else if (Is32Bit(type)) {
    encoded.body.reserve(values.size() * 4);
    for (const uint64_t bits : values) AppendNumber(encoded.body, static_cast<uint32_t>(bits));
  } else {
    encoded.body.assign(reinterpret_cast<const char*>(values.data()), values.size() * 8);
  }
  return encoded;
}

PageEncoding FallbackEncodingOf(const LeafInfo& leaf) {
  if (leaf.type == LeafType::kBytes) return PageEncoding::kDeltaLengthByteArray;
  return leaf.delta_encoded ? PageEncoding::kDeltaBinaryPacked : PageEncoding::kPlain;
}

}  // namespace vivace
