#include "query/block_catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <semaphore>
#include <set>
#include <thread>

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
    }
    EXPECT_LE(catalog.reader_bytes(), reader_bytes_max);
    std::vector<size_t> sizes;
    for (const auto& reader : readers)
      sizes.push_back(reader.expired() ? 0 : reader.lock()->MemoryBytes());
    return sizes;
  }

  std::shared_ptr<BlockReader> LookUp(BlockCatalog& catalog, const BlockMeta& meta) {
    auto reader = catalog.Reader(std::make_shared<const BlockMeta>(meta)).value();
    SpanBatchBuilder out;
    BlockReadStats stats;
    EXPECT_TRUE(reader->FindTrace(traces_[0], out, stats).value());
    EXPECT_GT(out.batch().spans.size(), 0u);
    found_ = testing::CanonicalSpans(out.batch());
    catalog.Used(*reader);
    return reader;
  }

  MemoryStore store_;
  Metrics metrics_;
  std::vector<TraceId> traces_;
  std::vector<BlockMeta> metas_;
  decltype(testing::CanonicalSpans(SpanBatch())) found_;  // by the last lookup
};

// First dictionaries and structures, then footers and page positions, then the reader; of the least
// recently used one first.
TEST_F(BlockCatalogTest, DictionariesGoFirstThenFilesThenReaders) {
  const std::vector<size_t> all = SizesAfterLookups(size_t{1} << 30);
  const size_t whole = all[0];
  EXPECT_EQ(all, std::vector<size_t>(kBlocks, whole));
  std::set<size_t> seen;
  for (size_t budget = 8 * whole; budget > whole / 64; budget = budget * 3 / 4) {
    const std::vector<size_t> sizes = SizesAfterLookups(budget);
    EXPECT_TRUE(std::ranges::is_sorted(sizes)) << "the latest one keeps most: " << budget;
    seen.insert(sizes.begin(), sizes.end());
  }
  // Nothing, the reader alone, with its files, whole.
  EXPECT_EQ(seen.size(), 4u);
  EXPECT_EQ(*seen.begin(), 0u);
  EXPECT_EQ(*seen.rbegin(), whole);
}

TEST_F(BlockCatalogTest, ALookupInAReaderThatGaveUpAllFindsTheSame) {
  BlockCatalog catalog(store_, metrics_, 1);
  const auto reader = LookUp(catalog, metas_[0]);
  const auto first = found_;
  for (const auto drop : {&BlockReader::DropDecoded, &BlockReader::DropFile}) {
    ((*reader).*drop)();
    LookUp(catalog, metas_[0]);
    EXPECT_EQ(found_, first);
  }
}

// A store in which one read waits until it is told to go on.
class WaitingStore : public MemoryStore {
 public:
  Result<std::vector<std::string>> ReadRanges(const std::string& key,
                                              std::span<const ByteRange> ranges) const override {
    Wait(key);
    return MemoryStore::ReadRanges(key, ranges);
  }
  Result<std::string> Read(const std::string& key) const override {
    Wait(key);
    return MemoryStore::Read(key);
  }
  Result<std::vector<std::string>> List(const std::string& prefix) const override {
    Wait(prefix);
    return MemoryStore::List(prefix);
  }

  // The next read of what has `part` in its key will wait.
  void Arm(std::string part) {
    part_ = std::move(part);
    armed_ = true;
  }
  bool IsReached() const { return reached_.try_acquire_for(std::chrono::seconds(60)); }
  void GoOn() const { go_on_.release(); }

 private:
  void Wait(const std::string& key) const {
    if (!key.contains(part_) || !armed_.exchange(false)) return;
    reached_.release();
    go_on_.acquire();
  }

  std::string part_;
  mutable std::atomic<bool> armed_ = false;
  mutable std::counting_semaphore<> reached_{0};
  mutable std::counting_semaphore<> go_on_{0};
};

// While one thread waits for the store, whatever it reads, others list, count and look into other
// blocks and into the same one.
TEST_F(BlockCatalogTest, NoLockIsHeldOverARead) {
  WaitingStore store;
  for (const BlockMeta& meta : metas_) {
    const std::string prefix = BlockPrefix(meta.tenant_id, meta.block_id);
    const std::vector<std::string> names = store_.List(prefix).value();
    for (const std::string& name : names)
      store.Write(prefix + "/" + name, store_.Read(prefix + "/" + name).value()).value();
  }
  for (const char* part : {"bloom-0", "data.parquet", "vivace-extra.parquet"}) {
    BlockCatalog catalog(store, metrics_, 1);
    for (const BlockMeta& meta : metas_) catalog.Add(meta);
    const auto reader = catalog.Reader(std::make_shared<const BlockMeta>(metas_[0])).value();
    store.Arm(metas_[0].block_id.ToString() + "/" + part);
    std::jthread waiting([&] {
      SpanBatchBuilder out;
      BlockReadStats stats;
      EXPECT_TRUE(reader->FindTrace(traces_[0], out, stats).value());
    });
    ASSERT_TRUE(store.IsReached()) << part;
    catalog.Used(*reader);
    reader->DropDecoded();
    EXPECT_GT(reader->MemoryBytes(), 0u);
    EXPECT_EQ(catalog.Blocks("tenant").value()->blocks.size(), kBlocks);
    LookUp(catalog, metas_[1]);
    LookUp(catalog, metas_[0]);
    store.GoOn();
  }
}

TEST_F(BlockCatalogTest, NoLockIsHeldOverAPoll) {
  WaitingStore store;
  BlockCatalog catalog(store, metrics_);
  catalog.Add(metas_[0]);
  store.Arm("other");
  std::jthread waiting([&] { EXPECT_TRUE(catalog.Refresh({"other"}).has_value()); });
  ASSERT_TRUE(store.IsReached());
  catalog.Add(metas_[1]);
  EXPECT_EQ(catalog.Blocks("tenant").value()->blocks.size(), 2u);
  EXPECT_TRUE(catalog.Refresh({"none"}).has_value());
  store.GoOn();
}

}  // namespace
}  // namespace vivace
