#include "parquet/decode/leaf_dictionary.h"

#include <utility>

#include "parquet/decode/page_decompressor.h"
#include "parquet/decode/plain_values.h"
#include "parquet/parquet_file.h"

namespace vivace {

std::optional<LeafDictionary> LeafDictionary::Make(std::string plain, uint32_t count,
                                                   LeafType type) {
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

std::shared_ptr<const LeafDictionary> DecodeDictionary(std::string_view page,
                                                       const ColumnChunk& chunk, LeafType type) {
  std::string plain;
  const std::optional<uint32_t> count =
      PageDecompressor::ThreadLocal().DecompressDictionary(page, chunk, plain);
  if (!count.has_value()) return nullptr;
  std::optional<LeafDictionary> decoded = LeafDictionary::Make(std::move(plain), *count, type);
  return decoded.has_value() ? std::make_shared<const LeafDictionary>(*std::move(decoded))
                             : nullptr;
}

Result<std::shared_ptr<const LeafDictionary>> ReadDictionary(const ParquetFile& file,
                                                             size_t row_group, size_t leaf,
                                                             ReadStats& stats) {
  if (auto kept = file.DictionariesOf(row_group)[leaf]; kept != nullptr) return kept;
  VIVACE_ASSIGN(const auto pages, file.Pages(row_group, stats));
  const ColumnChunk& chunk = file.row_groups()[row_group].chunks[leaf];
  if ((*pages)[leaf].empty() || (*pages)[leaf].front().range.offset <= chunk.range.offset)
    return nullptr;
  const ByteRange range = DictionaryRange(chunk, (*pages)[leaf]);
  VIVACE_ASSIGN(const std::string page,
                file.source().Read(range.offset, range.size, stats, &ReadStats::data_bytes));
  std::shared_ptr<const LeafDictionary> dictionary =
      DecodeDictionary(page, chunk, file.layout().leaves[leaf].type);
  if (dictionary != nullptr)
    file.CacheDictionary(row_group, leaf, dictionary, dictionary->MemoryBytes());
  return dictionary;
}

}  // namespace vivace
