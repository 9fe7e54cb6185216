#include "block/block_reader.h"

#include <gtest/gtest.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "block/format/bloom.h"
#include "block/recorded_blocks_for_test.h"
#include "block/written_block_for_test.h"
#include "columns/random_batch_for_test.h"
#include "object/faulty_store.h"
#include "object/slow_store.h"

namespace vivace {

std::vector<TraceId> ReadTraceIds(const TestBlock& block) {
  const std::string path = std::string(VIVACE_SOURCE_DIR "/tests/data/blocks/vParquet4/") +
                           BlockKey(block.tenant, block.Id(), kDataName);
  const auto file = parquet::ParquetFileReader::OpenFile(path);
  std::vector<TraceId> ids;
  for (int group = 0; group < file->metadata()->num_row_groups(); ++group) {
    const auto column = file->RowGroup(group)->Column(0);
    auto& reader = static_cast<parquet::ByteArrayReader&>(*column);
    while (reader.HasNext()) {
      parquet::ByteArray value;
      int64_t read = 0;
      if (reader.ReadBatch(1, nullptr, nullptr, &value, &read) == 1)
        ids.push_back(TraceId::FromBytes(value.ptr));
    }
  }
  return ids;
}

namespace {

class RecordedBlock : public ::testing::TestWithParam<TestBlock> {};
INSTANTIATE_TEST_SUITE_P(All, RecordedBlock, ::testing::Values(kEdgeBlock, kShopBlock),
                         [](const auto& info) { return std::string(info.param.tenant); });

TEST_P(RecordedBlock, BloomHoldsEveryId) {
  const auto store = OpenTestStore();
  const std::string shard =
      store->Read(BlockKey(GetParam().tenant, GetParam().Id(), BloomName(0))).value();
  const BloomShard theirs = BloomShard::Parse(shard).value();
  ShardedBloom ours(GetParam().traces);
  for (const TraceId& id : ReadTraceIds(GetParam())) {
    EXPECT_TRUE(theirs.MayContain(id)) << ToHex(id.View());
    ours.Add(id);
  }
  EXPECT_EQ(ours.Shard(0), shard);
}

TEST_P(RecordedBlock, FindsEveryTrace) {
  const auto store = OpenTestStore();
  const auto reader = BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value();
  const std::vector<TraceId> ids = ReadTraceIds(GetParam());
  ASSERT_EQ(ids.size(), GetParam().traces);
  SpanBatchBuilder builder;
  BlockReadStats stats;
  const auto begin = std::chrono::steady_clock::now();
  for (const TraceId& id : ids) {
    builder.Reset();
    const Result<bool> found = reader->FindTrace(id, builder, stats);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    ASSERT_TRUE(*found) << ToHex(id.View());
    ASSERT_GT(builder.batch().spans.size(), 0u);
    for (const TraceId& span : builder.batch().spans.trace_id) ASSERT_EQ(span, id);
  }
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begin;
  const auto count = static_cast<double>(ids.size());
  std::printf(
      "%s: %.0f us, %.1f kB, %.1f pages, %.1f reads per trace; footer %.1f kB, page index %.1f kB, "
      "memory %.1f kB\n",
      GetParam().tenant, spent.count() / count, static_cast<double>(stats.data_bytes) / count / 1e3,
      static_cast<double>(stats.pages) / count, static_cast<double>(stats.reads) / count,
      static_cast<double>(stats.footer_bytes) / 1e3,
      static_cast<double>(stats.page_index_bytes) / 1e3,
      static_cast<double>(reader->MemoryBytes()) / 1e3);
}

// As each alone; few of them and many, and some that the block does not have.
TEST_P(RecordedBlock, FindsTracesTogether) {
  const auto store = OpenTestStore();
  const auto reader = BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value();
  const std::vector<TraceId> all = ReadTraceIds(GetParam());
  for (const size_t every : {size_t{20}, size_t{100}, all.size()}) {
    std::vector<TraceId> ids;
    for (size_t i = 0; i < all.size(); i += every) ids.push_back(all[i]);
    ids.emplace_back();
    std::ranges::sort(ids);
    SpanBatchBuilder together, alone;
    BlockReadStats stats;
    std::vector<TraceId> found;
    const Status status =
        reader->FindTraces(ids, together, stats, BlockReader::Content::kAll, [&](size_t number) {
          found.push_back(ids[number]);
          return Status();
        });
    ASSERT_TRUE(status.has_value()) << status.error().message;
    for (const TraceId& id : found) {
      ASSERT_TRUE(reader->FindTrace(id, alone, stats).value());
    }
    EXPECT_EQ(found.size(), ids.size() - 1) << "all but the one that is zero";
    EXPECT_EQ(testing::CanonicalSpans(together.Take()), testing::CanonicalSpans(alone.Take()));
  }
}

TEST_P(RecordedBlock, OtherIdsAreNotFound) {
  const auto store = OpenTestStore();
  const auto reader = BlockReader::Open(*store, GetParam().tenant, GetParam().Id()).value();
  SpanBatchBuilder builder;
  BlockReadStats stats;
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    TraceId id;
    for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random());
    EXPECT_FALSE(reader->FindTrace(id, builder, stats).value());
  }
  EXPECT_EQ(builder.batch().spans.size(), 0u);
}

TEST(BlockReader, ReadsOnlyAFewPages) {
  const auto store = OpenTestStore();
  const auto reader = BlockReader::Open(*store, kShopBlock.tenant, kShopBlock.Id()).value();
  SpanBatchBuilder builder;
  BlockReadStats stats;
  ASSERT_TRUE(reader->FindTrace(ReadTraceIds(kShopBlock)[1000], builder, stats).value());
  // The block is small beside Tempo's pages of 256 KiB, of which many a column has only one.
  EXPECT_LT(stats.data_bytes, reader->meta().size_bytes * 2 / 3);
  EXPECT_LE(stats.pages, 50u);
  const BlockReadStats first = stats;
  builder.Reset();
  ASSERT_TRUE(reader->FindTrace(ReadTraceIds(kShopBlock)[1000], builder, stats).value());
  EXPECT_EQ(stats.footer_bytes, first.footer_bytes);
  EXPECT_EQ(stats.bloom_bytes, first.bloom_bytes);
}

// Spans without anything in the columns that may be left out where they are all zero.
SpanBatch WithZeros(SpanBatch batch) {
  for (auto* counts :
       {&batch.resources.dropped_attributes, &batch.scopes.dropped_attributes,
        &batch.spans.dropped_attributes, &batch.spans.dropped_events, &batch.spans.dropped_links,
        &batch.events.dropped_attributes, &batch.links.dropped_attributes}) {
    std::ranges::fill(*counts, 0);
  }
  for (auto* texts :
       {&batch.spans.status_message, &batch.spans.trace_state, &batch.links.trace_state})
    std::ranges::fill(*texts, 0);
  return batch;
}

TEST(BlockReader, LeavesOfZerosAreNotRead) {
  testing::Random random(3);
  const std::vector<TraceId> traces = testing::RandomTraces(random, 20);
  const SpanBatch batch = testing::RandomBatch(random, traces, 300);
  const auto pages_read = [&](const SpanBatch& sent) {
    const testing::WrittenBlock block({sent});
    EXPECT_EQ(testing::CanonicalSpans(block.Find(traces)), testing::CanonicalSpans(block.sent()));
    const auto reader = BlockReader::Open(block.store(), block.meta()).value();
    SpanBatchBuilder out;
    BlockReadStats stats;
    EXPECT_TRUE(reader->FindTrace(traces[0], out, stats).value());
    return stats.pages;
  };
  EXPECT_EQ(pages_read(WithZeros(batch)), pages_read(batch) - 10);
}

TEST(BlockReader, WorksWithoutIndexObjectAndFooterSize) {
  const auto store = CopyToMemory(kEdgeBlock);
  ASSERT_TRUE(store->Delete(BlockKey(kEdgeBlock.tenant, kEdgeBlock.Id(), kIndexName)).has_value());
  BlockMeta meta = BlockReader::Open(*store, kEdgeBlock.tenant, kEdgeBlock.Id()).value()->meta();
  meta.footer_size = 0;
  const auto reader = BlockReader::Open(*store, meta).value();
  SpanBatchBuilder builder;
  BlockReadStats stats;
  for (const TraceId& id : ReadTraceIds(kEdgeBlock))
    EXPECT_TRUE(reader->FindTrace(id, builder, stats).value());
}

TEST(BlockReader, RefusesOtherVersions) {
  const auto store = OpenTestStore();
  BlockMeta meta;
  meta.format = "vParquet9";
  EXPECT_EQ(BlockReader::Open(*store, meta).error().code, ErrorCode::kUnimplemented);
  EXPECT_EQ(BlockReader::Open(*store, "edge", Uuid{}).error().code, ErrorCode::kNotFound);
}

TEST(BlockReader, PassesErrorsOfTheStoreOnAndRecovers) {
  const auto local = OpenTestStore();
  FaultyStore store(*local);
  const TraceId id = ReadTraceIds(kEdgeBlock)[50];
  for (uint64_t n = 0; n < 6; ++n) {
    const auto reader = BlockReader::Open(store, kEdgeBlock.tenant, kEdgeBlock.Id()).value();
    SpanBatchBuilder builder;
    BlockReadStats stats;
    store.plan().FailAt(n, Error{ErrorCode::kUnavailable, "no answer"});
    const Result<bool> found = reader->FindTrace(id, builder, stats);
    // The last reads are for the extra file, which is optional.
    if (!found.has_value()) {
      EXPECT_EQ(found.error().code, ErrorCode::kUnavailable);
      EXPECT_EQ(builder.batch().spans.size(), 0u);
    } else {
      EXPECT_GT(n, 3u);
    }
    store.plan().ClearFaults();
    builder.Reset();
    EXPECT_TRUE(reader->FindTrace(id, builder, stats).value());
  }
}

// What is held of a remote store's block is taken from the budget before it is fetched; where there
// is no room, nothing is.
TEST(BlockReader, ReadsAheadWithinTheBudget) {
  testing::Random random(4);
  const testing::WrittenBlock block(
      {testing::RandomBatch(random, testing::RandomTraces(random, 2000), 60'000)});
  MemoryStore copy;
  for (const std::string_view name : {kMetaName, kDataName})
    copy.Write(testing::WrittenBlock::Key(name), block.Read(name)).value();
  SlowStore remote(copy, {.latency = std::chrono::nanoseconds(0)});
  const auto reader =
      BlockReader::Open(remote, testing::WrittenBlock::kTenant, testing::WrittenBlock::kId).value();
  BlockReadStats stats;
  const LeafSet ids = reader->LeavesOf({.field = Field::kSpanId, .key = {}});
  MemoryBudget large(size_t{64} << 20);
  auto held = reader->ReadViewAhead(0, ids, std::nullopt, stats, large);
  ASSERT_NE(held, nullptr);
  const size_t bytes = large.used();
  EXPECT_GT(bytes, 60'000u);
  held.reset();
  EXPECT_EQ(large.used(), 0u);
  remote.Reset();
  MemoryBudget small(bytes - 1);
  EXPECT_EQ(reader->ReadViewAhead(0, ids, std::nullopt, stats, small), nullptr);
  EXPECT_EQ(small.used(), 0u);
  EXPECT_EQ(remote.CountOf(SlowStore::Kind::kRead).requests, 0u);
}

}  // namespace
}  // namespace vivace
