#include "parquet/decode/fast_page_reader.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/schema.h>

#include <random>

#include "block/format/parquet_schema.h"
#include "block/written_block_for_test.h"
#include "parquet/decode/arrow_decoder.h"
#include "parquet/decode/page_builder_for_test.h"
#include "parquet/encode/levels.h"

namespace vivace {
namespace {

using testing::Random;
using testing::WrittenBlock;

// The pages of a leaf, as a lookup fetches them.
struct FetchedPages {
  size_t leaf = 0;
  const ColumnChunk& chunk;
  std::string dictionary;
  std::string page;

  const LeafInfo& info() const { return BlockLeaves()[leaf]; }
  FastPageReader Reader(std::shared_ptr<const LeafDictionary> kept = nullptr) const {
    return {info(), chunk, dictionary, page, kept};
  }

  // The reference: the general path with Arrow. None where it throws.
  std::optional<LeafSlice> RowWithArrow(uint64_t row) const {
    const auto stream =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(dictionary + page));
    ReadStats stats;
    try {
      return DecodeRow({*BlockLayout().schema.Column(static_cast<int>(leaf)), chunk, stream}, row,
                       stats);
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
};

void ExpectEqual(const LeafSlice& a, const LeafSlice& b) {
  ASSERT_EQ(a.repetition, b.repetition);
  ASSERT_EQ(a.definition, b.definition);
  ASSERT_EQ(a.bits, b.bits);
  ASSERT_EQ(a.texts.size(), b.texts.size());
  for (size_t i = 0; i < a.texts.size(); ++i) ASSERT_EQ(a.Text(i), b.Text(i));
}

// Every page of a file of many pages and row groups.
class OwnFile {
 public:
  OwnFile() : block_(Batches(), {.row_group_spans = 5000}), bytes_(block_.Read(kDataName)) {
    file_ = ParquetFile::Open({block_.store(), WrittenBlock::Key(kDataName)}, bytes_.size(), 0,
                              BlockLayout(), stats_)
                .value();
  }

  // Calls `use` with each page and the number of its rows.
  template <typename Use>
  void ForEachPage(Use&& use) {
    for (size_t group = 0; group < file_->row_groups().size(); ++group) {
      const auto locations = file_->Pages(group, stats_).value();
      for (size_t leaf = 0; leaf < locations->size(); ++leaf) {
        const auto& pages = (*locations)[leaf];
        for (size_t page = 0; page < pages.size(); ++page) {
          const uint64_t end =
              page + 1 < pages.size() ? pages[page + 1].first_row : file_->row_groups()[group].rows;
          use(Fetch(group, leaf, pages.front().range.offset, pages[page].range),
              end - pages[page].first_row);
        }
      }
    }
  }

 private:
  static std::vector<SpanBatch> Batches() {
    Random random(7);
    const std::vector<TraceId> traces = testing::RandomTraces(random, 1500);
    return {testing::RandomBatch(random, traces, 6000), testing::RandomBatch(random, traces, 6000)};
  }

  FetchedPages Fetch(size_t group, size_t leaf, uint64_t data_begin, ByteRange page) const {
    const ColumnChunk& chunk = file_->row_groups()[group].chunks[leaf];
    return {leaf, chunk, bytes_.substr(chunk.range.offset, data_begin - chunk.range.offset),
            bytes_.substr(page.offset, page.size)};
  }

  WrittenBlock block_;
  std::string bytes_;
  ReadStats stats_;
  std::shared_ptr<ParquetFile> file_;
};

TEST(FastPageReader, ReadsOurPagesAsArrowDoes) {
  size_t slices = 0;
  OwnFile().ForEachPage([&](const FetchedPages& pages, uint64_t rows) {
    std::shared_ptr<const LeafDictionary> kept;
    for (uint64_t row = 0; row < rows; row += std::max<uint64_t>(1, rows / 15)) {
      FastPageReader reader = pages.Reader(kept);
      const std::optional<LeafSlice> slice = reader.Row(row);
      ASSERT_TRUE(slice.has_value()) << pages.info().path << " row " << row;
      ExpectEqual(*slice, pages.RowWithArrow(row).value());
      kept = reader.dictionary();
      ++slices;
    }
    ASSERT_FALSE(pages.Reader(kept).Row(rows).has_value());
  });
  EXPECT_GT(slices, 4000u);
}

TEST(FastPageReader, DamagedPagesAreLeftToArrow) {
  Random random(8);
  OwnFile().ForEachPage([&](FetchedPages pages, uint64_t) {
    const size_t body = ReadPageHeader(pages.page)->header_bytes;
    pages.page[body + random() % (pages.page.size() - body)] ^= 0x10;
    ASSERT_FALSE(pages.Reader().Row(0).has_value()) << pages.info().path;  // the checksum
    pages.page.pop_back();
    ASSERT_FALSE(pages.Reader().Row(0).has_value()) << pages.info().path;
  });
}

// With a valid checksum: where both paths can read a page they must agree.
TEST(FastPageReader, DamagedBodiesAreReadAsArrowDoesOrNotAtAll) {
  Random random(9);
  size_t answers = 0;
  OwnFile().ForEachPage([&](FetchedPages pages, uint64_t rows) {
    std::string body;
    const PageHeader header =
        PageDecompressor::ThreadLocal().Decompress(pages.page, pages.chunk, body).value();
    for (int round = 0; round < 5; ++round) {
      std::string damaged = body;
      for (uint64_t flips = random() % 3; flips < 3 && !body.empty(); ++flips)
        damaged[random() % body.size()] = static_cast<char>(random());
      if (random() % 8 == 0) damaged.resize(random() % (damaged.size() + 1));
      PageHeader changed = header;
      changed.crc.reset();
      if (random() % 8 == 0) changed.values = static_cast<int32_t>(random() % 2'000'000) - 1000;
      pages.page = testing::MakePage(changed, damaged);
      const uint64_t row = random() % rows;
      const std::optional<LeafSlice> slice = pages.Reader().Row(row);
      const std::optional<LeafSlice> by_arrow = pages.RowWithArrow(row);
      if (!slice.has_value() || !by_arrow.has_value()) continue;
      ASSERT_NO_FATAL_FAILURE(ExpectEqual(*slice, *by_arrow)) << pages.info().path;
      ++answers;
    }
  });
  EXPECT_GT(answers, 400u);
}

TEST(FastPageReader, OtherPagesAreLeftToArrow) {
  const ColumnChunk chunk{.uncompressed_bytes = 1000, .codec = parquet::Compression::ZSTD};
  const LeafInfo& leaf = InfoOf(Leaf::kTraceId);  // outside of all lists: a page of values alone
  const std::string ids = std::string("\x02\0\0\0ab", 6);
  const auto all = [&](const ColumnChunk& of, const PageHeader& header, std::string_view body) {
    const std::string page = testing::MakePage(header, body);
    return FastPageReader(leaf, of, {}, page).All();
  };
  const PageHeader header{.type = PageType::kData, .values = 1};
  ASSERT_TRUE(all(chunk, header, ids).has_value());
  EXPECT_EQ(all(chunk, header, ids)->Text(0), "ab");
  EXPECT_FALSE(all({.uncompressed_bytes = 1000, .codec = parquet::Compression::SNAPPY}, header, ids)
                   .has_value());
  EXPECT_FALSE(all({.uncompressed_bytes = 5, .codec = parquet::Compression::ZSTD}, header, ids)
                   .has_value());  // larger than its chunk
  EXPECT_FALSE(all(chunk, {.type = PageType::kDataV2, .values = 1}, ids).has_value());
  EXPECT_FALSE(
      all(chunk, {.type = PageType::kData, .values = 1, .encoding = PageValueEncoding::kRle}, ids)
          .has_value());
  EXPECT_FALSE(all(chunk, {.type = PageType::kData, .values = -1}, ids).has_value());
  EXPECT_FALSE(
      all(chunk,
          {.type = PageType::kData, .values = 1, .encoding = PageValueEncoding::kRleDictionary},
          ids)
          .has_value());
}

}  // namespace
}  // namespace vivace
