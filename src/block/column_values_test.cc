#include "block/column_values.h"

#include <gtest/gtest.h>
#include <parquet/encoding.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace vivace {
namespace {

using Random = std::mt19937_64;

const uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

parquet::Encoding::type ToParquet(PageEncoding encoding) {
  switch (encoding) {
    case PageEncoding::kDeltaBinaryPacked:
      return parquet::Encoding::DELTA_BINARY_PACKED;
    case PageEncoding::kDeltaLengthByteArray:
      return parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY;
    default:
      return parquet::Encoding::PLAIN;
  }
}

std::vector<TextValue> Values(const std::vector<std::string>& texts) {
  std::vector<TextValue> values;
  for (const std::string& text : texts) values.push_back({text});
  return values;
}

std::vector<std::string> DecodeTexts(parquet::TypedDecoder<parquet::ByteArrayType>& decoder, size_t count) {
  std::vector<parquet::ByteArray> views(count);
  const int read = decoder.Decode(views.data(), static_cast<int>(count));
  std::vector<std::string> texts;
  for (int i = 0; i < read; ++i) texts.emplace_back(reinterpret_cast<const char*>(views[i].ptr), views[i].len);
  return texts;
}

std::vector<std::string> RandomTexts(Random& random, size_t count, size_t distinct) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t which = random() % distinct;
    texts.push_back(which == 0 ? "" : std::string(which % 50, static_cast<char>('a' + which % 26)) + std::to_string(which));
  }
  return texts;
}

TEST(EncodeValues, ArrowReadsTexts) {
  Random random(1);
  for (const PageEncoding encoding : {PageEncoding::kPlain, PageEncoding::kDeltaLengthByteArray}) {
    for (const size_t count : {size_t{1}, size_t{7}, size_t{128}, size_t{5000}}) {
      const auto texts = RandomTexts(random, count, 1000);
      const std::string body = EncodeValues(Values(texts), LeafType::kString, encoding);
      const auto decoder = parquet::MakeTypedDecoder<parquet::ByteArrayType>(ToParquet(encoding));
      decoder->SetData(static_cast<int>(count), Bytes(body), static_cast<int>(body.size()));
      EXPECT_EQ(DecodeTexts(*decoder, count), texts);
    }
  }
}

template <typename Type>
void ExpectNumbers(LeafType type, PageEncoding encoding) {
  Random random(2);
  using Number = typename Type::c_type;
  for (const size_t count : {size_t{1}, size_t{7}, size_t{129}, size_t{5000}}) {
    std::vector<uint64_t> values;
    for (size_t i = 0; i < count; ++i) {
      values.push_back(type == LeafType::kBool ? random() % 2 : random() % 3 == 0 ? random() : random() % 100);
    }
    values[0] = type == LeafType::kBool ? 1 : static_cast<uint64_t>(int64_t{-1});
    const std::string body = EncodeValues(values, type, encoding);
    const auto decoder = parquet::MakeTypedDecoder<Type>(ToParquet(encoding));
    decoder->SetData(static_cast<int>(count), Bytes(body), static_cast<int>(body.size()));
    const auto decoded = std::make_unique<Number[]>(count);
    ASSERT_EQ(decoder->Decode(decoded.get(), static_cast<int>(count)), static_cast<int>(count));
    for (size_t i = 0; i < count; ++i) {
      if constexpr (std::is_same_v<Number, double>) {
        ASSERT_EQ(std::bit_cast<uint64_t>(decoded[i]), values[i]);
      } else {
        ASSERT_EQ(decoded[i], static_cast<Number>(values[i]));
      }
    }
  }
}

TEST(EncodeValues, ArrowReadsNumbers) {
  for (const PageEncoding encoding : {PageEncoding::kPlain, PageEncoding::kDeltaBinaryPacked}) {
    ExpectNumbers<parquet::Int64Type>(LeafType::kInt64, encoding);
    ExpectNumbers<parquet::Int64Type>(LeafType::kUint64, encoding);
    ExpectNumbers<parquet::Int32Type>(LeafType::kInt32, encoding);
    ExpectNumbers<parquet::Int32Type>(LeafType::kUint32, encoding);
  }
  ExpectNumbers<parquet::DoubleType>(LeafType::kDouble, PageEncoding::kPlain);
  ExpectNumbers<parquet::BooleanType>(LeafType::kBool, PageEncoding::kPlain);
}

// Encodes several pages with one dictionary and decodes them with Arrow.
void ExpectTextsByDictionary(const std::vector<std::vector<std::string>>& pages, bool tokens) {
  ChunkDictionary<TextValue> dictionary(LeafType::kString);
  std::vector<std::vector<uint32_t>> codes(pages.size());
  for (size_t page = 0; page < pages.size(); ++page) {
    std::vector<TextValue> values = Values(pages[page]);
    for (TextValue& value : values) {
      if (tokens) value.token = static_cast<uint32_t>(std::hash<std::string_view>()(value.text) % 1'000'000'007);
    }
    ASSERT_TRUE(dictionary.Add(values, codes[page]));
  }
  const size_t size = dictionary.values().size();
  const std::string plain = dictionary.PlainValues();
  const auto entries = parquet::MakeTypedDecoder<parquet::ByteArrayType>(parquet::Encoding::PLAIN);
  entries->SetData(static_cast<int>(size), Bytes(plain), static_cast<int>(plain.size()));
  const auto decoder = parquet::MakeDictDecoder<parquet::ByteArrayType>();
  decoder->SetDict(entries.get());
  for (size_t page = 0; page < pages.size(); ++page) {
    const std::string body = EncodeDictionaryCodes(codes[page], size);
    decoder->SetData(static_cast<int>(pages[page].size()), Bytes(body), static_cast<int>(body.size()));
    EXPECT_EQ(DecodeTexts(*decoder, pages[page].size()), pages[page]);
  }
}

TEST(ChunkDictionary, ArrowReadsItsCodes) {
  Random random(3);
  for (const size_t distinct : {1, 2, 255, 256, 257, 3000, 6000}) {
    std::vector<std::vector<std::string>> pages;
    for (const size_t count : {1, 8, 1001, 30'000}) pages.push_back(RandomTexts(random, count, distinct));
    pages.emplace_back();  // a page without values
    pages.emplace_back(100, "same");
    for (const bool tokens : {false, true}) ExpectTextsByDictionary(pages, tokens);
  }
}

TEST(ChunkDictionary, KeepsEachValueOnce) {
  ChunkDictionary<uint64_t> dictionary(LeafType::kInt64);
  std::vector<uint32_t> codes;
  ASSERT_TRUE(dictionary.Add({5, 7, 5, 0, 7}, codes));
  EXPECT_EQ(codes, (std::vector<uint32_t>{0, 1, 0, 2, 1}));
  EXPECT_EQ(dictionary.values(), (std::vector<uint64_t>{5, 7, 0}));
}

TEST(ChunkDictionary, GivesUpWhereItGrowsTooLarge) {
  std::vector<uint64_t> numbers(100'000);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  std::vector<uint32_t> codes;
  EXPECT_FALSE(ChunkDictionary<uint64_t>(LeafType::kInt64).Add(numbers, codes));
  std::vector<std::string> texts;
  for (size_t i = 0; i < 100'000; ++i) texts.push_back(std::to_string(i));
  EXPECT_FALSE(ChunkDictionary<TextValue>(LeafType::kString).Add(Values(texts), codes));
  EXPECT_FALSE(ChunkDictionary<TextValue>(LeafType::kString).Add(Values({std::string(1 << 20, 'x')}), codes));
}

TEST(ChunkDictionary, IsNotForIdsAndBooleans) {
  std::vector<uint32_t> codes;
  EXPECT_FALSE(ChunkDictionary<uint64_t>(LeafType::kBool).Add({1}, codes));
  EXPECT_FALSE(ChunkDictionary<TextValue>(LeafType::kBytes).Add(Values({"x"}), codes));
}

template <typename Number>
std::pair<Number, Number> NumberBoundsOf(const std::vector<uint64_t>& values, LeafType type) {
  const auto bounds = BoundsOf(values, type).value();
  EXPECT_EQ(bounds.min.size(), sizeof(Number));
  Number min, max;
  std::memcpy(&min, bounds.min.data(), sizeof min);
  std::memcpy(&max, bounds.max.data(), sizeof max);
  return {min, max};
}

TEST(BoundsOf, FollowTheOrderOfTheType) {
  const auto minus = static_cast<uint64_t>(int64_t{-3});
  EXPECT_EQ(NumberBoundsOf<int64_t>({4, minus, 9}, LeafType::kInt64), std::pair(int64_t{-3}, int64_t{9}));
  EXPECT_EQ(NumberBoundsOf<uint64_t>({4, minus, 9}, LeafType::kUint64), std::pair(uint64_t{4}, minus));
  EXPECT_EQ(NumberBoundsOf<int32_t>({4, minus, 9}, LeafType::kInt32), std::pair(-3, 9));
  EXPECT_EQ(NumberBoundsOf<uint32_t>({4, 0xfffffffd, 9}, LeafType::kUint32), std::pair(4u, 0xfffffffdu));
  EXPECT_EQ(NumberBoundsOf<uint8_t>({0, 1}, LeafType::kBool), std::pair(uint8_t{0}, uint8_t{1}));
}

TEST(BoundsOf, DoublesLeaveNanOut) {
  const auto bits = [](double value) { return std::bit_cast<uint64_t>(value); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(NumberBoundsOf<double>({bits(nan), bits(-1.5), bits(2), bits(nan)}, LeafType::kDouble), std::pair(-1.5, 2.0));
  EXPECT_EQ(NumberBoundsOf<double>({bits(-infinity), bits(infinity)}, LeafType::kDouble), std::pair(-infinity, infinity));
  EXPECT_FALSE(BoundsOf(std::vector<uint64_t>{bits(nan)}, LeafType::kDouble).has_value());
  for (const double zero : {0.0, -0.0}) {
    const auto [min, max] = NumberBoundsOf<double>({bits(zero)}, LeafType::kDouble);
    EXPECT_TRUE(std::signbit(min));
    EXPECT_FALSE(std::signbit(max));
  }
}

TEST(BoundsOf, NothingHasNone) {
  EXPECT_FALSE(BoundsOf(std::vector<uint64_t>(), LeafType::kInt64).has_value());
  EXPECT_FALSE(BoundsOf(std::vector<TextValue>(), LeafType::kString).has_value());
}

TEST(BoundsOf, TextsAreBytes) {
  const auto bounds = BoundsOf(Values({"b", "\xc3\xa4", "", "a"}), LeafType::kString).value();
  EXPECT_EQ(bounds.min, "");
  EXPECT_EQ(bounds.max, "\xc3\xa4");
  const auto empty = BoundsOf(Values({""}), LeafType::kString).value();
  EXPECT_EQ(empty.min + empty.max, "");
}

TEST(BoundsOf, LongTextsAreCutToBoundsThatHold) {
  const std::string longer(200, 'x');
  const auto bounds = BoundsOf(Values({longer}), LeafType::kString).value();
  EXPECT_LT(bounds.min.size(), 100u);
  EXPECT_LE(bounds.min, longer);
  EXPECT_LT(bounds.max.size(), 100u);
  EXPECT_GE(bounds.max, longer);
  const std::string carries = std::string(10, 'x') + std::string(100, '\xff');
  const auto carried = BoundsOf(Values({carries}), LeafType::kString).value();
  EXPECT_GE(carried.max, carries);
  const std::string highest(100, '\xff');
  EXPECT_EQ(BoundsOf(Values({highest, "a"}), LeafType::kString).value().max, highest);  // no shorter text lies above
}

}  // namespace
}  // namespace vivace
