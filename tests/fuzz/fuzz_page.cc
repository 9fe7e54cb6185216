// Pages with a valid checksum: whatever a page holds, a row is extracted from it correctly or not
// at all.
//
// An input is: leaf, row, encoding, entries (2 bytes), entries of the dictionary (2), size of the
// dictionary (2), then the dictionary and the page, both not compressed.

#include <algorithm>

#include "block/block_writer.h"
#include "block/format/parquet_schema.h"
#include "block/format/schema.h"
#include "columns/random_batch_for_test.h"
#include "columns/segment.h"
#include "fuzz_target.h"
#include "object/memory_store.h"
#include "parquet/decode/fast_page_reader.h"
#include "parquet/decode/page_builder_for_test.h"
#include "parquet/parquet_file.h"

namespace vivace::fuzz {
namespace {

constexpr size_t kHeadBytes = 9;
constexpr size_t kSeedRows = 3;

uint16_t LoadShort(const uint8_t* bytes) { return static_cast<uint16_t>(bytes[0] | bytes[1] << 8); }
std::string StoreShort(size_t value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8)};
}

const LeafInfo& LeafOf(uint8_t choice) { return BlockLeaves()[choice % BlockLeaves().size()]; }

void CheckSlice(const LeafSlice& slice, const LeafInfo& leaf) {
  Require(slice.repetition.size() == slice.definition.size(), "as many levels of both kinds");
  const auto values =
      static_cast<size_t>(std::ranges::count(slice.definition, leaf.max_definition));
  Require(values == slice.bits.size() + slice.texts.size(), "as many values as the levels require");
  for (size_t i = 0; i < slice.texts.size(); ++i)
    Require(slice.Text(i).size() == slice.texts[i].size, "texts lie within the bytes");
}

// The bodies of a leaf's first page and its dictionary as an input.
std::optional<std::string> SeedOf(const ParquetFile& file, const std::string& bytes, size_t leaf,
                                  uint8_t row, ReadStats& stats) {
  const ColumnChunk& chunk = file.row_groups()[0].chunks[leaf];
  const ByteRange page = file.Pages(0, stats).value()->at(leaf).front().range;
  std::string body;
  std::string dictionary;
  const auto header =
      PageDecompressor::ThreadLocal().Decompress(bytes.substr(page.offset, page.size), chunk, body);
  if (!header.has_value()) return std::nullopt;
  const size_t dictionary_bytes = page.offset - chunk.range.offset;
  const auto coded = PageDecompressor::ThreadLocal().Decompress(
      bytes.substr(chunk.range.offset, dictionary_bytes), chunk, dictionary);
  if (!coded.has_value()) dictionary.clear();
  return std::string({static_cast<char>(leaf), static_cast<char>(row),
                      static_cast<char>(header->encoding)}) +
         StoreShort(static_cast<size_t>(header->values)) +
         StoreShort(coded.has_value() ? static_cast<size_t>(coded->values) : 0) +
         StoreShort(dictionary.size()) + dictionary + body;
}

}  // namespace

std::vector<std::string> Seeds() {
  vivace::testing::Random random(11);
  const std::vector<TraceId> traces = {vivace::testing::RandomId<TraceId>(random),
                                       vivace::testing::RandomId<TraceId>(random),
                                       vivace::testing::RandomId<TraceId>(random)};
  Segment segment;
  segment.Append(vivace::testing::RandomBatch(random, traces, 60));
  MemoryStore store;
  Require(WriteBlock(segment, store, "page", Uuid{}, {}).has_value(), "a block can be written");
  const std::string key = BlockKey("page", Uuid{}, kDataName);
  const std::string bytes = store.Read(key).value();
  ReadStats stats;
  const auto file = ParquetFile::Open({store, key}, bytes.size(), 0, BlockLayout(), stats).value();
  std::vector<std::string> seeds;
  for (size_t leaf = 0; leaf < BlockLeaves().size(); ++leaf) {
    for (uint8_t row = 0; row < kSeedRows; ++row) {
      if (auto seed = SeedOf(*file, bytes, leaf, row, stats); seed.has_value())
        seeds.push_back(*std::move(seed));
    }
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  using namespace vivace::fuzz;
  if (size < kHeadBytes) return 0;
  const std::string_view rest = AsText(data, size).substr(kHeadBytes);
  const size_t dictionary_bytes = std::min<size_t>(LoadShort(data + 7), rest.size());
  const auto encoding = static_cast<PageValueEncoding>(data[2] % 16);
  const PageHeader coded{.type = PageType::kDictionary, .values = LoadShort(data + 5)};
  const PageHeader header{
      .type = PageType::kData, .values = LoadShort(data + 3), .encoding = encoding};
  const std::string dictionary = vivace::testing::MakePage(coded, rest.substr(0, dictionary_bytes));
  const std::string page = vivace::testing::MakePage(header, rest.substr(dictionary_bytes));
  const ColumnChunk chunk{.uncompressed_bytes = INT32_MAX, .codec = parquet::Compression::ZSTD};
  const LeafInfo& leaf = LeafOf(data[0]);
  if (const auto slice = FastPageReader(leaf, chunk, dictionary, page).Row(data[1]))
    CheckSlice(*slice, leaf);
  if (const auto slice = FastPageReader(leaf, chunk, dictionary, page).All())
    CheckSlice(*slice, leaf);
  return 0;
}
