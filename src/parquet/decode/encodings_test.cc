
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "parquet/decode/delta_binary_packed.h"
#include "parquet/decode/delta_length_byte_array.h"
#include "parquet/decode/plain_values.h"
#include "parquet/decode/rle_dictionary.h"
#include "parquet/encode/value_encoding.h"

namespace vivace {
namespace {

using Random = std::mt19937_64;

ValueRange RandomRange(Random& random, size_t count) {
  const auto skip = static_cast<uint32_t>(random() % (count + 1));
  return {skip, static_cast<uint32_t>(random() % (count - skip + 1))};
}

// Numbers as a slice has them: 32 bits are sign-extended.
std::vector<uint64_t> RandomNumbers(Random& random, LeafType type) {
  std::vector<uint64_t> numbers(random() % 700);
  const uint64_t bits = random() % 65;
  for (uint64_t& number : numbers) {
    number = bits == 0 ? 0 : random() >> (64 - bits);
    if (type == LeafType::kInt32 || type == LeafType::kUint32)
      number = static_cast<uint64_t>(static_cast<int32_t>(number));
    if (type == LeafType::kBool) number &= 1;
  }
  return numbers;
}

std::vector<uint64_t> Part(const std::vector<uint64_t>& all, ValueRange range) {
  return {all.begin() + range.skip, all.begin() + range.end()};
}

TEST(Encodings, NumbersAreWhatWasEncoded) {
  Random random(1);
  for (const LeafType type : {LeafType::kInt32, LeafType::kUint32, LeafType::kInt64,
                              LeafType::kUint64, LeafType::kDouble, LeafType::kBool}) {
    for (int round = 0; round < 200; ++round) {
      const std::vector<uint64_t> numbers = RandomNumbers(random, type);
      const ValueRange range = RandomRange(random, numbers.size());
      LeafSlice slice;
      ASSERT_TRUE(AppendPlainValues(EncodeNumbers(numbers, type, PageEncoding::kPlain).body, range,
                                    type, slice));
      ASSERT_EQ(slice.bits, Part(numbers, range));
      if (type == LeafType::kDouble || type == LeafType::kBool) continue;
      const std::string deltas =
          EncodeNumbers(numbers, type, PageEncoding::kDeltaBinaryPacked).body;
      slice.bits.clear();
      ASSERT_TRUE(
          AppendDeltaNumbers(deltas, range, static_cast<uint32_t>(numbers.size()), type, slice));
      ASSERT_EQ(slice.bits, Part(numbers, range));
      ASSERT_EQ(ReadDeltaValues(deltas, 0, 700)->encoded_bytes, deltas.size());
    }
  }
}

struct Texts {
  explicit Texts(Random& random) : texts(random() % 300), tokens(texts.size()) {
    for (std::string& text : texts)
      text.assign(random() % 3 == 0 ? random() % 200 : 8, static_cast<char>(random()));
    std::iota(tokens.begin(), tokens.end(), 0);
  }
  std::vector<std::string> texts;
  std::vector<ValueToken> tokens;

  std::string Encode(PageEncoding encoding) const {
    return EncodeTexts(
               tokens, [&](ValueToken token) { return std::string_view(texts[token]); }, encoding)
        .body;
  }
  void Expect(const LeafSlice& slice, ValueRange range) const {
    ASSERT_EQ(slice.texts.size(), range.take);
    for (size_t i = 0; i < range.take; ++i) ASSERT_EQ(slice.Text(i), texts[range.skip + i]);
  }
};

TEST(Encodings, TextsAreWhatWasEncoded) {
  Random random(2);
  for (int round = 0; round < 300; ++round) {
    const Texts texts(random);
    const ValueRange range = RandomRange(random, texts.texts.size());
    LeafSlice plain, delta;
    ASSERT_TRUE(
        AppendPlainValues(texts.Encode(PageEncoding::kPlain), range, LeafType::kString, plain));
    texts.Expect(plain, range);
    const auto count = static_cast<uint32_t>(texts.texts.size());
    ASSERT_TRUE(AppendDeltaLengthTexts(texts.Encode(PageEncoding::kDeltaLengthByteArray), range,
                                       count, delta));
    texts.Expect(delta, range);
  }
}

// Codes below `size`, of which some pages have only one.
std::vector<uint32_t> RandomCodes(Random& random, size_t size) {
  std::vector<uint32_t> codes(random() % 100 + 1, static_cast<uint32_t>(random() % size));
  if (random() % 4 == 0) return codes;
  for (uint32_t& code : codes) code = static_cast<uint32_t>(random() % size);
  return codes;
}

// A page of codes as other writers put it where they have dictionaries of more than 65,536 entries:
// 32 bits a code.
std::string EncodeWideCodes(const std::vector<uint32_t>& codes) {
  std::string body(1, '\x20');
  const size_t groups = (codes.size() + 7) / 8;
  body += static_cast<char>(groups << 1 | 1);  // at most 63 groups
  for (size_t i = 0; i < groups * 8; ++i) {
    const uint32_t code = i < codes.size() ? codes[i] : 0;
    body.append(reinterpret_cast<const char*>(&code), sizeof code);
  }
  return body;
}

std::string EncodeCodes(const std::vector<uint32_t>& codes, size_t size) {
  if (size > 1 << 16) return EncodeWideCodes(codes);
  return EncodeDictionaryCodes({codes.begin(), codes.end()}, size);
}

TEST(Encodings, DictionaryCodesLeadToTheirValues) {
  Random random(3);
  for (const size_t size : {1u, 200u, 60'000u, 70'000u}) {
    std::vector<uint64_t> numbers(size);
    for (uint64_t& number : numbers) number = random();
    const auto dictionary =
        LeafDictionary::Make(EncodeNumbers(numbers, LeafType::kInt64, PageEncoding::kPlain).body,
                             static_cast<uint32_t>(size), LeafType::kInt64);
    ASSERT_TRUE(dictionary.has_value());
    for (int round = 0; round < 100; ++round) {
      const std::vector<uint32_t> codes = RandomCodes(random, size);
      const ValueRange range = RandomRange(random, codes.size());
      LeafSlice slice;
      ASSERT_TRUE(AppendDictionaryValues(EncodeCodes(codes, size), range, *dictionary, slice));
      ASSERT_EQ(slice.bits.size(), range.take);
      for (size_t i = 0; i < range.take; ++i)
        ASSERT_EQ(slice.bits[i], numbers[codes[range.skip + i]]);
    }
  }
}

TEST(Encodings, DictionariesOfTexts) {
  Random random(4);
  const Texts texts(random);
  const auto count = static_cast<uint32_t>(texts.texts.size());
  const auto dictionary =
      LeafDictionary::Make(texts.Encode(PageEncoding::kPlain), count, LeafType::kString);
  ASSERT_TRUE(dictionary.has_value());
  ASSERT_EQ(dictionary->size(), texts.texts.size());
  LeafSlice slice;
  for (uint32_t code = 0; code < count; ++code) ASSERT_TRUE(dictionary->Append(code, slice));
  texts.Expect(slice, {0, count});
  EXPECT_FALSE(
      LeafDictionary::Make(texts.Encode(PageEncoding::kPlain), count + 1, LeafType::kString)
          .has_value());
  EXPECT_FALSE(LeafDictionary::Make("\x01", 1, LeafType::kBool).has_value());
}

TEST(Encodings, TooFewValuesAndCodesTooHighAreRefused) {
  LeafSlice slice;
  const auto dictionary = LeafDictionary::Make(
      EncodeNumbers({5, 6}, LeafType::kInt32, PageEncoding::kPlain).body, 2, LeafType::kInt32);
  const std::string codes = EncodeDictionaryCodes({0, 1, 2}, 3);
  EXPECT_TRUE(AppendDictionaryValues(codes, {0, 2}, *dictionary, slice));
  EXPECT_FALSE(AppendDictionaryValues(codes, {0, 3}, *dictionary, slice));
  EXPECT_FALSE(AppendDictionaryValues(codes, {8, 1}, *dictionary, slice));
  EXPECT_FALSE(AppendDictionaryValues(std::string("\x03\x03\x00\x00\x00", 5), {0, 1}, *dictionary,
                                      slice));  // codes of three bits
  EXPECT_FALSE(AppendPlainValues(std::string(12, 'x'), {0, 2}, LeafType::kInt64, slice));
  EXPECT_FALSE(AppendPlainValues("\x01", {0, 9}, LeafType::kBool, slice));
  const std::string deltas =
      EncodeNumbers({1, 2, 3}, LeafType::kInt64, PageEncoding::kDeltaBinaryPacked).body;
  EXPECT_FALSE(ReadDeltaValues(deltas, 4, 10).has_value());
  EXPECT_FALSE(ReadDeltaValues(deltas, 3, 2).has_value());
}

// Nothing is read beyond the end, whatever the bytes say (for the sanitizers).
TEST(Encodings, AnyBytesAreAnAnswer) {
  Random random(5);
  const auto dictionary = LeafDictionary::Make(std::string(800, '\0'), 100, LeafType::kInt64);
  for (int round = 0; round < 20'000; ++round) {
    const Texts texts(random);
    std::string bytes =
        texts.Encode(round % 2 == 0 ? PageEncoding::kPlain : PageEncoding::kDeltaLengthByteArray);
    if (round % 5 == 0) bytes = EncodeCodes(RandomCodes(random, 100), 100);
    for (int flip = 0; flip < 3 && !bytes.empty(); ++flip)
      bytes[random() % std::min<size_t>(bytes.size(), 40)] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    bytes.shrink_to_fit();
    const ValueRange range{static_cast<uint32_t>(random() % 300),
                           static_cast<uint32_t>(random() % 300)};
    LeafSlice slice;
    AppendPlainValues(bytes, range, LeafType::kString, slice);
    AppendDeltaNumbers(bytes, range, 10'000, LeafType::kInt64, slice);
    AppendDeltaLengthTexts(bytes, range, 10'000, slice);
    AppendDictionaryValues(bytes, range, *dictionary, slice);
  }
}

}  // namespace
}  // namespace vivace
