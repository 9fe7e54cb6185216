#include "block/prune/dictionary_pruning.h"

#include <algorithm>

#include "block/format/static_columns.h"
#include "parquet/decode/leaf_dictionary.h"
#include "parquet/decode/page_decompressor.h"

namespace vivace {
namespace {

// Null where the chunk has none, or one of another kind than our reader knows.
Result<std::shared_ptr<const LeafDictionary>> DictionaryOf(const ParquetFile& file, size_t row_group, Leaf leaf, ReadStats& stats) {
  const size_t column = ColumnOf(leaf);
  if (auto kept = file.DictionariesOf(row_group)[column]; kept != nullptr) return kept;
  VIVACE_ASSIGN(const auto pages, file.Pages(row_group, stats));
  const Chunk& chunk = file.row_groups()[row_group].chunks[column];
  if ((*pages)[column].empty() || (*pages)[column].front().range.offset <= chunk.range.offset) return nullptr;
  const ByteRange range = DictionaryRange(chunk, (*pages)[column]);
  VIVACE_ASSIGN(const std::string page, file.source().Read(range.offset, range.size, stats, &ReadStats::data_bytes));
  std::string plain;
  const std::optional<PageHeader> header = PageDecompressor::OfThread().Decompress(page, chunk, plain);
  if (!header.has_value() || header->kind != PageKind::kDictionary) return nullptr;
  auto decoded = LeafDictionary::Make(std::move(plain), static_cast<uint32_t>(header->values), InfoOf(leaf).type);
  if (!decoded.has_value()) return nullptr;
  auto dictionary = std::make_shared<const LeafDictionary>(*std::move(decoded));
  file.KeepDictionary(row_group, column, dictionary);
  return dictionary;
}

// Whether a text of the leaf passes; true where the dictionary does not tell.
Result<bool> TextsMayPass(const ParquetFile& file, size_t row_group, Leaf leaf, const ValueTest& passes, ReadStats& stats) {
  if (file.row_groups()[row_group].chunks[ColumnOf(leaf)].all_null) return false;
  VIVACE_ASSIGN(const std::shared_ptr<const LeafDictionary> dictionary, DictionaryOf(file, row_group, leaf, stats));
  if (dictionary == nullptr || dictionary->text_count() == 0) return true;
  for (uint32_t code = 0; code < dictionary->text_count(); ++code) {
    if (passes(AttributeValue::String(dictionary->Text(code)))) return true;
  }
  return false;
}

std::optional<Leaf> LeafOfField(Field field) {
  switch (field) {
    case Field::kSpanName:
      return Leaf::kSpanName;
    case Field::kSpanStatusMessage:
      return Leaf::kSpanStatusMessage;
    case Field::kScopeName:
      return Leaf::kScopeName;
    case Field::kScopeVersion:
      return Leaf::kScopeVersion;
    case Field::kSpanDuration:
      return Leaf::kSpanDurationNano;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<bool> ListsMayHave(const ParquetFile& file, size_t row_group, RowKind owner, std::string_view key, ReadStats& stats) {
  const auto is_key = [&](const AttributeValue& value) { return value.text == key; };
  return TextsMayPass(file, row_group, AttributeLeavesOf(owner).key, is_key, stats);
}

Result<bool> ColumnMayHave(const ParquetFile& file, size_t row_group, const DedicatedSlots& slots, const ColumnName& column,
                           const ValueTest& passes, ReadStats& stats) {
  if (column.field.has_value()) {
    const std::optional<Leaf> leaf = LeafOfField(*column.field);
    if (!leaf.has_value()) return true;
    return TextsMayPass(file, row_group, *leaf, passes, stats);
  }
  VIVACE_ASSIGN(const bool in_lists, ListsMayHave(file, row_group, column.owner, column.key, stats));
  if (in_lists) return true;  // its values stand with those of all other keys
  const std::optional<Leaf> own = OwnLeafOf(slots, column.owner, column.key);
  return own.has_value() ? TextsMayPass(file, row_group, *own, passes, stats) : Result<bool>(false);
}

Result<std::optional<Leaf>> OnlyLeafOf(const ParquetFile& file, size_t row_group, const DedicatedSlots& slots, const ColumnName& column,
                                       ReadStats& stats) {
  if (column.field.has_value()) return LeafOfField(*column.field);
  VIVACE_ASSIGN(const bool in_lists, ListsMayHave(file, row_group, column.owner, column.key, stats));
  return in_lists ? std::nullopt : OwnLeafOf(slots, column.owner, column.key);
}

std::optional<Leaf> OwnLeafOf(const DedicatedSlots& slots, RowKind owner, std::string_view key) {
  const auto find = [&](const auto& names, const auto& of_slots, Leaf first) -> std::optional<Leaf> {
    if (const auto name = std::ranges::find(names, key); name != names.end()) {
      return LeafAfter(first, static_cast<size_t>(name - names.begin()));
    }
    const auto slot = key.empty() ? of_slots.end() : std::ranges::find(of_slots, key);
    if (slot == of_slots.end()) return std::nullopt;
    return DedicatedLeaf(owner, static_cast<size_t>(slot - of_slots.begin()));
  };
  if (owner == RowKind::kResource) return find(kStaticResourceNames, slots.resource, Leaf::kResourceServiceName);
  if (owner == RowKind::kSpan) return find(kStaticSpanNames, slots.span, Leaf::kSpanHttpMethod);
  return std::nullopt;
}

}  // namespace vivace
