// Test support: pages made by hand, without a checksum, so that damage reaches the decoders.
#pragma once

#include <zstd.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parquet/decode/page_header.h"

namespace vivace::testing {

// Writes structs in Thrift's compact protocol: fields with ascending ids.
class ThriftWriter {
 public:
  ThriftWriter& Int(int id, int64_t value) {
    Begin(id, 5);
    return Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  ThriftWriter& Bool(int id, bool value) { return Begin(id, value ? 1 : 2); }
  ThriftWriter& Bytes(int id, std::string_view value) {
    Begin(id, 8).Varint(value.size());
    bytes_ += value;
    return *this;
  }
  ThriftWriter& Struct(int id, const ThriftWriter& value) {
    Begin(id, 12);
    bytes_ += value.Take();
    return *this;
  }
  std::string Take() const { return bytes_ + '\0'; }

 private:
  ThriftWriter& Begin(int id, int type) {
    bytes_ += static_cast<char>((id - last_id_) << 4 | type);
    last_id_ = id;
    return *this;
  }
  ThriftWriter& Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }

  std::string bytes_;
  int last_id_ = 0;
};

inline std::string Compressed(std::string_view body) {
  std::string compressed(ZSTD_compressBound(body.size()), '\0');
  compressed.resize(
      ZSTD_compress(compressed.data(), compressed.size(), body.data(), body.size(), 1));
  return compressed;
}

// Header and body of a page with `header`'s type, values, encodings and checksum.
inline std::string MakePage(const PageHeader& header, std::string_view body) {
  const std::string compressed = Compressed(body);
  ThriftWriter described;
  described.Int(1, header.values).Int(2, static_cast<int32_t>(header.encoding));
  ThriftWriter page;
  page.Int(1, static_cast<int32_t>(header.type))
      .Int(2, static_cast<int64_t>(body.size()))
      .Int(3, static_cast<int64_t>(compressed.size()));
  if (header.crc.has_value()) page.Int(4, static_cast<int32_t>(*header.crc));
  if (header.type == PageType::kDictionary) {
    page.Struct(7, described.Bool(3, true));
  } else {
    described.Int(3, static_cast<int32_t>(header.definition_encoding))
        .Int(4, static_cast<int32_t>(header.repetition_encoding));
    page.Struct(5, described.Struct(5, ThriftWriter().Bytes(1, "max").Int(3, 12)));
  }
  return page.Take() + compressed;
}

}  // namespace vivace::testing
