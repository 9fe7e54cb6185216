#include "parquet/encode/value_encoding.h"

#include <gtest/gtest.h>
#include <parquet/encoding.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>

namespace vivace {
namespace {

using Random = std::mt19937_64;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

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

// Texts as tokens: their indices.
class Tokens {
 public:
  explicit Tokens(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (ValueToken i = 0; i < texts_.size(); ++i) all_.push_back(i);
  }
  const std::vector<ValueToken>& all() const { return all_; }
  const ResolveText& resolve() const { return resolve_; }

 private:
  std::vector<std::string> texts_;
  std::vector<ValueToken> all_;
  ResolveText resolve_ = [this](ValueToken token) { return std::string_view(texts_[token]); };
};

std::optional<ValueBounds> TextBoundsOf(const std::vector<std::string>& texts) {
  const Tokens tokens(texts);
  return EncodeTexts(tokens.all(), tokens.resolve(), PageEncoding::kPlain).bounds;
}

std::optional<ValueBounds> NumberBounds(const std::vector<uint64_t>& values, LeafType type) {
  return EncodeNumbers(values, type, PageEncoding::kPlain).bounds;
}

std::vector<std::string> DecodeTexts(parquet::TypedDecoder<parquet::ByteArrayType>& decoder,
                                     size_t count) {
  std::vector<parquet::ByteArray> views(count);
  const int read = decoder.Decode(views.data(), static_cast<int>(count));
  std::vector<std::string> texts;
  for (int i = 0; i < read; ++i)
    texts.emplace_back(reinterpret_cast<const char*>(views[i].ptr), views[i].len);
  return texts;
}

std::vector<std::string> RandomTexts(Random& random, size_t count, size_t distinct) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t which = random() % distinct;
    texts.push_back(which == 0 ? ""
                               : std::string(which % 50, static_cast<char>('a' + which % 26)) +
                                     std::to_string(which));
  }
  return texts;
}

TEST(EncodePage, ArrowReadsTexts) {
  Random random(1);
  for (const PageEncoding encoding : {PageEncoding::kPlain, PageEncoding::kDeltaLengthByteArray}) {
    for (const size_t count : {size_t{1}, size_t{7}, size_t{128}, size_t{5000}}) {
      const auto texts = RandomTexts(random, count, 1000);
      const Tokens tokens(texts);
      const std::string body = EncodeTexts(tokens.all(), tokens.resolve(), encoding).body;
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
      values.push_back(type == LeafType::kBool ? random() % 2
                       : random() % 3 == 0     ? random()
                                               : random() % 100);
    }
    values[0] = type == LeafType::kBool ? 1 : static_cast<uint64_t>(int64_t{-1});
    const std::string body = EncodeNumbers(values, type, encoding).body;
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

TEST(EncodePage, ArrowReadsNumbers) {
  for (const PageEncoding encoding : {PageEncoding::kPlain, PageEncoding::kDeltaBinaryPacked}) {
    ExpectNumbers<parquet::Int64Type>(LeafType::kInt64, encoding);
    ExpectNumbers<parquet::Int64Type>(LeafType::kUint64, encoding);
    ExpectNumbers<parquet::Int32Type>(LeafType::kInt32, encoding);
    ExpectNumbers<parquet::Int32Type>(LeafType::kUint32, encoding);
  }
  ExpectNumbers<parquet::DoubleType>(LeafType::kDouble, PageEncoding::kPlain);
  ExpectNumbers<parquet::BooleanType>(LeafType::kBool, PageEncoding::kPlain);
}

// Encodes several pages with one dictionary and decodes them with Arrow. With `shared_tokens` equal
// texts have one token.
void ExpectTextsByDictionary(const std::vector<std::vector<std::string>>& pages,
                             bool shared_tokens) {
  std::vector<std::string> texts;
  std::map<std::string, ValueToken> token_of;
  const auto add = [&](const std::string& text) {
    texts.push_back(text);
    return static_cast<ValueToken>(texts.size() - 1);
  };
  const ResolveText resolve = [&](ValueToken token) { return std::string_view(texts[token]); };
  std::vector<std::vector<ValueToken>> tokens(pages.size());
  for (size_t page = 0; page < pages.size(); ++page) {
    for (const std::string& text : pages[page]) {
      const auto known = token_of.find(text);
      const ValueToken token = shared_tokens && known != token_of.end() ? known->second : add(text);
      token_of[text] = token;
      tokens[page].push_back(token);
    }
  }
  TextDictionary dictionary(resolve);
  std::vector<std::vector<DictionaryCode>> codes(pages.size());
  for (size_t page = 0; page < pages.size(); ++page)
    ASSERT_TRUE(dictionary.Add(tokens[page], codes[page]));
  const size_t size = dictionary.size();
  const std::string plain = dictionary.PlainValues();
  const auto entries = parquet::MakeTypedDecoder<parquet::ByteArrayType>(parquet::Encoding::PLAIN);
  entries->SetData(static_cast<int>(size), Bytes(plain), static_cast<int>(plain.size()));
  const auto decoder = parquet::MakeDictDecoder<parquet::ByteArrayType>();
  decoder->SetDict(entries.get());
  for (size_t page = 0; page < pages.size(); ++page) {
    const std::string body = EncodeDictionaryCodes(codes[page], size);
    decoder->SetData(static_cast<int>(pages[page].size()), Bytes(body),
                     static_cast<int>(body.size()));
    EXPECT_EQ(DecodeTexts(*decoder, pages[page].size()), pages[page]);
  }
}

TEST(TextDictionary, ArrowReadsItsCodes) {
  Random random(3);
  for (const size_t distinct : {1, 2, 255, 256, 257, 3000, 6000}) {
    std::vector<std::vector<std::string>> pages;
    for (const size_t count : {1, 8, 1001, 30'000})
      pages.push_back(RandomTexts(random, count, distinct));
    pages.emplace_back();  // a page without values
    pages.emplace_back(100, "same");
    for (const bool shared_tokens : {false, true}) ExpectTextsByDictionary(pages, shared_tokens);
  }
}

TEST(NumberDictionary, KeepsEachValueOnce) {
  NumberDictionary dictionary(LeafType::kInt64);
  std::vector<DictionaryCode> codes;
  ASSERT_TRUE(dictionary.Add({5, 7, 5, 0, 7}, codes));
  EXPECT_EQ(codes, (std::vector<DictionaryCode>{0, 1, 0, 2, 1}));
  EXPECT_EQ(dictionary.size(), 3u);
}

// parquet-go, with which Tempo reads, takes them for 2^32 more.
TEST(NumberDictionary, DoesNotTakeNegativeNumbersOf32Bits) {
  const auto add = [](LeafType type, std::vector<uint64_t> values) {
    std::vector<DictionaryCode> codes;
    return NumberDictionary(type).Add(values, codes);
  };
  EXPECT_FALSE(add(LeafType::kInt32, {1, static_cast<uint64_t>(int64_t{-1})}));
  EXPECT_FALSE(add(LeafType::kInt32, {0x8000'0000}));
  EXPECT_TRUE(add(LeafType::kInt32, {0, 1, 0x7fff'ffff}));
  EXPECT_TRUE(add(LeafType::kUint32, {0xffff'ffff}));
  EXPECT_TRUE(add(LeafType::kInt64, {static_cast<uint64_t>(int64_t{-1})}));
}

TEST(Dictionaries, GiveUpWhereTheyGrowTooLarge) {
  std::vector<uint64_t> numbers(100'000);
  std::vector<std::string> texts;
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = i;
    texts.push_back(std::to_string(i));
  }
  std::vector<DictionaryCode> codes;
  EXPECT_FALSE(NumberDictionary(LeafType::kInt64).Add(numbers, codes));
  const Tokens many(texts);
  EXPECT_FALSE(TextDictionary(many.resolve()).Add(many.all(), codes));
  const Tokens large({std::string(1 << 20, 'x')});
  EXPECT_FALSE(TextDictionary(large.resolve()).Add(large.all(), codes));
}

template <typename Number>
std::pair<Number, Number> NumberBoundsOf(const std::vector<uint64_t>& values, LeafType type) {
  const auto bounds = NumberBounds(values, type).value();
  EXPECT_EQ(bounds.min.size(), sizeof(Number));
  Number min, max;
  std::memcpy(&min, bounds.min.data(), sizeof min);
  std::memcpy(&max, bounds.max.data(), sizeof max);
  return {min, max};
}

TEST(Bounds, FollowTheOrderOfTheType) {
  const auto minus = static_cast<uint64_t>(int64_t{-3});
  EXPECT_EQ(NumberBoundsOf<int64_t>({4, minus, 9}, LeafType::kInt64),
            std::pair(int64_t{-3}, int64_t{9}));
  EXPECT_EQ(NumberBoundsOf<uint64_t>({4, minus, 9}, LeafType::kUint64),
            std::pair(uint64_t{4}, minus));
  EXPECT_EQ(NumberBoundsOf<int32_t>({4, minus, 9}, LeafType::kInt32), std::pair(-3, 9));
  EXPECT_EQ(NumberBoundsOf<uint32_t>({4, 0xfffffffd, 9}, LeafType::kUint32),
            std::pair(4u, 0xfffffffdu));
  EXPECT_EQ(NumberBoundsOf<uint8_t>({0, 1}, LeafType::kBool), std::pair(uint8_t{0}, uint8_t{1}));
}

TEST(Bounds, DoublesLeaveNanOut) {
  const auto bits = [](double value) { return std::bit_cast<uint64_t>(value); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(NumberBoundsOf<double>({bits(nan), bits(-1.5), bits(2), bits(nan)}, LeafType::kDouble),
            std::pair(-1.5, 2.0));
  EXPECT_EQ(NumberBoundsOf<double>({bits(-infinity), bits(infinity)}, LeafType::kDouble),
            std::pair(-infinity, infinity));
  EXPECT_FALSE(NumberBounds({bits(nan)}, LeafType::kDouble).has_value());
  for (const double zero : {0.0, -0.0}) {
    const auto [min, max] = NumberBoundsOf<double>({bits(zero)}, LeafType::kDouble);
    EXPECT_TRUE(std::signbit(min));
    EXPECT_FALSE(std::signbit(max));
  }
}

TEST(Bounds, NothingHasNone) {
  EXPECT_FALSE(NumberBounds({}, LeafType::kInt64).has_value());
  EXPECT_FALSE(TextBoundsOf({}).has_value());
}

TEST(Bounds, TextsAreBytes) {
  const auto bounds = TextBoundsOf({"b", "\xc3\xa4", "", "a"}).value();
  EXPECT_EQ(bounds.min, "");
  EXPECT_EQ(bounds.max, "\xc3\xa4");
  const auto empty = TextBoundsOf({""}).value();
  EXPECT_EQ(empty.min + empty.max, "");
}

TEST(Bounds, LongTextsAreCutToBoundsThatHold) {
  const std::string longer(200, 'x');
  const auto bounds = TextBoundsOf({longer}).value();
  EXPECT_LT(bounds.min.size(), 100u);
  EXPECT_LE(bounds.min, longer);
  EXPECT_LT(bounds.max.size(), 100u);
  EXPECT_GE(bounds.max, longer);
  const std::string carries = std::string(10, 'x') + std::string(100, '\xff');
  const auto carried = TextBoundsOf({carries}).value();
  EXPECT_GE(carried.max, carries);
  EXPECT_EQ(TextBoundsOf({std::string(100, '\xff'), "a"}).value().max,
            std::string(100, '\xff'));  // no short text lies above
}

}  // namespace
}  // namespace vivace
