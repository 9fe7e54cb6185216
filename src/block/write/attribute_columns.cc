#include "block/write/attribute_columns.h"

namespace vivace {

AttributeColumns::AttributeColumns(RowKind owner, const BlockAttributes& attributes)
    : owner_(owner),
      attributes_(attributes),
      shapes_(owner, attributes.segment, attributes.values, attributes.traits,
              attributes.promotion),
      promoted_(Promotion::kTargetsMax) {}

void AttributeColumns::Begin(size_t rows, size_t attributes_max) {
  rows_ = rows;
  row_shapes_.reserve(rows);
  begins_.reserve(rows + 1);
  begins_.push_back(0);
  codes_.resize(attributes_max);
}

void AttributeColumns::AddRow(uint32_t number, std::span<const AttributeCode> codes) {
  const ListShapes::Shape& shape = shapes_[number];
  for (const auto [target, position] : shapes_.PromotedOf(shape)) {
    std::vector<AttributeCode>& column = promoted_[target];
    if (column.empty()) column.assign(rows_, kNone);
    column[row_shapes_.size()] = codes[position];
  }
  AttributeCode* to = codes_.data() + begins_.back();
  for (const uint32_t position : shapes_.Positions(shape.order)) *to++ = codes[position];
  row_shapes_.push_back(number);
  begins_.push_back(static_cast<uint32_t>(to - codes_.data()));
}

void AttributeColumns::Finish(const ParentRowPages& owners) {
  owners_ = &owners;
  codes_.resize(begins_.back());
  for (uint32_t number = 0; number < shapes_.size(); ++number) {
    has_arrays_ |= shapes_[number].has_arrays;
    for (size_t column = 1; column < kValueColumns; ++column) {
      has_[column] |= shapes_.ColumnsOf(static_cast<ValueColumn>(column))[number].sources.size > 0;
    }
  }
  for (size_t page = 0; page < owners.levels.size(); ++page) LayOutPage(page);
  row_pages_.page_rows.push_back(static_cast<uint32_t>(codes_.size()));
}

// The levels that key and IsArray have: an entry per attribute, and one for each list that is empty
// or absent.
void AttributeColumns::LayOutPage(size_t page) {
  const Entries& entries = owners_->entries;
  const auto depth = static_cast<uint8_t>(entries.depth + 1);
  LevelEncoder repetition;
  LevelEncoder definition;
  uint32_t row = entries.page_rows[page];
  uint32_t count = 0;
  for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
    const bool present = entries.definition[i] == Entries::kPresent;
    const uint32_t attributes = present ? begins_[row + 1] - begins_[row] : 0;
    row += present ? 1 : 0;
    repetition.Add(entries.repetition[i]);
    if (attributes == 0) {
      definition.Add(present ? static_cast<uint8_t>(entries.depth) : entries.definition[i]);
      ++count;
      continue;
    }
    repetition.Add(depth, attributes - 1);
    definition.Add(depth, attributes);
    count += attributes;
  }
  row_pages_.page_rows.push_back(begins_[entries.page_rows[page]]);
  row_pages_.levels.push_back({repetition.TakeShared(), definition.Take(), count});
}

// The values that attributes have in `column`. Without arrays each attribute has one entry there,
// as in the column of keys: the repetition levels are the same.
PageFiller<ValueToken> AttributeColumns::Values(ValueColumn column) const {
  return [this, column](size_t page, PageInput<ValueToken>& out) {
    if (has_arrays_) {
      LevelEncoder repetition;
      FillValues(page, column, &repetition, out);
      out.own.repetition = repetition.TakeShared();
    } else {
      FillValues(page, column, nullptr, out);
      out.own.repetition = row_pages_.levels[page].repetition;
    }
  };
}

// Fills `out` but for the repetition levels, which go to `repetition` if they are wanted.
void AttributeColumns::FillValues(size_t page, ValueColumn column, LevelEncoder* repetition,
                                  PageInput<ValueToken>& out) const {
  const Entries& entries = owners_->entries;
  const std::vector<ListShapes::Column>& parts = shapes_.ColumnsOf(column);
  LevelEncoder definition;
  uint32_t row = entries.page_rows[page];
  uint32_t count = 0;
  for (uint32_t i = entries.page_entries[page]; i < entries.page_entries[page + 1]; ++i) {
    if (repetition != nullptr) repetition->Add(entries.repetition[i]);
    if (entries.definition[i] != Entries::kPresent) {
      definition.Add(entries.definition[i]);
      ++count;
      continue;
    }
    const uint32_t shape = row_shapes_[row];
    const ListShapes::Column& part = parts[shape];
    const AttributeCode* codes = codes_.data() + begins_[row++];
    if (part.entries == 0) {
      definition.Add(static_cast<uint8_t>(entries.depth));
      ++count;
      continue;
    }
    if (repetition != nullptr) repetition->Add(part.repetition, shapes_.level_bytes());
    definition.Add(part.definition, shapes_.level_bytes());
    count += part.entries;
    if (part.sources.size > 0) AppendTokens(shapes_[shape].has_arrays, part, codes, out.values);
  }
  out.own.definition = definition.Take();
  out.own.entries = count;
}

void AttributeColumns::AppendTokens(bool arrays, const ListShapes::Column& column,
                                    const AttributeCode* codes,
                                    std::vector<ValueToken>& out) const {
  for (const uint32_t source : shapes_.Positions(column.sources)) {
    if (arrays) {
      attributes_.values.ForEachToken(codes[source],
                                      [&](ValueToken token) { out.push_back(token); });
    } else {
      out.push_back(codes[source]);
    }
  }
}

Status AttributeColumns::WriteKeys(ColumnChunkWriter& chunk, const LeafInfo& leaf) const {
  const auto fill = [&](size_t page, PageInput<ValueToken>& out) {
    const std::vector<uint32_t>& rows = owners_->page_rows;
    out.shared = &row_pages_.levels[page];
    for (uint32_t row = rows[page]; row < rows[page + 1]; ++row) {
      const std::span<const uint32_t> keys = shapes_.Keys(shapes_[row_shapes_[row]]);
      out.values.insert(out.values.end(), keys.begin(), keys.end());
    }
  };
  return chunk.WriteTexts(leaf, fill,
                          [&](ValueToken key) { return attributes_.segment.keys()[key].view(); });
}

Status AttributeColumns::WriteIsArray(ColumnChunkWriter& chunk, const LeafInfo& leaf) const {
  if (!has_arrays_) return chunk.WriteZeros(leaf, row_pages_);
  return chunk.WriteNumbers(leaf, [&](size_t page, PageInput<uint64_t>& out) {
    const std::vector<uint32_t>& rows = owners_->page_rows;
    const uint32_t begin = row_pages_.page_rows[page];
    out.shared = &row_pages_.levels[page];
    out.values.assign(row_pages_.page_rows[page + 1] - begin, 0);
    for (uint32_t row = rows[page]; row < rows[page + 1]; ++row) {
      if (!shapes_[row_shapes_[row]].has_arrays) continue;
      for (uint32_t i = begins_[row]; i < begins_[row + 1]; ++i)
        out.values[i - begin] = attributes_.traits[codes_[i]].is_array;
    }
  });
}

Status AttributeColumns::WriteStrings(ColumnChunkWriter& chunk, const LeafInfo& leaf) const {
  if (!Has(ValueColumn::kString)) return chunk.WriteEmpty(leaf, row_pages_);
  return chunk.WriteTexts(leaf, Values(ValueColumn::kString),
                          [&](ValueToken token) { return attributes_.values.Text(token); });
}

Status AttributeColumns::WriteScalars(ColumnChunkWriter& chunk, const LeafInfo& leaf,
                                      ValueColumn column) const {
  if (!Has(column)) return chunk.WriteEmpty(leaf, row_pages_);
  return chunk.WriteScalars(leaf, Values(column),
                            [&](ValueToken token) { return attributes_.values.Scalar(token); });
}

Status AttributeColumns::WriteUnsupported(ColumnChunkWriter& chunk, const LeafInfo& leaf) const {
  if (!Has(ValueColumn::kUnsupported)) return chunk.WriteEmpty(leaf, row_pages_);
  return chunk.WriteTexts(leaf, Values(ValueColumn::kUnsupported),
                          [&](ValueToken code) { return attributes_.values.Json(code); });
}

Status AttributeColumns::Write(ColumnChunkWriter& chunk) const {
  const AttributeLeaves leaves = AttributeLeavesOf(owner_);
  if (codes_.empty()) {
    for (size_t i = 0; i < 7; ++i)
      VIVACE_TRY(chunk.WriteEmpty(InfoOf(LeafAfter(leaves.key, i)), row_pages_));
    return {};
  }
  VIVACE_TRY(WriteKeys(chunk, InfoOf(leaves.key)));
  VIVACE_TRY(WriteIsArray(chunk, InfoOf(leaves.is_array)));
  VIVACE_TRY(WriteStrings(chunk, InfoOf(leaves.value)));
  VIVACE_TRY(WriteScalars(chunk, InfoOf(leaves.value_int), ValueColumn::kInt));
  VIVACE_TRY(WriteScalars(chunk, InfoOf(leaves.value_double), ValueColumn::kDouble));
  VIVACE_TRY(WriteScalars(chunk, InfoOf(leaves.value_bool), ValueColumn::kBool));
  return WriteUnsupported(chunk, InfoOf(leaves.unsupported));
}

}  // namespace vivace
