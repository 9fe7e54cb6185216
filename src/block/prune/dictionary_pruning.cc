#include "block/prune/dictionary_pruning.h"

#include "parquet/decode/leaf_dictionary.h"

namespace vivace {
namespace {

// Whether a text of the leaf passes; true where there is no usable dictionary.
Result<bool> DictionaryMayMatch(const ParquetFile& file, size_t row_group, Leaf leaf,
                                const ValuePredicate& passes, ReadStats& stats) {
  if (file.row_groups()[row_group].chunks[ColumnOf(leaf)].all_null) return false;
  VIVACE_ASSIGN(const std::shared_ptr<const LeafDictionary> dictionary,
                ReadDictionary(file, row_group, ColumnOf(leaf), stats));
  if (dictionary == nullptr || dictionary->text_count() == 0) return true;
  for (uint32_t code = 0; code < dictionary->text_count(); ++code) {
    if (passes(AttributeValue::String(dictionary->Text(code)))) return true;
  }
  return false;
}

}  // namespace

Result<bool> ListsMayContainKey(const ParquetFile& file, size_t row_group, RowKind owner,
                                std::string_view key, ReadStats& stats) {
  const auto is_key = [&](const AttributeValue& value) { return value.text == key; };
  return DictionaryMayMatch(file, row_group, AttributeLeavesOf(owner).key, is_key, stats);
}

Result<bool> ColumnMayMatch(const ParquetFile& file, size_t row_group, const DedicatedSlots& slots,
                            const ColumnName& column, const ValuePredicate& passes,
                            ReadStats& stats) {
  if (column.field.has_value()) {
    const std::optional<Leaf> leaf = LeafOfField(*column.field);
    if (!leaf.has_value()) return true;
    return DictionaryMayMatch(file, row_group, *leaf, passes, stats);
  }
  VIVACE_ASSIGN(const bool in_lists,
                ListsMayContainKey(file, row_group, column.owner, column.key, stats));
  if (in_lists) return true;  // its values are mixed with those of all other keys
  const std::optional<Leaf> promoted = PromotedLeafOf(slots, column.owner, column.key);
  return promoted.has_value() ? DictionaryMayMatch(file, row_group, *promoted, passes, stats)
                              : Result<bool>(false);
}

Result<std::optional<Leaf>> SoleLeafOf(const ParquetFile& file, size_t row_group,
                                       const DedicatedSlots& slots, const ColumnName& column,
                                       ReadStats& stats) {
  if (column.field.has_value()) return LeafOfField(*column.field);
  VIVACE_ASSIGN(const bool in_lists,
                ListsMayContainKey(file, row_group, column.owner, column.key, stats));
  return in_lists ? std::nullopt : PromotedLeafOf(slots, column.owner, column.key);
}

}  // namespace vivace
