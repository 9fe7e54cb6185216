// What queries over many blocks cost: in proportion to their number, and within the budget.
#include "query/query_sources.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <ctime>
#include <future>
#include <memory>
#include <set>
#include <span>

#include "base/memory_file_system.h"
#include "block/block_writer.h"
#include "columns/random_batch_for_test.h"
#include "object/memory_store.h"
#include "query/trace_places.h"

namespace vivace {
namespace {

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

class QuerySourcesTest : public ::testing::Test {
 protected:
  QuerySourcesTest() {
    IngesterOptions options;
    options.wal_path = "/wal";
    options.wal_sync = WalSync::kNever;
    ingester_ = Ingester::Start(options, files_, store_, metrics_, [](const BlockMeta&) {}).value();
  }

  // Adds blocks that are listed and have nothing else.
  void ListBlocks(MemoryStore& store, uint32_t count) {
    for (uint32_t number = 0; number < count; ++number) {
      BlockMeta meta;
      meta.block_id = Uuid::Random();
      meta.end_unix_seconds = 1 + number % 1000;
      store.Write(BlockKey("t", meta.block_id, kMetaName), ToJson(meta)).value();
    }
  }

  // The least CPU time of taking the sources of a query over that many blocks.
  double CostOfSources(uint32_t blocks) {
    MemoryStore store;
    ListBlocks(store, blocks);
    BlockCatalog catalog(store, metrics_);
    EXPECT_TRUE(catalog.Refresh({"t"}).has_value());
    double least = 1e9;
    for (int round = 0; round < 3; ++round) {
      const double begin = CpuSeconds();
      const QuerySources sources(*ingester_, catalog, {"t"}, {});
      least = std::min(least, CpuSeconds() - begin);
      EXPECT_TRUE(sources.status().has_value());
      EXPECT_EQ(sources.size(), blocks);
      for (size_t source = 1; source < sources.size(); ++source)
        EXPECT_LE(sources.MaxEndUnixNanos(source), sources.MaxEndUnixNanos(source - 1));
    }
    return least;
  }

  // Blocks of a few traces each; their metadata and traces.
  void WriteSmallBlocks(size_t count) {
    testing::Random random(5);
    for (size_t block = 0; block < count; ++block) {
      std::vector<TraceId> traces;
      for (int i = 0; i < 10; ++i) traces.push_back(testing::RandomId<TraceId>(random));
      Segment segment;
      const SpanBatch batch = testing::RandomBatch(random, traces, 30);
      segment.Append(batch);
      metas_.push_back(std::make_shared<const BlockMeta>(
          WriteBlock(segment, store_, "t", Uuid::Random(), {}).value()));
      traces_.push_back(batch.spans.trace_id[0]);
    }
  }

  MemoryFileSystem files_;
  MemoryStore store_;
  Metrics metrics_;
  std::unique_ptr<Ingester> ingester_;
  std::vector<std::shared_ptr<const BlockMeta>> metas_;
  std::vector<TraceId> traces_;  // one of each block
};

TEST_F(QuerySourcesTest, ManyBlocksCostInProportion) {
  const double few = CostOfSources(4'000), many = CostOfSources(20'000);
  std::printf("4,000 blocks: %.2f ms, 20,000: %.2f ms\n", few * 1e3, many * 1e3);
  // Five times as many; the square would be 25 times.
  EXPECT_LT(many, 12 * std::max(few, 0.0005));
}

TEST_F(QuerySourcesTest, TheListOfBlocksIsInTheBudget) {
  MemoryStore store;
  ListBlocks(store, 1000);
  BlockCatalog catalog(store, metrics_);
  ASSERT_TRUE(catalog.Refresh({"t"}).has_value());
  MemoryBudget server(50'000);
  const QuerySources sources(*ingester_, catalog, {"t"}, {}, {.server_budget = &server});
  EXPECT_EQ(sources.status().error().code, ErrorCode::kResourceExhausted);
}

// Traces are looked for among many small blocks without asking each, and found where they are.
TEST_F(QuerySourcesTest, FindsTheBlocksOfATraceAmongMany) {
  WriteSmallBlocks(40);
  BlockCatalog catalog(store_, metrics_, 1);
  for (const auto& meta : metas_) catalog.Add(*meta);
  MemoryBudget server(size_t{1} << 30);
  {
    QuerySources sources(*ingester_, catalog, {"t"}, {}, {.server_budget = &server});
    TracePlaces places(sources);
    SourceReader reader(sources);
    for (size_t block = 0; block < metas_.size(); ++block) {
      const TracePlaces::Combined combined = places.Combine({&traces_[block], 1}, reader).value();
      ASSERT_GT(combined.spans.spans.size(), 0u);
    }
    EXPECT_GT(server.used(), 1'000'000u) << "the index is in the budget";
  }
  EXPECT_EQ(server.used(), 0u);
}

// Which traces lie in several sources is known exactly after a few questions, also where a segment
// still gets spans.
TEST_F(QuerySourcesTest, TracesOfSeveralSourcesAreKnown) {
  testing::Random random(7);
  std::vector<TraceId> shared;
  for (int i = 0; i < 50; ++i) shared.push_back(testing::RandomId<TraceId>(random));
  const auto write = [&](std::span<const TraceId> some) {
    std::vector<TraceId> traces(some.begin(), some.end());
    for (int i = 0; i < 200; ++i) traces.push_back(testing::RandomId<TraceId>(random));
    Segment segment;
    segment.Append(testing::RandomBatch(random, traces, 2000));
    return WriteBlock(segment, store_, "t", Uuid::Random(), {}).value();
  };
  BlockCatalog catalog(store_, metrics_, 1);
  for (const size_t part : {0, 20, 0, 10}) catalog.Add(write(std::span(shared).subspan(part, 30)));
  std::promise<PushResult> pushed;
  ingester_->Push({.tenant = "t"}, testing::RandomBatch(random, {shared[49]}, 3),
                  [&](PushResult result) { pushed.set_value(std::move(result)); });
  ASSERT_FALSE(pushed.get_future().get().error);
  QuerySources sources(*ingester_, catalog, {"t"}, {});
  TracePlaces places(sources), fresh(sources);  // the second is never asked where traces lie
  SourceReader reader(sources);
  std::vector<std::set<TraceId>> ids(sources.size());
  for (size_t source = 0; source < sources.size(); ++source) {
    const auto opened = reader.Open(source, 0, SegmentView::Order::kByTrace).value();
    const auto all = opened.view->TraceIds().value();
    ids[source].insert(all.begin(), all.end());
  }
  for (int round = 0; round < 2; ++round) {  // by bloom filter at first
    for (size_t source = 0; source < sources.size(); ++source) {
      for (const TraceId& id : ids[source]) {
        const auto has = [&](const std::set<TraceId>& of) { return of.contains(id); };
        const bool is_elsewhere = std::ranges::count_if(ids, has) > 1;
        EXPECT_EQ(places.IsElsewhere(id, source, reader).value(), is_elsewhere);
        if (round == 1 && is_elsewhere) {
          EXPECT_EQ(testing::CanonicalSpans(places.Combine({&id, 1}, reader).value().spans),
                    testing::CanonicalSpans(fresh.Combine({&id, 1}, reader).value().spans));
        }
      }
    }
  }
}

// What is kept is what is counted, by what the allocator says.
TEST_F(QuerySourcesTest, KeptReadersAreCountedTruly) {
  constexpr size_t kBlocks = 40;
  WriteSmallBlocks(kBlocks);
  for (const bool with_files : {false, true}) {
    BlockCatalog catalog(store_, metrics_);
    BlockReadStats stats;
    const auto before = mallinfo2().uordblks;
    for (size_t block = 0; block < metas_.size(); ++block) {
      const auto reader = catalog.Reader(metas_[block]).value();
      if (with_files) {
        SpanBatchBuilder out;
        EXPECT_TRUE(reader->FindTrace(traces_[block], out, stats).value());
      } else {
        EXPECT_TRUE(reader->MayContain(traces_[block], stats).value());
      }
      catalog.Used(*reader);
    }
    const auto kept = static_cast<double>(mallinfo2().uordblks - before);
    if (kept == 0) GTEST_SKIP() << "a sanitizer's allocator counts nothing";
    const auto counted = static_cast<double>(catalog.reader_bytes());
    std::printf("per reader: %.0f bytes kept, %.0f counted\n", kept / kBlocks, counted / kBlocks);
    EXPECT_GT(counted, 0.8 * kept);
    EXPECT_LT(counted, 1.6 * kept);
  }
}

}  // namespace
}  // namespace vivace
