#include "parquet/encode/column_chunk_writer.h"

#include <algorithm>

namespace vivace {
namespace {

// Booleans do not need one; ids are all different.
bool MayHaveDictionary(const LeafInfo& leaf) {
  return leaf.type != LeafType::kBytes && leaf.type != LeafType::kBool;
}

}  // namespace

Status ColumnChunkWriter::WriteEmpty(const LeafInfo& leaf, const RowPages& row_pages) {
  const PageLevels levels = Concatenate(row_pages.levels);
  VIVACE_TRY(file_.BeginColumn());
  VIVACE_TRY(file_.Page({.levels = &levels, .has_levels = leaf.max_definition > 0}));
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteZeros(const LeafInfo& leaf, const RowPages& row_pages) {
  if (row_pages.row_count() == 0) return WriteEmpty(leaf, row_pages);
  VIVACE_TRY(file_.BeginColumn());
  const SingleValue zero = ZeroOf(leaf.type);
  const bool coded = MayHaveDictionary(leaf);
  if (coded) VIVACE_TRY(file_.Dictionary(zero.plain, 1));
  for (size_t page = 0; page < pages(); ++page) {
    const uint32_t count = row_pages.page_rows[page + 1] - row_pages.page_rows[page];
    const std::string body = coded ? EncodeRepeatedCode(count) : std::string((count + 7) / 8, '\0');
    VIVACE_TRY(file_.Page({.levels = &row_pages.levels[page],
                           .has_levels = leaf.max_definition > 0,
                           .values = body,
                           .value_count = count,
                           .encoding = coded ? PageEncoding::kDictionary : PageEncoding::kPlain,
                           .first_row = page_rows_[page],
                           .bounds = count == 0 ? std::nullopt : std::optional(zero.bounds)}));
  }
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteNumbers(const LeafInfo& leaf, const PageFiller<uint64_t>& fill) {
  VIVACE_TRY(file_.BeginColumn());
  bool done = false;
  if (MayHaveDictionary(leaf)) {
    NumberDictionary dictionary(leaf.type);
    VIVACE_ASSIGN(done, WriteWithDictionary(leaf, fill, dictionary));
  }
  if (!done) {
    VIVACE_TRY(WriteWithoutDictionary(leaf, fill, [&](const std::vector<uint64_t>& values) {
      return EncodeNumbers(values, leaf.type, FallbackEncodingOf(leaf));
    }));
  }
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteScalars(const LeafInfo& leaf, const PageFiller<ValueToken>& fill,
                                       const ResolveScalar& resolve) {
  VIVACE_TRY(file_.BeginColumn());
  bool done = false;
  if (MayHaveDictionary(leaf)) {
    ScalarDictionary dictionary(leaf.type, resolve);
    VIVACE_ASSIGN(done, WriteWithDictionary(leaf, fill, dictionary));
  }
  if (!done) {
    std::vector<uint64_t> values;
    VIVACE_TRY(WriteWithoutDictionary(leaf, fill, [&](const std::vector<ValueToken>& tokens) {
      values.resize(tokens.size());
      std::transform(tokens.begin(), tokens.end(), values.begin(), resolve);
      return EncodeNumbers(values, leaf.type, FallbackEncodingOf(leaf));
    }));
  }
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteTexts(const LeafInfo& leaf, const PageFiller<ValueToken>& fill,
                                     const ResolveText& resolve, bool skip_dictionary) {
  VIVACE_TRY(file_.BeginColumn());
  bool done = false;
  if (!skip_dictionary && MayHaveDictionary(leaf)) {
    TextDictionary dictionary(resolve);
    VIVACE_ASSIGN(done, WriteWithDictionary(leaf, fill, dictionary));
  }
  if (!done) {
    VIVACE_TRY(WriteWithoutDictionary(leaf, fill, [&](const std::vector<ValueToken>& tokens) {
      return EncodeTexts(tokens, resolve, FallbackEncodingOf(leaf));
    }));
  }
  return file_.EndColumn();
}

template <typename Value, typename Dictionary>
Result<bool> ColumnChunkWriter::WriteWithDictionary(const LeafInfo& leaf,
                                                    const PageFiller<Value>& fill,
                                                    Dictionary& dictionary) {
  coded_.resize(pages());
  PageInput<Value>& input = Scratch<Value>();
  for (size_t page = 0; page < pages(); ++page) {
    input.Clear();
    fill(page, input);
    coded_[page].codes.clear();
    if (!dictionary.Add(input.values, coded_[page].codes)) return false;
    coded_[page].shared = input.shared;
    coded_[page].own = std::move(input.own);
  }
  VIVACE_TRY(file_.Dictionary(dictionary.PlainValues(), static_cast<uint32_t>(dictionary.size())));
  for (size_t page = 0; page < pages(); ++page) {
    const CodedPage& from = coded_[page];
    const std::string body = EncodeDictionaryCodes(from.codes, dictionary.size());
    VIVACE_TRY(file_.Page({.levels = &from.levels(),
                           .has_levels = leaf.max_definition > 0,
                           .values = body,
                           .value_count = static_cast<uint32_t>(from.codes.size()),
                           .encoding = PageEncoding::kDictionary,
                           .first_row = page_rows_[page],
                           .bounds = dictionary.Bounds(from.codes)}));
  }
  return true;
}

template <typename Value, typename Encode>
Status ColumnChunkWriter::WriteWithoutDictionary(const LeafInfo& leaf,
                                                 const PageFiller<Value>& fill,
                                                 const Encode& encode) {
  PageInput<Value>& input = Scratch<Value>();
  for (size_t page = 0; page < pages(); ++page) {
    input.Clear();
    fill(page, input);
    EncodedValues encoded = encode(input.values);
    VIVACE_TRY(file_.Page({.levels = &input.levels(),
                           .has_levels = leaf.max_definition > 0,
                           .values = encoded.body,
                           .value_count = static_cast<uint32_t>(input.values.size()),
                           .encoding = FallbackEncodingOf(leaf),
                           .first_row = page_rows_[page],
                           .bounds = std::move(encoded.bounds)}));
  }
  return {};
}

}  // namespace vivace
