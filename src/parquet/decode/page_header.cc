#include "parquet/decode/page_header.h"

#include <cstring>

#include "parquet/decode/byte_reader.h"

namespace vivace {
namespace {

enum ThriftType : uint8_t {
  kStop,
  kTrue,
  kFalse,
  kByte,
  kI16,
  kI32,
  kI64,
  kDouble,
  kBinary,
  kList,
  kSet,
  kMap,
  kStruct
};
constexpr int kDepthMax = 8;

// Thrift's compact protocol. After an error everything reads as zero and ok() is false.
class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return bytes_.ok(); }
  size_t position() const { return bytes_.position(); }

  // Calls `take(id, type)` for each field of a struct; it reads the value and returns true, or
  // returns false to have it skipped.
  template <typename Take>
  void Struct(Take&& take, int depth = 0) {
    int16_t id = 0;
    for (uint8_t head = bytes_.Byte(); bytes_.ok() && head != kStop; head = bytes_.Byte()) {
      id = static_cast<int16_t>(head >> 4 != 0 ? id + (head >> 4) : Int());
      if (!take(id, head & 0x0f)) Skip(head & 0x0f, depth + 1);
    }
  }

  int32_t Int() { return static_cast<int32_t>(bytes_.Zigzag()); }

 private:
  void Skip(uint8_t type, int depth) {
    if (type == kTrue || type == kFalse) return;
    if (type == kByte) return static_cast<void>(bytes_.Byte());
    if (type == kI16 || type == kI32 || type == kI64) return static_cast<void>(bytes_.Varint());
    if (type == kDouble) return static_cast<void>(bytes_.Take(8));
    if (type == kBinary) return static_cast<void>(bytes_.Take(bytes_.Varint()));
    if (type == kStruct && depth < kDepthMax)
      return Struct([](int32_t, uint8_t) { return false; }, depth);
    bytes_.Fail();  // page headers have no lists, sets and maps
  }

  ByteReader bytes_;
};

}  // namespace

std::optional<PageHeader> ReadPageHeader(std::string_view bytes) {
  ThriftReader reader(bytes);
  PageHeader header;
  const auto encoding = [&] { return static_cast<PageValueEncoding>(reader.Int()); };
  const auto take_values = [&](int32_t id, uint8_t type) {
    if (type != kI32 || id > 4) return false;
    if (id == 1) header.values = reader.Int();
    if (id == 2) header.encoding = encoding();
    if (id == 3) header.definition_encoding = encoding();
    if (id == 4) header.repetition_encoding = encoding();
    return id >= 1;
  };
  reader.Struct([&](int32_t id, uint8_t type) {
    const bool described =
        (id == 5 || id == 7) && type == kStruct;  // a V1 data page or a dictionary
    if (described) reader.Struct(take_values, 1);
    if (described || type != kI32 || id < 1 || id > 4) return described;
    const int32_t value = reader.Int();
    if (id == 1) header.type = static_cast<PageType>(value);
    if (id == 2) header.uncompressed_bytes = value;
    if (id == 3) header.compressed_bytes = value;
    if (id == 4) header.crc = static_cast<uint32_t>(value);
    return true;
  });
  if (!reader.ok()) return std::nullopt;
  header.header_bytes = reader.position();
  return header;
}

std::optional<std::string_view> TakeLevels(std::string_view& body) {
  uint32_t size;
  if (body.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, body.data(), sizeof size);
  body.remove_prefix(sizeof size);
  if (size > body.size()) return std::nullopt;
  const std::string_view levels = body.substr(0, size);
  body.remove_prefix(size);
  return levels;
}

}  // namespace vivace
