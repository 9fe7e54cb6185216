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

// Of numbers of `width` bits each, how many can be had by loading 8 bytes that are there.
uint64_t CountOfSingleLoads(std::string_view packed, uint64_t width) {
  constexpr uint64_t kWidthMax = 57;  // shifted by 7 bits at most
  if (width == 0 || width > kWidthMax || packed.size() < sizeof(uint64_t)) return 0;
  return (packed.size() - sizeof(uint64_t)) * 8 / width + 1;
}

// `count` numbers of `width` bits each, least significant first.
template <typename Use>
void Unpack(std::string_view packed, int width, uint64_t count, Use&& use) {
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  const auto step = static_cast<uint64_t>(width);
  const uint64_t single_loads = std::min(count, CountOfSingleLoads(packed, step));
  uint64_t i = 0;
  uint64_t bit = 0;
  for (; i < single_loads; ++i, bit += step) {
    uint64_t word = 0;
    std::memcpy(&word, packed.data() + (bit >> 3), sizeof word);
    use((word >> (bit & 7)) & mask);
  }
  for (; i < count; ++i, bit += step) {
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
  // Appends to `out`.
  Decoder(std::string_view bytes, uint32_t wanted, std::vector<uint64_t>& out)
      : reader_(bytes), wanted_(wanted), out_(out) {}

  // The bytes of all values.
  std::optional<size_t> Decode(uint32_t values_max) {
    layout_ = {reader_.Varint(), reader_.Varint(), reader_.Varint()};
    last_ = reader_.Zigzag();
    if (!reader_.ok() || !layout_.Valid() || layout_.total < wanted_ || layout_.total > values_max)
      return std::nullopt;
    at_ = out_.size();
    out_.resize(at_ + wanted_);
    if (wanted_ > 0) out_[at_++] = last_;
    for (uint64_t left = layout_.total - std::min<uint64_t>(layout_.total, 1);
         left > 0 && reader_.ok();)
      left = Block(left);
    if (!reader_.ok()) return std::nullopt;
    return reader_.position();
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
        Append(packed, width, std::min<uint64_t>(count, out_.size() - at_), min_delta);
      left -= count;
    }
    return left;
  }

  void Append(std::string_view packed, int width, uint64_t count, uint64_t min_delta) {
    uint64_t last = last_;
    uint64_t* out = out_.data() + at_;
    Unpack(packed, width, count, [&](uint64_t delta) { *out++ = last += min_delta + delta; });
    last_ = last;
    at_ += count;
  }

  ByteReader reader_;
  const uint32_t wanted_;
  Layout layout_;
  uint64_t last_ = 0;
  std::vector<uint64_t>& out_;
  size_t at_ = 0;  // of the next value
};

}  // namespace

std::optional<DeltaValues> ReadDeltaValues(std::string_view bytes, uint32_t wanted,
                                           uint32_t values_max) {
  DeltaValues out;
  const std::optional<size_t> bytes_read = Decoder(bytes, wanted, out.values).Decode(values_max);
  if (!bytes_read.has_value()) return std::nullopt;
  out.encoded_bytes = *bytes_read;
  return out;
}

bool AppendDeltaNumbers(std::string_view encoded, ValueRange range, uint32_t values_max,
                        LeafType type, LeafSlice& out) {
  if (IsText(type)) return false;
  const size_t first = out.bits.size();
  if (!Decoder(encoded, range.end(), out.bits).Decode(values_max).has_value()) return false;
  const auto skipped = out.bits.begin() + static_cast<ptrdiff_t>(first);
  out.bits.erase(skipped, skipped + range.skip);
  if (!Is32Bit(type)) return true;
  for (size_t i = first; i < out.bits.size(); ++i)
    out.bits[i] = SignExtend(static_cast<int32_t>(out.bits[i]));
  return true;
}

}  // namespace vivace
