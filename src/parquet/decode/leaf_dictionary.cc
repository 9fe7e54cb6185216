#include "parquet/decode/leaf_dictionary.h"

#include <utility>

#include "parquet/decode/page_values.h"

namespace vivace {

std::optional<LeafDictionary> LeafDictionary::Make(std::string plain, uint32_t count, LeafType type) {
  LeafDictionary dictionary;
  if (type == LeafType::kBool) return std::nullopt;
  if (IsText(type)) {
    if (!LocatePlainTexts(plain, {0, count}, dictionary.texts_)) return std::nullopt;
    dictionary.bytes_ = std::move(plain);
    return dictionary;
  }
  LeafSlice numbers;
  if (!AppendPlainValues(plain, {0, count}, type, numbers)) return std::nullopt;
  dictionary.bits_ = std::move(numbers.bits);
  return dictionary;
}

}  // namespace vivace
