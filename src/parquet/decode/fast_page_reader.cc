#include "parquet/decode/fast_page_reader.h"

#include <algorithm>
#include <utility>

#include "parquet/decode/delta_binary_packed.h"
#include "parquet/decode/delta_length_byte_array.h"
#include "parquet/decode/plain_values.h"
#include "parquet/decode/rle_dictionary.h"

namespace vivace {
namespace {

// From so many rows on the page is decoded once, where each costs its way through the page.
constexpr size_t kRowsToDecodeAll = 4;

// Copies entries [begin, end) of `page`, whose values begin with number `value`; returns the number
// of the first value behind them.
size_t CopyEntries(const LeafSlice& page, size_t begin, size_t end, size_t value,
                   int16_t max_definition, LeafSlice& out) {
  out.repetition.assign(page.repetition.begin() + static_cast<ptrdiff_t>(begin),
                        page.repetition.begin() + static_cast<ptrdiff_t>(end));
  out.definition.assign(page.definition.begin() + static_cast<ptrdiff_t>(begin),
                        page.definition.begin() + static_cast<ptrdiff_t>(end));
  const auto count = static_cast<size_t>(std::ranges::count(out.definition, max_definition));
  for (size_t i = value; i < value + count; ++i) {
    if (page.texts.empty()) {
      out.bits.push_back(page.bits[i]);
    } else {
      out.AppendText(page.Text(i));
    }
  }
  return value + count;
}

// Of a page's entries those of each of `rows`, ascending. None where it has fewer rows.
std::optional<std::vector<LeafSlice>> SplitRows(const LeafSlice& page,
                                                std::span<const uint64_t> rows,
                                                int16_t max_definition) {
  std::vector<LeafSlice> slices;
  slices.reserve(rows.size());
  const size_t entries = page.repetition.size();
  uint64_t row = 0;
  for (size_t begin = 0, value = 0; begin < entries && slices.size() < rows.size(); ++row) {
    size_t end = begin + 1;
    while (end < entries && page.repetition[end] != 0) ++end;
    if (row == rows[slices.size()]) {
      value = CopyEntries(page, begin, end, value, max_definition, slices.emplace_back());
    } else {
      value += static_cast<size_t>(
          std::count(page.definition.begin() + static_cast<ptrdiff_t>(begin),
                     page.definition.begin() + static_cast<ptrdiff_t>(end), max_definition));
    }
    begin = end;
  }
  if (slices.size() != rows.size()) return std::nullopt;
  return slices;
}

}  // namespace

std::optional<LeafSlice> FastPageReader::Row(uint64_t row) {
  const Parts* parts = Open();
  if (parts == nullptr) return std::nullopt;
  const std::optional<EntryRange> entries = EntriesOf(*parts, row);
  return entries.has_value() ? ExtractEntries(*parts, *entries) : std::nullopt;
}

std::optional<std::vector<LeafSlice>> FastPageReader::Rows(std::span<const uint64_t> rows) {
  if (rows.size() >= kRowsToDecodeAll) {
    const std::optional<LeafSlice> all = All();
    return all.has_value() ? SplitRows(*all, rows, leaf_.max_definition) : std::nullopt;
  }
  std::vector<LeafSlice> slices;
  for (const uint64_t row : rows) {
    std::optional<LeafSlice> slice = Row(row);
    if (!slice.has_value()) return std::nullopt;
    slices.push_back(*std::move(slice));
  }
  return slices;
}

std::optional<LeafSlice> FastPageReader::All() {
  const Parts* parts = Open();
  return parts != nullptr ? ExtractEntries(*parts, {0, parts->entries()}) : std::nullopt;
}

const FastPageReader::Parts* FastPageReader::Open() {
  if (parts_.has_value()) return &*parts_;
  const std::optional<PageHeader> header =
      PageDecompressor::ThreadLocal().Decompress(page_, chunk_, body_);
  if (!header.has_value() || header->type != PageType::kData) return nullptr;
  if (header->repetition_encoding != PageValueEncoding::kRle ||
      header->definition_encoding != PageValueEncoding::kRle)
    return nullptr;
  Parts parts{.header = *header, .values = body_};
  const auto take = [&](int16_t max, std::string_view& levels) {
    if (max == 0) return true;
    const std::optional<std::string_view> taken = TakeLevels(parts.values);
    levels = taken.value_or(std::string_view());
    return taken.has_value();
  };
  if (!take(leaf_.max_repetition, parts.repetition) ||
      !take(leaf_.max_definition, parts.definition))
    return nullptr;
  parts_ = parts;
  return &*parts_;
}

std::optional<EntryRange> FastPageReader::EntriesOf(const Parts& parts, uint64_t row) const {
  if (leaf_.max_repetition > 0) return FindRowEntries(parts.repetition, parts.entries(), row);
  if (row >= parts.entries()) return std::nullopt;
  return EntryRange{static_cast<uint32_t>(row), static_cast<uint32_t>(row) + 1};
}

std::optional<LeafSlice> FastPageReader::ExtractEntries(const Parts& parts, EntryRange entries) {
  LeafSlice slice;
  uint32_t skip = entries.begin;
  if (leaf_.max_repetition == 0) {
    slice.repetition.assign(entries.size(), 0);
  } else if (!ReadLevels(parts.repetition, entries, leaf_.max_repetition, slice.repetition)
                  .has_value()) {
    return std::nullopt;
  }
  if (leaf_.max_definition == 0) {
    slice.definition.assign(entries.size(), 0);
  } else {
    const std::optional<uint32_t> values_before =
        ReadLevels(parts.definition, entries, leaf_.max_definition, slice.definition);
    if (!values_before.has_value()) return std::nullopt;
    skip = *values_before;
  }
  const auto take =
      static_cast<uint32_t>(std::ranges::count(slice.definition, leaf_.max_definition));
  if (take > 0 && !AppendValues(parts, skip, take, slice)) return std::nullopt;
  return slice;
}

bool FastPageReader::AppendValues(const Parts& parts, uint32_t skip, uint32_t take,
                                  LeafSlice& out) {
  const ValueRange range{skip, take};
  if (IsDictionaryEncoded(parts.header))
    return HasDictionary() && AppendDictionaryValues(parts.values, range, *dictionary_, out);
  switch (parts.header.encoding) {
    case PageValueEncoding::kPlain:
      return AppendPlainValues(parts.values, range, leaf_.type, out);
    case PageValueEncoding::kDeltaBinaryPacked:
      return AppendDeltaNumbers(parts.values, range, parts.entries(), leaf_.type, out);
    case PageValueEncoding::kDeltaLengthByteArray:
      return IsText(leaf_.type) &&
             AppendDeltaLengthTexts(parts.values, range, parts.entries(), out);
    default:
      return false;
  }
}

bool FastPageReader::HasDictionary() {
  if (dictionary_ == nullptr) dictionary_ = DecodeDictionary(dictionary_page_, chunk_, leaf_.type);
  return dictionary_ != nullptr;
}

}  // namespace vivace
