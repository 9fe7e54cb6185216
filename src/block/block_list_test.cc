#include "block/block_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "block/recorded_blocks_for_test.h"
#include "object/faulty_store.h"
#include "object/memory_store.h"

namespace vivace {
namespace {

BlockMeta MetaOf(const std::string& tenant, uint8_t number) {
  BlockMeta meta;
  meta.block_id.bytes[15] = number;
  meta.tenant_id = tenant;
  return meta;
}

void WriteMeta(ObjectStore& store, const BlockMeta& meta) {
  store.Write(BlockKey(meta.tenant_id, meta.block_id, kMetaName), ToJson(meta)).value();
}

TEST(BlockList, FindsTheBlocksOfAStore) {
  const auto store = OpenTestStore();
  BlockList list;
  const PollReport report = list.Poll(*store).value();
  EXPECT_EQ(report.blocks, 2u);
  EXPECT_EQ(report.added, 2u);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(list.Tenants(), (std::vector<std::string>{"edge", "shop"}));
  ASSERT_EQ(list.Snapshot("edge")->blocks.size(), 1u);
  EXPECT_EQ(list.Snapshot("edge")->blocks.front()->block_id, kEdgeBlock.Id());
  EXPECT_TRUE(list.Snapshot("none")->blocks.empty());
}

TEST(BlockList, SkipsWhatIsNoBlockAndReportsBadOnes) {
  MemoryStore store;
  WriteMeta(store, MetaOf("t", 1));
  store.Write("t/foreign/meta.json", "{}").value();
  store.Write("t/index.json.gz", "x").value();
  store.Write(BlockKey("t", MetaOf("t", 2).block_id, kDataName), "x")
      .value();  // not written to the end
  store.Write(BlockKey("t", MetaOf("t", 3).block_id, kCompactedMetaName), "x")
      .value();  // superseded
  store.Write(BlockKey("t", MetaOf("t", 4).block_id, kMetaName), "{torn").value();
  store.Write(BlockKey("t", MetaOf("t", 5).block_id, kMetaName), ToJson(MetaOf("t", 6))).value();
  store.Write(BlockKey("t", MetaOf("t", 7).block_id, kMetaName) + "/x", "a folder").value();
  store.Write("work.json", "x").value();
  BlockList list;
  const PollReport report = list.Poll(store).value();
  EXPECT_EQ(report.blocks, 1u);
  ASSERT_EQ(report.problems.size(), 3u);
  EXPECT_EQ(report.problems[0].code, ErrorCode::kDataLoss);
  EXPECT_EQ(list.Tenants(), std::vector<std::string>{"t"});
  EXPECT_EQ(list.Snapshot("t")->damaged, 3u);
  EXPECT_FALSE(list.Snapshot("t")->unknown.has_value());
}

// Damage is known to be damage; what cannot be read now makes the whole list uncertain until it
// can.
TEST(BlockList, SaysWhenItMayNotKnowAllBlocks) {
  MemoryStore memory;
  FaultyStore store(memory);
  using Kind = FaultyStore::Kind;
  const Error no_descriptors{ErrorCode::kInternal, "Too many open files"};
  WriteMeta(memory, MetaOf("t", 1));
  WriteMeta(memory, MetaOf("t", 2));
  for (const Kind kind : {Kind::kList, Kind::kRead}) {
    BlockList list;
    store.plan().FailAll(kind, no_descriptors, kind == Kind::kList ? "t" : "00000002");
    ASSERT_TRUE(list.Poll(store).has_value());
    ASSERT_TRUE(list.Snapshot("t")->unknown.has_value());
    EXPECT_EQ(list.Snapshot("t")->unknown->message, no_descriptors.message);
    store.plan().ClearFaults();
    EXPECT_EQ(list.PollTenant(store, "t").blocks, 2u);
    EXPECT_FALSE(list.Snapshot("t")->unknown.has_value());
    // A list that was whole goes on to be used.
    store.plan().FailAll(Kind::kList, no_descriptors, "t");
    EXPECT_FALSE(list.PollTenant(store, "t").problems.empty());
    EXPECT_EQ(list.Snapshot("t")->blocks.size(), 2u);
    EXPECT_FALSE(list.Snapshot("t")->unknown.has_value());
    store.plan().ClearFaults();
  }
}

TEST(BlockList, FollowsTheStore) {
  MemoryStore store;
  BlockList list;
  for (const uint8_t number : {1, 2, 3}) WriteMeta(store, MetaOf("t", number));
  ASSERT_EQ(list.Poll(store).value().added, 3u);
  const auto before = list.Snapshot("t");
  store
      .Rename(BlockKey("t", MetaOf("t", 2).block_id, kMetaName),
              BlockKey("t", MetaOf("t", 2).block_id, kCompactedMetaName))
      .value();
  WriteMeta(store, MetaOf("t", 4));
  const PollReport report = list.Poll(store).value();
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(report.removed, 1u);
  EXPECT_EQ(report.blocks, 3u);
  EXPECT_EQ(before->blocks.size(), 3u) << "a snapshot does not change";
  store.DeleteAll("t").value();
  EXPECT_EQ(list.Poll(store).value().blocks, 0u);
  EXPECT_TRUE(list.Tenants().empty());
}

TEST(BlockList, KeepsWhatItKnowsWhenTheStoreFails) {
  MemoryStore memory;
  FaultyStore store(memory);
  WriteMeta(memory, MetaOf("t", 1));
  BlockList list;
  ASSERT_TRUE(list.Poll(store).has_value());
  for (const uint64_t n : {1, 2}) {
    store.plan().FailAt(n, Error{ErrorCode::kUnavailable, "no answer"});
    EXPECT_EQ(list.Poll(store).value().problems.size(), 1u);
    EXPECT_EQ(list.Snapshot("t")->blocks.size(), 1u);
  }
  store.plan().FailAt(0, Error{ErrorCode::kUnavailable, "no answer"});
  EXPECT_EQ(list.Poll(store).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(list.Snapshot("t")->blocks.size(), 1u);
}

// Does something in the middle of a poll: when a block is listed.
class MeddlingStore : public MemoryStore {
 public:
  std::function<void()> meddle;
  Result<std::vector<std::string>> List(const std::string& prefix) const override {
    auto names = MemoryStore::List(prefix);
    if (prefix.find('/') != std::string::npos && meddle) meddle();
    return names;
  }
};

TEST(BlockList, ChangesDuringAPollWin) {
  MeddlingStore store;
  BlockList list;
  WriteMeta(store, MetaOf("t", 1));
  ASSERT_TRUE(list.Poll(store).has_value());
  store.meddle = [&] {
    list.Add(MetaOf("t", 2));  // the poll has not seen it
    list.Remove("t", MetaOf("t", 1).block_id);
  };
  ASSERT_TRUE(list.Poll(store).has_value());
  ASSERT_EQ(list.Snapshot("t")->blocks.size(), 1u);
  EXPECT_EQ(list.Snapshot("t")->blocks.front()->block_id, MetaOf("t", 2).block_id);
}

// Of two polls at once, what the later one saw stays, whichever ends first.
TEST(BlockList, AnOlderPollDoesNotUndoALaterOne) {
  MeddlingStore store;
  BlockList list;
  WriteMeta(store, MetaOf("t", 1));
  WriteMeta(store, MetaOf("t", 2));
  bool is_first = true;
  store.meddle = [&] {
    if (!std::exchange(is_first, false)) return;
    store.DeleteAll("t").value();
    WriteMeta(store, MetaOf("t", 3));
    list.PollTenant(store, "t");
  };
  ASSERT_TRUE(list.Poll(store).has_value());
  ASSERT_EQ(list.Snapshot("t")->blocks.size(), 1u);
  EXPECT_EQ(list.Snapshot("t")->blocks.front()->block_id, MetaOf("t", 3).block_id);
}

TEST(BlockList, ServesManyThreads) {
  BlockList list;
  std::vector<std::thread> threads;
  for (uint8_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&list, thread] {
      for (uint8_t i = 0; i < 50; ++i) {
        list.Add(MetaOf("t", static_cast<uint8_t>(thread * 50 + i)));
        const auto snapshot = list.Snapshot("t");
        EXPECT_TRUE(std::ranges::is_sorted(snapshot->blocks, {},
                                           [](const auto& meta) { return meta->block_id; }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(list.Snapshot("t")->blocks.size(), 200u);
}

}  // namespace
}  // namespace vivace
