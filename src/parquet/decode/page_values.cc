#include "parquet/decode/page_values.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "parquet/decode/delta_binary_packed.h"

namespace vivace {
namespace {

template <typename T>
T Load(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// As LeafSlice has them: 32 bits are sign-extended, whatever they mean.
uint64_t SignExtend(int32_t value) { return static_cast<uint64_t>(int64_t{value}); }
uint64_t SignExtend(uint64_t value) { return value; }

template <typename T>
bool AppendFixed(std::string_view plain, ValueRange range, std::vector<uint64_t>& out) {
  if (plain.size() / sizeof(T) < range.end()) return false;
  for (size_t i = range.skip; i < range.end(); ++i)
    out.push_back(SignExtend(Load<T>(plain, i * sizeof(T))));
  return true;
}

bool AppendBooleans(std::string_view plain, ValueRange range, std::vector<uint64_t>& out) {
  if (plain.size() < (uint64_t{range.end()} + 7) / 8) return false;
  for (size_t i = range.skip; i < range.end(); ++i)
    out.push_back(static_cast<uint8_t>(plain[i / 8]) >> (i % 8) & 1u);
  return true;
}

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
    if (width_ == 1) return Load<uint8_t>(encoded_, at);
    return width_ == 2 ? Load<uint16_t>(encoded_, at) : Load<uint32_t>(encoded_, at);
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

bool LocatePlainTexts(std::string_view plain, ValueRange range, std::vector<StringRef>& out) {
  uint64_t at = 0;
  for (uint32_t i = 0; i < range.end(); ++i) {
    if (at + sizeof(uint32_t) > plain.size()) return false;
    const auto size = Load<uint32_t>(plain, at);
    at += sizeof size;
    if (i >= range.skip) out.push_back({static_cast<uint32_t>(at), size});
    at += size;
  }
  return at <= plain.size();
}

bool AppendPlainValues(std::string_view plain, ValueRange range, LeafType type, LeafSlice& out) {
  if (type == LeafType::kBool) return AppendBooleans(plain, range, out.bits);
  if (Is32Bit(type)) return AppendFixed<int32_t>(plain, range, out.bits);
  if (!IsText(type)) return AppendFixed<uint64_t>(plain, range, out.bits);
  std::vector<StringRef> texts;
  if (!LocatePlainTexts(plain, range, texts)) return false;
  return std::ranges::all_of(texts, [&](const StringRef& text) {
    return out.AppendText(plain.substr(text.offset, text.size));
  });
}

bool AppendDeltaNumbers(std::string_view encoded, ValueRange range, uint32_t values_max,
                        LeafType type, LeafSlice& out) {
  const std::optional<DeltaValues> deltas = ReadDeltaValues(encoded, range.end(), values_max);
  if (!deltas.has_value() || IsText(type)) return false;
  for (size_t i = range.skip; i < range.end(); ++i) {
    out.bits.push_back(Is32Bit(type) ? SignExtend(static_cast<int32_t>(deltas->values[i]))
                                     : deltas->values[i]);
  }
  return true;
}

bool AppendDeltaLengthTexts(std::string_view encoded, ValueRange range, uint32_t values_max,
                            LeafSlice& out) {
  const std::optional<DeltaValues> lengths = ReadDeltaValues(encoded, range.end(), values_max);
  if (!lengths.has_value()) return false;
  uint64_t at = lengths->encoded_bytes;
  for (size_t i = 0; i < range.end(); ++i) {
    const uint64_t size = lengths->values[i];
    if (size > encoded.size() - at) return false;
    if (i >= range.skip && !out.AppendText(encoded.substr(at, size))) return false;
    at += size;
  }
  return true;
}

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
