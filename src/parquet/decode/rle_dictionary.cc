#include "parquet/decode/rle_dictionary.h"

#include <algorithm>
#include <optional>

namespace vivace {
namespace {

// A part of a page's codes that are encoded alike: one code repeated (stride 0), or `count` codes
// side by side.
struct CodeRun {
  uint64_t count = 0;
  size_t offset = 0;
  size_t stride = 0;
};

// The runs of the hybrid encoding, for codes of whole bytes.
class CodeRuns {
 public:
  explicit CodeRuns(std::string_view encoded)
      : encoded_(encoded),
        width_(encoded.empty() ? 0 : static_cast<size_t>(static_cast<uint8_t>(encoded[0])) / 8) {}

  bool IsSupported() const {
    return !encoded_.empty() && (encoded_[0] == 8 || encoded_[0] == 16 || encoded_[0] == 32);
  }

  std::optional<CodeRun> Next() {
    const std::optional<uint64_t> head = Varint();
    if (!head.has_value()) return std::nullopt;
    const bool repeated = (*head & 1) == 0;
    CodeRun run{repeated ? *head >> 1 : (*head >> 1) * 8, at_, repeated ? 0 : width_};
    const uint64_t bytes = repeated ? width_ : run.count * width_;
    if (bytes > encoded_.size() - at_) return std::nullopt;
    at_ += bytes;
    return run;
  }

  uint32_t At(const CodeRun& run, uint64_t index) const {
    const size_t at = run.offset + index * run.stride;
    if (width_ == 1) return ValueAt<uint8_t>(encoded_, at);
    return width_ == 2 ? ValueAt<uint16_t>(encoded_, at) : ValueAt<uint32_t>(encoded_, at);
  }

 private:
  // At most 32 bits, so that a count times a width doesn't overflow.
  std::optional<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 35 && at_ < encoded_.size(); shift += 7) {
      const auto byte = static_cast<uint8_t>(encoded_[at_++]);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::string_view encoded_;
  size_t width_;
  size_t at_ = 1;
};

}  // namespace

bool AppendDictionaryValues(std::string_view encoded, ValueRange range,
                            const LeafDictionary& dictionary, LeafSlice& out) {
  CodeRuns runs(encoded);
  if (!runs.IsSupported()) return false;
  uint64_t begin = 0;  // the number of the run's first value
  while (begin < range.end()) {
    const std::optional<CodeRun> run = runs.Next();
    if (!run.has_value()) return false;
    const uint64_t end = std::min<uint64_t>(begin + run->count, range.end());
    for (uint64_t i = std::max<uint64_t>(begin, range.skip); i < end; ++i) {
      const uint32_t code = runs.At(*run, i - begin);
      if (code >= dictionary.size() || !dictionary.Append(code, out)) return false;
    }
    begin += run->count;
  }
  return true;
}

}  // namespace vivace
