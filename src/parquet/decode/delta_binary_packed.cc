#include "parquet/decode/delta_binary_packed.h"

#include <algorithm>
#include <cstring>

#include "parquet/decode/byte_reader.h"

namespace vivace {
namespace {

constexpr uint64_t kBlockValuesMax = 1 << 16;
constexpr uint64_t kMiniBlocksMax = 512;

// The 8 bytes from `at`, zeros past the end.
uint64_t LoadAt(std::string_view bytes, size_t at) {
  uint64_t word = 0;
  if (at < bytes.size())
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
  return word;
}

// `count` numbers of `width` bits each, least significant first.
template <typename Use>
void Unpack(std::string_view packed, int width, uint64_t count, Use&& use) {
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  for (uint64_t i = 0, bit = 0; i < count; ++i, bit += static_cast<uint64_t>(width)) {
    const uint64_t shift = bit & 7;
    uint64_t word = LoadAt(packed, bit >> 3) >> shift;
    if (shift + static_cast<uint64_t>(width) > 64)
      word |= LoadAt(packed, (bit >> 3) + 8) << (64 - shift);
    use(word & mask);
  }
}

struct Layout {
  uint64_t block_values = 0;
  uint64_t mini_blocks = 0;  // a block
  uint64_t total = 0;

  uint64_t mini_values() const { return block_values / mini_blocks; }
  bool Valid() const {
    return block_values <= kBlockValuesMax && mini_blocks > 0 && mini_blocks <= kMiniBlocksMax &&
           block_values % mini_blocks == 0 && mini_values() > 0 && mini_values() % 32 == 0;
  }
};

class Decoder {
 public:
  Decoder(std::string_view bytes, uint32_t wanted) : reader_(bytes), wanted_(wanted) {}

  std::optional<DeltaValues> Decode(uint32_t values_max) {
    layout_ = {reader_.Varint(), reader_.Varint(), reader_.Varint()};
    last_ = reader_.Zigzag();
    if (!reader_.ok() || !layout_.Valid() || layout_.total < wanted_ || layout_.total > values_max)
      return std::nullopt;
    out_.values.reserve(wanted_);
    if (wanted_ > 0) out_.values.push_back(last_);
    for (uint64_t left = layout_.total - std::min<uint64_t>(layout_.total, 1);
         left > 0 && reader_.ok();)
      left = Block(left);
    if (!reader_.ok()) return std::nullopt;
    out_.encoded_bytes = reader_.position();
    return std::move(out_);
  }

 private:
  // Reads a block when `left` values are left; the number left after it.
  uint64_t Block(uint64_t left) {
    const uint64_t min_delta = reader_.Zigzag();
    const std::string_view widths = reader_.Take(layout_.mini_blocks);
    for (size_t i = 0; i < widths.size() && left > 0; ++i) {
      const auto width = static_cast<uint8_t>(widths[i]);
      const std::string_view packed =
          reader_.Take(width > 64 ? UINT64_MAX : layout_.mini_values() * width / 8);
      const uint64_t count = std::min(left, layout_.mini_values());
      if (reader_.ok())
        Append(packed, width, std::min<uint64_t>(count, wanted_ - out_.values.size()), min_delta);
      left -= count;
    }
    return left;
  }

  void Append(std::string_view packed, int width, uint64_t count, uint64_t min_delta) {
    Unpack(packed, width, count, [&](uint64_t delta) {
      last_ += min_delta + delta;
      out_.values.push_back(last_);
    });
  }

  ByteReader reader_;
  const uint32_t wanted_;
  Layout layout_;
  uint64_t last_ = 0;
  DeltaValues out_;
};

}  // namespace

std::optional<DeltaValues> ReadDeltaValues(std::string_view bytes, uint32_t wanted,
                                           uint32_t values_max) {
  return Decoder(bytes, wanted).Decode(values_max);
}

bool AppendDeltaNumbers(std::string_view encoded, ValueRange range, uint32_t values_max,
                        LeafType type, LeafSlice& out) {
  if (IsText(type)) return false;
  const std::optional<DeltaValues> deltas = ReadDeltaValues(encoded, range.end(), values_max);
  if (!deltas.has_value()) return false;
  for (size_t i = range.skip; i < range.end(); ++i) {
    out.bits.push_back(Is32Bit(type) ? SignExtend(static_cast<int32_t>(deltas->values[i]))
                                     : deltas->values[i]);
  }
  return true;
}

}  // namespace vivace
