// EncodedPage: one data page of a column as it goes into the file, before compression: what
// src/parquet/encode makes and ParquetFileWriter takes. Views of what its factory holds; one
// thread. Inside src/parquet only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vivace {

enum class PageEncoding : uint8_t {
  kPlain,
  kDictionary,
  kDeltaBinaryPacked,
  kDeltaLengthByteArray
};

// Bounds of a page's values in Parquet's plain encoding (strings without their length).
struct ValueBounds {
  std::string min;
  std::string max;
};

// Encoded levels of one page. Columns of one kind of row mostly have the same repetition levels:
// they share the bytes, which the file writer then compresses once.
struct PageLevels {
  std::shared_ptr<const std::string> repetition = std::make_shared<const std::string>();
  std::string definition;
  uint32_t entries = 0;
};

struct EncodedPage {
  const PageLevels* levels = nullptr;
  bool has_levels = false;  // whether the column has levels at all
  std::string_view values;
  uint32_t value_count = 0;  // entries that hold a value
  PageEncoding encoding = PageEncoding::kPlain;
  uint64_t first_row = 0;
  std::optional<ValueBounds> bounds;
};

}  // namespace vivace
