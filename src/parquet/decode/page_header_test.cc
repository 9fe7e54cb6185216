#include "parquet/decode/page_header.h"

#include <gtest/gtest.h>

#include "parquet/decode/page_builder_for_test.h"

namespace vivace {
namespace {

using testing::MakePage;
using testing::ThriftWriter;

PageHeader SomeHeader(PageType type) {
  return {.type = type,
          .crc = 0xfffffff0,
          .values = 70'000,
          .encoding = PageValueEncoding::kDeltaLengthByteArray};
}

TEST(PageHeader, OfADataPage) {
  const std::string page = MakePage(SomeHeader(PageType::kData), std::string(1000, 'x'));
  const PageHeader header = ReadPageHeader(page).value();
  EXPECT_EQ(header.type, PageType::kData);
  EXPECT_EQ(header.uncompressed_bytes, 1000);
  EXPECT_EQ(header.crc, 0xfffffff0);
  EXPECT_EQ(header.values, 70'000);
  EXPECT_EQ(header.encoding, PageValueEncoding::kDeltaLengthByteArray);
  EXPECT_EQ(header.definition_encoding, PageValueEncoding::kRle);
  EXPECT_EQ(header.repetition_encoding, PageValueEncoding::kRle);
  EXPECT_EQ(page.size() - header.header_bytes, static_cast<size_t>(header.compressed_bytes));
}

TEST(PageHeader, OfADictionary) {
  PageHeader written = SomeHeader(PageType::kDictionary);
  written.crc.reset();
  const PageHeader header = ReadPageHeader(MakePage(written, "x")).value();
  EXPECT_EQ(header.type, PageType::kDictionary);
  EXPECT_EQ(header.values, 70'000);
  EXPECT_EQ(header.encoding, PageValueEncoding::kDeltaLengthByteArray);
  EXPECT_FALSE(header.crc.has_value());
}

TEST(PageHeader, NoneWhereItIsCutShort) {
  const std::string page = MakePage(SomeHeader(PageType::kData), "");
  const size_t size = ReadPageHeader(page)->header_bytes;
  for (size_t cut = 0; cut < size; ++cut)
    EXPECT_FALSE(ReadPageHeader(page.substr(0, cut)).has_value()) << cut;
}

TEST(PageHeader, UnknownFieldsAreSkipped) {
  const ThriftWriter inner = ThriftWriter().Bool(1, false).Bytes(2, "\x01\x02");
  const std::string bytes =
      ThriftWriter().Int(1, 2).Int(2, 5).Struct(6, inner).Struct(9, inner).Int(11, -1).Take();
  const PageHeader header = ReadPageHeader(bytes + "body").value();
  EXPECT_EQ(header.type, PageType::kDictionary);
  EXPECT_EQ(header.uncompressed_bytes, 5);
  EXPECT_EQ(header.header_bytes, bytes.size());
}

TEST(PageHeader, NoneWhereItIsNestedDeeply) {
  ThriftWriter nested;
  for (int depth = 0; depth < 1000; ++depth) nested = ThriftWriter().Struct(9, nested);
  EXPECT_FALSE(ReadPageHeader(nested.Take()).has_value());
}

// A field id in its long form, then one more: ids are 16 bits and wrap around.
TEST(PageHeader, IdsDoNotOverflow) {
  const std::string bytes("\x05\xfe\xff\xff\xff\x0f\x00\x15\x00\x00", 10);
  EXPECT_EQ(ReadPageHeader(bytes)->header_bytes, 10u);
}

}  // namespace
}  // namespace vivace
