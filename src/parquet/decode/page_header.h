// PageHeader: the Thrift message in front of each page, and what follows it in the body before the
// values, as far as reading past Arrow needs it (fast_page_reader.h).
//
// Arrow's Thrift reader makes a dozen allocations per page. Fields of the format: parquet.thrift,
// PageHeader; encoding: Thrift's compact protocol. Pure functions, any thread. Inside src/parquet
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vivace {

enum class PageType : int32_t { kData = 0, kIndex = 1, kDictionary = 2, kDataV2 = 3 };

// Numbers of the format; a file may have others.
enum class PageValueEncoding : int32_t {
  kPlain = 0,
  kPlainDictionary = 2,  // older name: PLAIN in a dictionary page, RLE_DICTIONARY in a data page
  kRle = 3,
  kDeltaBinaryPacked = 5,
  kDeltaLengthByteArray = 6,
  kRleDictionary = 8,
};

struct PageHeader {
  PageType type = PageType::kIndex;
  int32_t uncompressed_bytes = 0;
  int32_t compressed_bytes = 0;
  std::optional<uint32_t> crc;  // of the compressed bytes
  // Of a dictionary or V1 data page; not looked at in others.
  int32_t values = 0;  // with nulls
  PageValueEncoding encoding = PageValueEncoding::kPlain;
  PageValueEncoding definition_encoding = PageValueEncoding::kRle;
  PageValueEncoding repetition_encoding = PageValueEncoding::kRle;
  size_t header_bytes = 0;  // the page's bytes follow
};

inline bool IsDictionaryEncoded(const PageHeader& header) {
  return header.encoding == PageValueEncoding::kRleDictionary ||
         header.encoding == PageValueEncoding::kPlainDictionary;
}

// The header at the begin of `bytes`; none where there is no whole one. Its numbers are not
// checked.
std::optional<PageHeader> ReadPageHeader(std::string_view bytes);

// Takes what the levels of one type are off the body of a V1 data page: a length of four bytes and
// so many bytes. None where there are not so many.
std::optional<std::string_view> TakeLevels(std::string_view& body);

}  // namespace vivace
