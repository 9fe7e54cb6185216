#include "parquet/decode/arrow_decoder.h"

#include <fmt/format.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/encoding.h>
#include <parquet/properties.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <type_traits>

namespace vivace {
namespace {

constexpr int kBatch = 1024;
constexpr int64_t kMemoryMax = int64_t{2} << 30;
constexpr int64_t kMemorySlack = 4 << 20;
// A dictionary of short strings takes 16 bytes per entry beside its page and a copy of it.
constexpr int64_t kMemoryPerByte = 8;
constexpr int32_t kPageValuesMax = 64 << 20;
constexpr size_t kRowEntriesMax = 16 << 20;

[[noreturn]] void Throw(const std::string& message) { throw std::runtime_error(message); }

uint64_t ToBits(bool value) { return value ? 1 : 0; }
uint64_t ToBits(int32_t value) { return static_cast<uint64_t>(int64_t{value}); }
uint64_t ToBits(int64_t value) { return static_cast<uint64_t>(value); }
uint64_t ToBits(double value) { return std::bit_cast<uint64_t>(value); }

std::string_view ViewOf(const parquet::ByteArray& value) {
  return {reinterpret_cast<const char*>(value.ptr), value.len};
}

void Append(const parquet::ByteArray& value, LeafSlice& out) {
  if (!out.AppendText(ViewOf(value)))
    Throw(fmt::format("a row has more than {} bytes", LeafSlice::kBytesMax));
}

template <typename T>
void Append(T value, LeafSlice& out) {
  out.bits.push_back(ToBits(value));
}

// How many of the first `count` levels are `level`. The whole array is counted, in a loop that the
// compiler vectorizes for its constant length, where possible.
uint64_t CountEqual(const std::array<int16_t, kBatch>& levels, int16_t level, int count) {
  int16_t equal = 0;
  if (count == kBatch) {
    for (int i = 0; i < kBatch; ++i) equal = static_cast<int16_t>(equal + (levels[i] == level));
  } else {
    for (int i = 0; i < count; ++i) equal = static_cast<int16_t>(equal + (levels[i] == level));
  }
  return static_cast<uint64_t>(equal);
}

// The levels of one data page, batch by batch, and where its values begin.
class LevelReader {
 public:
  LevelReader(const parquet::ColumnDescriptor& column, const parquet::DataPage& page)
      : max_repetition_(column.max_repetition_level()),
        max_definition_(column.max_definition_level()),
        left_(page.num_values()) {
    if (page.num_values() < 0 || page.num_values() > kPageValuesMax)
      Throw(fmt::format("a page header says {} values", page.num_values()));
    if (page.type() == parquet::PageType::DATA_PAGE_V2) {
      Start(static_cast<const parquet::DataPageV2&>(page));
    } else {
      Start(static_cast<const parquet::DataPageV1&>(page));
    }
  }

  // Fills the arrays with up to kBatch levels; 0 at the end of the page.
  int Next() {
    const int count = std::min(kBatch, left_);
    Decode(max_repetition_, repetition_decoder_, count, repetition);
    Decode(max_definition_, definition_decoder_, count, definition);
    left_ -= count;
    return count;
  }

  bool HasValue(int entry) const { return definition[entry] == max_definition_; }
  // The offset in the page at which the encoded values begin.
  int values_offset() const { return values_offset_; }

  std::array<int16_t, kBatch> repetition{};
  std::array<int16_t, kBatch> definition{};

 private:
  void Start(const parquet::DataPageV1& page) {
    const auto start = [&](int16_t max, parquet::Encoding::type encoding,
                           parquet::LevelDecoder& decoder) {
      if (max == 0) return;
      values_offset_ += decoder.SetData(encoding, max, page.num_values(),
                                        page.data() + values_offset_, page.size() - values_offset_);
    };
    start(max_repetition_, page.repetition_level_encoding(), repetition_decoder_);
    start(max_definition_, page.definition_level_encoding(), definition_decoder_);
  }

  void Start(const parquet::DataPageV2& page) {
    const int64_t repetition_bytes = page.repetition_levels_byte_length();
    const int64_t definition_bytes = page.definition_levels_byte_length();
    if (repetition_bytes < 0 || definition_bytes < 0 ||
        repetition_bytes + definition_bytes > page.size()) {
      Throw(fmt::format("levels of {} and {} bytes do not fit into a page of {}", repetition_bytes,
                        definition_bytes, page.size()));
    }
    const int values = page.num_values();
    if (max_repetition_ > 0)
      repetition_decoder_.SetDataV2(static_cast<int>(repetition_bytes), max_repetition_, values,
                                    page.data());
    if (max_definition_ > 0) {
      definition_decoder_.SetDataV2(static_cast<int>(definition_bytes), max_definition_, values,
                                    page.data() + repetition_bytes);
    }
    values_offset_ = static_cast<int>(repetition_bytes + definition_bytes);
  }

  static void Decode(int16_t max, parquet::LevelDecoder& decoder, int count,
                     std::array<int16_t, kBatch>& levels) {
    if (max > 0 && decoder.Decode(count, levels.data()) != count)
      Throw("a page has fewer levels than values");
  }

  const int16_t max_repetition_;
  const int16_t max_definition_;
  int left_;
  int values_offset_ = 0;
  parquet::LevelDecoder repetition_decoder_;
  parquet::LevelDecoder definition_decoder_;
};

// Reads the pages of a leaf one after the other.
class PageCursor {
 public:
  PageCursor(LeafPages pages, ReadStats& stats)
      : pages_(pages), stats_(stats), memory_(pages.chunk) {
    parquet::ReaderProperties properties(memory_.pool());
    properties.set_page_checksum_verification(true);
    reader_ = parquet::PageReader::Open(pages.stream, pages.chunk.value_count, pages.chunk.codec,
                                        properties, pages.column);
  }

  // Leaves out the first data pages as long as they hold whole rows, no more than `rows` together;
  // `skipped` counts them.
  void SkipRows(uint64_t rows, uint64_t& skipped) {
    const bool flat = pages_.column.max_repetition_level() == 0;
    reader_->set_data_page_filter(
        [=, &skipped, at_begin = true](const parquet::DataPageStats& page) mutable {
          const int64_t count = page.num_rows.value_or(flat ? page.num_values : -1);
          at_begin = at_begin && count >= 0 && skipped + static_cast<uint64_t>(count) <= rows;
          if (at_begin) skipped += static_cast<uint64_t>(count);
          return at_begin;
        });
  }

  // The next data page, or null. A dictionary page on the way is kept.
  std::shared_ptr<parquet::DataPage> Next() {
    while (std::shared_ptr<parquet::Page> page = reader_->NextPage()) {
      if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
        KeepDictionary(static_cast<const parquet::DictionaryPage&>(*page));
      } else if (page->type() == parquet::PageType::DATA_PAGE ||
                 page->type() == parquet::PageType::DATA_PAGE_V2) {
        ++stats_.pages;
        return std::static_pointer_cast<parquet::DataPage>(page);
      }
    }
    return nullptr;
  }

  // A decoder for the values of `page`, which begin at `offset`.
  template <typename Type>
  std::unique_ptr<parquet::TypedDecoder<Type>> MakeDecoder(const parquet::DataPage& page,
                                                           int offset) {
    std::unique_ptr<parquet::TypedDecoder<Type>> decoder;
    if (page.encoding() == parquet::Encoding::PLAIN_DICTIONARY ||
        page.encoding() == parquet::Encoding::RLE_DICTIONARY) {
      decoder = MakeDictionaryDecoder<Type>();
    } else {
      decoder = parquet::MakeTypedDecoder<Type>(page.encoding(), &pages_.column, memory_.pool());
    }
    if (decoder == nullptr) Throw("page encoding does not fit the column type");
    decoder->SetData(page.num_values(), page.data() + offset, page.size() - offset);
    return decoder;
  }

 private:
  void KeepDictionary(const parquet::DictionaryPage& page) {
    if (page.encoding() != parquet::Encoding::PLAIN &&
        page.encoding() != parquet::Encoding::PLAIN_DICTIONARY) {
      Throw("a dictionary page is not PLAIN encoded");
    }
    dictionary_entries_ = page.num_values();
    // The page's own buffer is used again for the next page.
    dictionary_.assign(reinterpret_cast<const char*>(page.data()),
                       static_cast<size_t>(page.size()));
    has_dictionary_ = true;
  }

  template <typename Type>
  std::unique_ptr<parquet::TypedDecoder<Type>> MakeDictionaryDecoder() {
    if (!has_dictionary_ || dictionary_entries_ < 0)
      Throw("a page needs a dictionary, but the chunk has none");
    if constexpr (std::is_same_v<Type, parquet::BooleanType>) {
      Throw("booleans have no dictionary");
    } else {
      auto plain =
          parquet::MakeTypedDecoder<Type>(parquet::Encoding::PLAIN, &pages_.column, memory_.pool());
      plain->SetData(dictionary_entries_, reinterpret_cast<const uint8_t*>(dictionary_.data()),
                     static_cast<int>(dictionary_.size()));
      auto decoder = parquet::MakeDictDecoder<Type>(&pages_.column, memory_.pool());
      decoder->SetDict(plain.get());
      return decoder;
    }
  }

  LeafPages pages_;
  ReadStats& stats_;
  DecodeMemory memory_;
  std::unique_ptr<parquet::PageReader> reader_;
  std::string dictionary_;
  int32_t dictionary_entries_ = 0;
  bool has_dictionary_ = false;
};

// Hands values [skip, skip + take) of a page to `consume`.
template <typename Type, typename Consume>
void DecodeValues(PageCursor& cursor, const parquet::DataPage& page, int offset, uint64_t skip,
                  uint64_t take, Consume&& consume) {
  using T = typename Type::c_type;
  const auto decoder = cursor.MakeDecoder<Type>(page, offset);
  const auto values = std::make_unique<T[]>(kBatch);
  for (uint64_t at = 0; at < skip + take;) {
    const int wanted =
        static_cast<int>(std::min<uint64_t>(kBatch, at < skip ? skip - at : skip + take - at));
    if (decoder->Decode(values.get(), wanted) != wanted)
      Throw("a page has fewer values than its levels say");
    for (int i = 0; at >= skip && i < wanted; ++i) consume(values[i]);
    at += static_cast<uint64_t>(wanted);
  }
}

// Cuts one row out of the pages.
template <typename Type>
class RowDecoder {
 public:
  RowDecoder(LeafPages pages, uint64_t row, ReadStats& stats)
      : cursor_(pages, stats), column_(pages.column), row_(row) {}

  LeafSlice Decode() {
    cursor_.SkipRows(row_, rows_begun_);
    while (const auto page = !done_ ? cursor_.Next() : nullptr) DecodePage(*page);
    if (slice_.definition.empty()) Throw(fmt::format("the pages end before row {}", row_));
    return std::move(slice_);
  }

 private:
  void DecodePage(const parquet::DataPage& page) {
    LevelReader levels(column_, page);
    uint64_t skip = 0;
    uint64_t take = 0;
    for (int count = levels.Next(); count > 0 && !done_; count = levels.Next()) {
      if (const uint64_t rows = CountEqual(levels.repetition, 0, count);
          rows_begun_ + rows <= row_) {
        rows_begun_ += rows;
        skip += CountEqual(levels.definition, column_.max_definition_level(), count);
        continue;
      }
      for (int entry = 0; entry < count; ++entry) {
        if (levels.repetition[entry] == 0 && ++rows_begun_ > row_ + 1) {
          done_ = true;
          break;
        }
        const bool wanted = rows_begun_ == row_ + 1;
        if (wanted) AddEntry(levels.repetition[entry], levels.definition[entry]);
        if (levels.HasValue(entry)) ++(wanted ? take : skip);
      }
    }
    if (take == 0) return;
    DecodeValues<Type>(cursor_, page, levels.values_offset(), skip, take,
                       [&](const auto& value) { Append(value, slice_); });
  }

  void AddEntry(int16_t repetition, int16_t definition) {
    if (slice_.definition.size() >= kRowEntriesMax)
      Throw(fmt::format("a row has more than {} entries", kRowEntriesMax));
    slice_.repetition.push_back(repetition);
    slice_.definition.push_back(definition);
  }

  PageCursor cursor_;
  const parquet::ColumnDescriptor& column_;
  const uint64_t row_;
  uint64_t rows_begun_ = 0;
  bool done_ = false;
  LeafSlice slice_;
};

// Takes all rows of the pages.
template <typename Type>
LeafSlice DecodePages(LeafPages pages, ReadStats& stats) {
  PageCursor cursor(pages, stats);
  LeafSlice slice;
  while (const auto page = cursor.Next()) {
    LevelReader levels(pages.column, *page);
    uint64_t take = 0;
    for (int count = levels.Next(); count > 0; count = levels.Next()) {
      slice.repetition.insert(slice.repetition.end(), levels.repetition.begin(),
                              levels.repetition.begin() + count);
      slice.definition.insert(slice.definition.end(), levels.definition.begin(),
                              levels.definition.begin() + count);
      take += CountEqual(levels.definition, pages.column.max_definition_level(), count);
    }
    if (take == 0) continue;
    DecodeValues<Type>(cursor, *page, levels.values_offset(), 0, take,
                       [&](const auto& value) { Append(value, slice); });
  }
  return slice;
}

// Calls `decode` with the type of the column as its template argument's type.
template <typename Decode>
LeafSlice ByType(const parquet::ColumnDescriptor& column, Decode&& decode) {
  switch (column.physical_type()) {
    case parquet::Type::BYTE_ARRAY:
      return decode(parquet::ByteArrayType());
    case parquet::Type::INT64:
      return decode(parquet::Int64Type());
    case parquet::Type::INT32:
      return decode(parquet::Int32Type());
    case parquet::Type::DOUBLE:
      return decode(parquet::DoubleType());
    case parquet::Type::BOOLEAN:
      return decode(parquet::BooleanType());
    default:
      Throw("a column has an unexpected type");
  }
}

}  // namespace

DecodeMemory::DecodeMemory(const ColumnChunk& chunk)
    : counted_(arrow::default_memory_pool()),
      capped_(&counted_,
              std::min(kMemoryMax, std::min(chunk.uncompressed_bytes, kMemoryMax) * kMemoryPerByte +
                                       kMemorySlack)) {}

LeafSlice DecodeRow(LeafPages pages, uint64_t row, ReadStats& stats) {
  return ByType(pages.column,
                [&](auto type) { return RowDecoder<decltype(type)>(pages, row, stats).Decode(); });
}

LeafSlice DecodeAll(LeafPages pages, ReadStats& stats) {
  return ByType(pages.column, [&](auto type) { return DecodePages<decltype(type)>(pages, stats); });
}

std::optional<uint64_t> FindValue(LeafPages pages, std::string_view value, ReadStats& stats) {
  PageCursor cursor(pages, stats);
  uint64_t row = 0;
  while (const auto page = cursor.Next()) {
    const LevelReader levels(pages.column, *page);
    std::optional<uint64_t> found;
    const auto compare = [&](const parquet::ByteArray& candidate) {
      if (!found.has_value() && ViewOf(candidate) == value) found = row;
      ++row;
    };
    const auto count = static_cast<uint64_t>(page->num_values());
    DecodeValues<parquet::ByteArrayType>(cursor, *page, levels.values_offset(), 0, count, compare);
    if (found.has_value()) return found;
  }
  return std::nullopt;
}

}  // namespace vivace
