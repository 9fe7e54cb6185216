#include "parquet/encode/column_chunk_writer.h"

#include <algorithm>

namespace vivace {
namespace {

// Booleans do not need one; ids are all different.
bool MayHaveDictionary(const LeafInfo& leaf) { return leaf.type != LeafType::kBytes && leaf.type != LeafType::kBool; }

}  // namespace

Status ColumnChunkWriter::WriteEmpty(const LeafInfo& leaf, const Family& family) {
  const PageLevels levels = Joined(family.levels);
  VIVACE_TRY(file_.BeginColumn());
  VIVACE_TRY(file_.Page({.levels = &levels, .nested = leaf.max_definition > 0}));
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteZeros(const LeafInfo& leaf, const Family& family) {
  if (family.row_count() == 0) return WriteEmpty(leaf, family);
  VIVACE_TRY(file_.BeginColumn());
  const SingleValue zero = ZeroOf(leaf.type);
  const bool coded = MayHaveDictionary(leaf);
  if (coded) VIVACE_TRY(file_.Dictionary(zero.plain, 1));
  for (size_t page = 0; page < pages(); ++page) {
    const uint32_t count = family.page_rows[page + 1] - family.page_rows[page];
    const std::string body = coded ? EncodeRepeatedCode(count) : std::string((count + 7) / 8, '\0');
    VIVACE_TRY(file_.Page({.levels = &family.levels[page],
                           .nested = leaf.max_definition > 0,
                           .values = body,
                           .value_count = count,
                           .encoding = coded ? PageEncoding::kDictionary : PageEncoding::kPlain,
                           .first_row = page_rows_[page],
                           .bounds = count == 0 ? std::nullopt : std::optional(zero.bounds)}));
  }
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteNumbers(const LeafInfo& leaf, const GatherPage<uint64_t>& gather) {
  VIVACE_TRY(file_.BeginColumn());
  bool done = false;
  if (MayHaveDictionary(leaf)) {
    NumberDictionary dictionary(leaf.type);
    VIVACE_ASSIGN(done, WriteCoded(leaf, gather, dictionary));
  }
  if (!done) {
    VIVACE_TRY(WritePlain(leaf, gather,
                          [&](const std::vector<uint64_t>& values) { return EncodeNumbers(values, leaf.type, PlainEncodingOf(leaf)); }));
  }
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteScalars(const LeafInfo& leaf, const GatherPage<ValueToken>& gather, const ResolveScalar& resolve) {
  VIVACE_TRY(file_.BeginColumn());
  bool done = false;
  if (MayHaveDictionary(leaf)) {
    ScalarDictionary dictionary(leaf.type, resolve);
    VIVACE_ASSIGN(done, WriteCoded(leaf, gather, dictionary));
  }
  if (!done) {
    std::vector<uint64_t> values;
    VIVACE_TRY(WritePlain(leaf, gather, [&](const std::vector<ValueToken>& tokens) {
      values.resize(tokens.size());
      std::transform(tokens.begin(), tokens.end(), values.begin(), resolve);
      return EncodeNumbers(values, leaf.type, PlainEncodingOf(leaf));
    }));
  }
  return file_.EndColumn();
}

Status ColumnChunkWriter::WriteTexts(const LeafInfo& leaf, const GatherPage<ValueToken>& gather, const ResolveText& resolve, bool plain) {
  VIVACE_TRY(file_.BeginColumn());
  bool done = false;
  if (!plain && MayHaveDictionary(leaf)) {
    TextDictionary dictionary(resolve);
    VIVACE_ASSIGN(done, WriteCoded(leaf, gather, dictionary));
  }
  if (!done) {
    VIVACE_TRY(WritePlain(leaf, gather,
                          [&](const std::vector<ValueToken>& tokens) { return EncodeTexts(tokens, resolve, PlainEncodingOf(leaf)); }));
  }
  return file_.EndColumn();
}

template <typename Value, typename Dictionary>
Result<bool> ColumnChunkWriter::WriteCoded(const LeafInfo& leaf, const GatherPage<Value>& gather, Dictionary& dictionary) {
  coded_.resize(pages());
  GatheredPage<Value>& gathered = Scratch<Value>();
  for (size_t page = 0; page < pages(); ++page) {
    gathered.Clear();
    gather(page, gathered);
    coded_[page].codes.clear();
    if (!dictionary.Add(gathered.values, coded_[page].codes)) return false;
    coded_[page].shared = gathered.shared;
    coded_[page].own = std::move(gathered.own);
  }
  VIVACE_TRY(file_.Dictionary(dictionary.PlainValues(), static_cast<uint32_t>(dictionary.size())));
  for (size_t page = 0; page < pages(); ++page) {
    const CodedPage& from = coded_[page];
    const std::string body = EncodeDictionaryCodes(from.codes, dictionary.size());
    VIVACE_TRY(file_.Page({.levels = &from.levels(),
                           .nested = leaf.max_definition > 0,
                           .values = body,
                           .value_count = static_cast<uint32_t>(from.codes.size()),
                           .encoding = PageEncoding::kDictionary,
                           .first_row = page_rows_[page],
                           .bounds = dictionary.Bounds(from.codes)}));
  }
  return true;
}

template <typename Value, typename Encode>
Status ColumnChunkWriter::WritePlain(const LeafInfo& leaf, const GatherPage<Value>& gather, const Encode& encode) {
  GatheredPage<Value>& gathered = Scratch<Value>();
  for (size_t page = 0; page < pages(); ++page) {
    gathered.Clear();
    gather(page, gathered);
    PlainValues plain = encode(gathered.values);
    VIVACE_TRY(file_.Page({.levels = &gathered.levels(),
                           .nested = leaf.max_definition > 0,
                           .values = plain.body,
                           .value_count = static_cast<uint32_t>(gathered.values.size()),
                           .encoding = PlainEncodingOf(leaf),
                           .first_row = page_rows_[page],
                           .bounds = std::move(plain.bounds)}));
  }
  return {};
}

}  // namespace vivace
