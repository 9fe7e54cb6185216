#include "query/block_catalog.h"

#include <gtest/gtest.h>

#include "block/block_writer.h"
#include "columns/random_batch_for_test.h"
#include "object/memory_store.h"

namespace vivace {
namespace {

constexpr size_t kBlocks = 4;

// Blocks of the same spans, and a lookup in each.
class BlockCatalogTest : public ::testing::Test {
 protected:
  BlockCatalogTest() {
    testing::Random random(1);
    traces_ = {testing::RandomId<TraceId>(random), testing::RandomId<TraceId>(random)};
    Segment segment;
    segment.Append(testing::RandomBatch(random, traces_, 300));
    for (size_t i = 0; i < kBlocks; ++i)
      metas_.push_back(WriteBlock(segment, store_, "tenant", Uuid::Random(), {}).value());
  }

  // Looks into every block, the last one last, and gives the readers' sizes after it, none where it
  // was dropped.
  std::vector<size_t> SizesAfterLookups(size_t reader_bytes_max) {
    BlockCatalog catalog(store_, metrics_, reader_bytes_max);
    std::vector<std::weak_ptr<BlockReader>> readers;
    for (const BlockMeta& meta : metas_) {
      readers.push_back(LookUp(catalog, meta));
      catalog.Trim();
    }
    std::vector<size_t> sizes;
    for (const auto& reader : readers)
      sizes.push_back(reader.expired() ? 0 : reader.lock()->MemoryBytes());
    return sizes;
  }

  std::shared_ptr<BlockReader> LookUp(BlockCatalog& catalog, const BlockMeta& meta) {
    auto reader = catalog.Reader(meta).value();
    SpanBatchBuilder out;
    BlockReadStats stats;
    EXPECT_TRUE(reader->FindTrace(traces_[0], out, stats).value());
    EXPECT_GT(out.batch().spans.size(), 0u);
    found_ = testing::CanonicalSpans(out.batch());
    return reader;
  }

  MemoryStore store_;
  Metrics metrics_;
  std::vector<TraceId> traces_;
  std::vector<BlockMeta> metas_;
  decltype(testing::CanonicalSpans(SpanBatch())) found_;  // by the last lookup
};

TEST_F(BlockCatalogTest, DictionariesGoFirstThenReaders) {
  const size_t whole = SizesAfterLookups(size_t{1} << 30)[0];
  const size_t bare =
      SizesAfterLookups(2)[kBlocks - 1];  // the latest reader stays, whatever its size
  ASSERT_LT(bare, whole);
  EXPECT_EQ(SizesAfterLookups(2), (std::vector<size_t>{0, 0, 0, bare}));
  const std::vector<size_t> sizes = SizesAfterLookups(2 * whole);
  EXPECT_EQ(sizes[kBlocks - 1], whole);
  EXPECT_EQ(sizes[kBlocks - 2], bare);
}

TEST_F(BlockCatalogTest, ALookupAfterDictionariesWereDroppedFindsTheSame) {
  BlockCatalog catalog(store_, metrics_, 2);
  LookUp(catalog, metas_[0]);
  const auto first = found_;
  catalog.Trim();
  LookUp(catalog, metas_[0]);
  EXPECT_EQ(found_, first);
}

}  // namespace
}  // namespace vivace
