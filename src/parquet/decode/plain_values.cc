#include "parquet/decode/plain_values.h"

#include <algorithm>

namespace vivace {
namespace {

template <typename T>
bool AppendFixed(std::string_view plain, ValueRange range, std::vector<uint64_t>& out) {
  if (plain.size() / sizeof(T) < range.end()) return false;
  for (size_t i = range.skip; i < range.end(); ++i)
    out.push_back(SignExtend(ValueAt<T>(plain, i * sizeof(T))));
  return true;
}

bool AppendBooleans(std::string_view plain, ValueRange range, std::vector<uint64_t>& out) {
  if (plain.size() < (uint64_t{range.end()} + 7) / 8) return false;
  for (size_t i = range.skip; i < range.end(); ++i)
    out.push_back(static_cast<uint8_t>(plain[i / 8]) >> (i % 8) & 1u);
  return true;
}

}  // namespace

bool LocatePlainTexts(std::string_view plain, ValueRange range, std::vector<StringRef>& out) {
  uint64_t at = 0;
  for (uint32_t i = 0; i < range.end(); ++i) {
    if (at + sizeof(uint32_t) > plain.size()) return false;
    const auto size = ValueAt<uint32_t>(plain, at);
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

}  // namespace vivace
