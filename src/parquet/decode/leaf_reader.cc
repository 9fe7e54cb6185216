#include "parquet/decode/leaf_reader.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <parquet/schema.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "parquet/arrow_errors.h"
#include "parquet/decode/arrow_decoder.h"
#include "parquet/decode/delta_binary_packed.h"
#include "parquet/decode/delta_length_byte_array.h"
#include "parquet/decode/leaf_rows.h"
#include "parquet/decode/page_decompressor.h"
#include "parquet/decode/plain_values.h"
#include "parquet/decode/rle_bit_packing.h"
#include "parquet/decode/rle_dictionary.h"

namespace vivace {
namespace {

uint32_t WidthOf(int16_t max_level) {
  return static_cast<uint32_t>(std::bit_width(static_cast<uint16_t>(max_level)));
}

// Reads the pages of a chunk as our writer makes them. False where something is different, or
// wrong.
class ColumnChunkReader {
  static constexpr double kPagesMax = 1000;  // limits the estimate

 public:
  ColumnChunkReader(const LeafInfo& leaf, const ColumnChunk& chunk, LeafParts parts,
                    ReadStats& stats, LeafData& out)
      : leaf_(leaf), chunk_(chunk), parts_(parts), stats_(stats), out_(out) {}

  bool Read(std::string_view pages) {
    Reserve();
    while (!pages.empty()) {
      const std::optional<PageHeader> header = ReadPageHeader(pages);
      if (!header.has_value() || header->compressed_bytes < 0) return false;
      const size_t size = header->header_bytes + static_cast<size_t>(header->compressed_bytes);
      if (size > pages.size()) return false;
      const bool is_read = header->type == PageType::kDictionary
                               ? ReadDictionary(pages.substr(0, size))
                               : ReadData(pages.substr(0, size));
      if (!is_read) return false;
      pages.remove_prefix(size);
    }
    return true;
  }

 private:
  // Reserves what the footer says, limited by what the chunk can hold.
  void Reserve() {
    if (parts_ == LeafParts::kLevels) return;
    const int64_t present =
        std::min(chunk_.value_count - chunk_.null_count.value_or(0), chunk_.uncompressed_bytes);
    if (present <= 0) return;
    if (IsText(leaf_.type)) {
      out_.codes.reserve(static_cast<size_t>(present));
    } else {
      out_.bits.reserve(static_cast<size_t>(present));
    }
  }

  bool ReadDictionary(std::string_view page) {
    if (parts_ == LeafParts::kLevels) return true;
    const std::optional<uint32_t> count =
        PageDecompressor::ThreadLocal().DecompressDictionary(page, chunk_, body_);
    if (!count.has_value()) return false;
    const ValueRange all{0, *count};
    if (!IsText(leaf_.type)) {
      LeafSlice numbers;
      if (!AppendPlainValues(body_, all, leaf_.type, numbers)) return false;
      numbers_ = std::move(numbers.bits);
      return true;
    }
    std::vector<StringRef> texts;
    if (!LocatePlainTexts(body_, all, texts)) return false;
    out_.texts.Add(std::move(body_), texts);
    dictionary_size_ = out_.texts.size();
    return true;
  }

  bool ReadData(std::string_view page) {
    const std::optional<PageHeader> header =
        PageDecompressor::ThreadLocal().Decompress(page, chunk_, body_);
    if (!header.has_value() || header->type != PageType::kData) return false;
    if (header->repetition_encoding != PageValueEncoding::kRle ||
        header->definition_encoding != PageValueEncoding::kRle)
      return false;
    const auto entries = static_cast<uint32_t>(header->values);
    if (out_.entries + uint64_t{entries} > static_cast<uint64_t>(chunk_.value_count)) return false;
    ++stats_.pages;
    values_ = body_;
    const bool needs_levels = parts_ != LeafParts::kValues;
    if (leaf_.max_repetition > 0 &&
        !ReadLevels(leaf_.max_repetition, entries, needs_levels ? &out_.repetition : nullptr))
      return false;
    definition_.Clear();
    if (leaf_.max_definition > 0 && !ReadLevels(leaf_.max_definition, entries, &definition_))
      return false;
    out_.entries += entries;
    if (needs_levels) out_.definition.Add(definition_);
    if (out_.entries == entries && entries > 0) ReserveLikeFirstPage(entries);
    if (parts_ == LeafParts::kLevels) return true;
    const uint32_t present = leaf_.max_definition > 0
                                 ? definition_.CountOf(static_cast<uint32_t>(leaf_.max_definition))
                                 : entries;
    return present == 0 || ReadValues(*header, present);
  }

  // Pages of a chunk are alike: after the first one it is known how many runs to expect.
  void ReserveLikeFirstPage(uint32_t entries) {
    const double pages = std::min(static_cast<double>(chunk_.value_count) / entries, kPagesMax);
    out_.repetition.ReserveTimes(pages);
    out_.definition.ReserveTimes(pages);
  }

  // Skips the levels where `out` is null.
  bool ReadLevels(int16_t max, uint32_t entries, LevelRuns* out) {
    const std::optional<std::string_view> levels = TakeLevels(values_);
    return levels.has_value() && (out == nullptr || out->AddHybrid(*levels, WidthOf(max), entries));
  }

  bool ReadValues(const PageHeader& header, uint32_t present) {
    if (IsDictionaryEncoded(header)) return ReadCodes(present);
    const ValueRange all{0, present};
    const auto entries = static_cast<uint32_t>(header.values);
    LeafSlice slice;
    slice.bits.swap(out_.bits);  // numbers are appended where they belong
    bool is_read = false;
    switch (header.encoding) {
      case PageValueEncoding::kPlain:
        if (IsText(leaf_.type)) return TakePlainTexts(all);
        is_read = AppendPlainValues(values_, all, leaf_.type, slice);
        break;
      case PageValueEncoding::kDeltaBinaryPacked:
        is_read = AppendDeltaNumbers(values_, all, entries, leaf_.type, slice);
        break;
      case PageValueEncoding::kDeltaLengthByteArray:
        if (!IsText(leaf_.type) || !AppendDeltaLengthTexts(values_, all, entries, slice))
          return false;
        AddNewCodes(present);
        out_.texts.Add(std::move(slice.bytes), slice.texts);
        return true;
      default:
        return false;
    }
    slice.bits.swap(out_.bits);
    return is_read;
  }

  // Texts without a dictionary get codes of their own.
  void AddNewCodes(uint32_t count) {
    const size_t begin = out_.codes.size();
    out_.codes.resize(begin + count);
    std::iota(out_.codes.begin() + static_cast<ptrdiff_t>(begin), out_.codes.end(),
              out_.texts.size());
  }

  bool TakePlainTexts(ValueRange range) {
    std::vector<StringRef> texts;
    if (!LocatePlainTexts(values_, range, texts)) return false;
    const auto offset = static_cast<uint32_t>(values_.data() - body_.data());
    for (StringRef& text : texts) text.offset += offset;
    AddNewCodes(range.take);
    out_.texts.Add(std::move(body_), texts);
    return true;
  }

  bool ReadCodes(uint32_t present) {
    if (values_.empty()) return false;
    const auto width = static_cast<uint32_t>(static_cast<uint8_t>(values_.front()));
    if (IsText(leaf_.type)) {
      const size_t before = out_.codes.size();
      if (!AppendHybrid(values_.substr(1), width, present, out_.codes)) return false;
      return std::all_of(out_.codes.begin() + static_cast<ptrdiff_t>(before), out_.codes.end(),
                         [&](uint32_t code) { return code < dictionary_size_; });
    }
    codes_.clear();
    if (!AppendHybrid(values_.substr(1), width, present, codes_)) return false;
    const size_t before = out_.bits.size();
    out_.bits.resize(before + present);
    for (size_t i = 0; i < present; ++i) {
      if (codes_[i] >= numbers_.size()) return false;
      out_.bits[before + i] = numbers_[codes_[i]];
    }
    return true;
  }

  const LeafInfo& leaf_;
  const ColumnChunk& chunk_;
  const LeafParts parts_;
  ReadStats& stats_;
  LeafData& out_;
  std::string body_;
  std::string_view values_;        // what is left of the page at hand
  std::vector<uint64_t> numbers_;  // the dictionary of numbers
  std::vector<uint32_t> codes_;    // scratch
  LevelRuns definition_;           // of the page at hand
  uint32_t dictionary_size_ = 0;   // of texts
};

LevelRuns RunsOf(const std::vector<int16_t>& levels) {
  LevelRuns runs;
  for (const int16_t level : levels) runs.Add(static_cast<uint32_t>(level), 1);
  return runs;
}

Result<LeafData> DecodeWithArrow(const ParquetFile& file, size_t row_group, size_t leaf,
                                 std::string_view pages, ReadStats& stats) {
  const LeafInfo& info = file.layout().leaves[leaf];
  return CatchParquet("column " + info.path, [&]() -> Result<LeafData> {
    auto stream = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(pages));
    const LeafPages leaf_pages{*file.layout().schema.Column(static_cast<int>(leaf)),
                               file.row_groups()[row_group].chunks[leaf], std::move(stream)};
    const LeafSlice slice = DecodeAll(leaf_pages, stats);
    LeafData out;
    out.entries = static_cast<uint32_t>(slice.definition.size());
    if (info.max_repetition > 0) out.repetition = RunsOf(slice.repetition);
    if (info.max_definition > 0) out.definition = RunsOf(slice.definition);
    out.bits = slice.bits;
    out.codes.resize(slice.texts.size());
    std::iota(out.codes.begin(), out.codes.end(), 0);
    out.texts.Add(slice.bytes, slice.texts);
    return out;
  });
}

// `is_whole`: all pages of the chunk.
Result<LeafData> Decode(const ParquetFile& file, size_t row_group, size_t leaf,
                        std::string_view pages, bool is_whole, LeafParts parts, ReadStats& stats) {
  LeafData out;
  const ColumnChunk& chunk = file.row_groups()[row_group].chunks[leaf];
  const bool is_read =
      ColumnChunkReader(file.layout().leaves[leaf], chunk, parts, stats, out).Read(pages);
  if (is_read && (!is_whole || out.entries == chunk.value_count)) return out;
  return DecodeWithArrow(file, row_group, leaf, pages, stats);
}

}  // namespace

Result<LeafData> ReadLeaf(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats,
                          LeafParts parts) {
  stats.leaves.Add(leaf);
  VIVACE_ASSIGN(const std::string pages, file.ReadChunk(row_group, leaf, stats));
  return Decode(file, row_group, leaf, pages, true, parts, stats);
}

Result<LeafData> ReadLeafRows(const ParquetFile& file, size_t row_group, size_t leaf,
                              const RowSet& rows, ReadStats& stats, LeafParts parts) {
  stats.leaves.Add(leaf);
  VIVACE_ASSIGN(RowsOrPages read, ReadRowsOrPages(file, row_group, leaf, rows, stats));
  if (auto* few = std::get_if<LeafData>(&read)) return std::move(*few);
  const auto& pages = std::get<LeafPageBytes>(read);
  const LeafParts needed = pages.has_others ? LeafParts::kAll : parts;
  VIVACE_ASSIGN(LeafData data,
                Decode(file, row_group, leaf, pages.bytes, pages.is_whole_chunk, needed, stats));
  const LeafInfo& info = file.layout().leaves[leaf];
  if (pages.has_others && !FilterRows(info, pages.rows, data)) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("column {}: its pages do not match the offset index", info.path));
  }
  return data;
}

Result<LeafData> ReadLeafWithArrow(const ParquetFile& file, size_t row_group, size_t leaf,
                                   ReadStats& stats) {
  VIVACE_ASSIGN(const std::string pages, file.ReadChunk(row_group, leaf, stats));
  return DecodeWithArrow(file, row_group, leaf, pages, stats);
}

}  // namespace vivace
