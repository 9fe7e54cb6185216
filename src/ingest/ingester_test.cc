#include "ingest/ingester.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "ingest/ingester_for_test.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST_F(IngesterTest, CanBeReadOnceAcknowledged) {
  Start();
  const SpanBatch batch = testing::RandomBatch(random_, {trace_}, 20);
  const auto expected = testing::CanonicalSpans(batch);
  ASSERT_FALSE(Push(SpanBatch(batch)).error.has_value());
  EXPECT_EQ(Find(trace_), expected);
  EXPECT_TRUE(Find(trace_, "other").empty());
}

TEST_F(IngesterTest, HasEverythingAgainAfterARestart) {
  Start();
  const SpanBatch first = testing::RandomBatch(random_, {trace_}, 20);
  const SpanBatch second = testing::RandomBatch(random_, {trace_}, 5);
  Push(SpanBatch(first));
  Start();
  Push(SpanBatch(second));
  Start();
  SpanBatchBuilder both;
  AppendBatch(first, both);
  AppendBatch(second, both);
  EXPECT_EQ(Find(trace_), testing::CanonicalSpans(both.batch()));
  EXPECT_TRUE(Flush());
  EXPECT_EQ(blocks_.size(), 1u);  // the segment went on being used
}

TEST_F(IngesterTest, FlushMakesABlockThatAStartDoesNotReplay) {
  Start();
  Push(testing::RandomBatch(random_, {trace_}, 20));
  EXPECT_TRUE(Flush());
  ASSERT_EQ(blocks_.size(), 1u);
  EXPECT_EQ(blocks_[0].total_objects, 1);
  EXPECT_TRUE(store_.Size(BlockKey("t", blocks_[0].block_id, kMetaName)).has_value());
  EXPECT_TRUE(Find(trace_).empty());
  Start();
  EXPECT_TRUE(Find(trace_).empty());
  EXPECT_TRUE(WaitFor([&] { return WalFiles().size() <= 1; }));
}

TEST_F(IngesterTest, FlushKnowsItsTenants) {
  Start();
  Push(testing::RandomBatch(random_, {trace_}, 2), "a");
  Push(testing::RandomBatch(random_, {trace_}, 2), "b");
  EXPECT_EQ(Flush("nobody").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Flush("a"));
  EXPECT_TRUE(Find(trace_, "a").empty());
  EXPECT_FALSE(Find(trace_, "b").empty());
}

TEST_F(IngesterTest, CutsBySize) {
  IngesterOptions options;
  options.segment_bytes_max = 1;
  Start(options);
  Push(testing::RandomBatch(random_, {trace_}, 20));
  Push(testing::RandomBatch(random_, {trace_}, 20));
  EXPECT_TRUE(Flush());
  EXPECT_EQ(blocks_.size(), 2u);
}

TEST_F(IngesterTest, CutsByAge) {
  IngesterOptions options;
  options.segment_age_max = 1ms;
  options.check_period = 1ms;
  Start(options);
  Push(testing::RandomBatch(random_, {trace_}, 20));
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!Find(trace_).empty() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_TRUE(Find(trace_).empty());
}

TEST_F(IngesterTest, DoesNotReplayWhatIsABlock) {
  Start();
  Push(testing::RandomBatch(random_, {trace_}, 20));
  const fs::path file = WalFiles().at(0);
  CrashAfterTheBlock();
  Start();
  EXPECT_TRUE(Find(trace_).empty());
  EXPECT_TRUE(WaitFor([&] { return !fs::exists(file); }));
}

TEST_F(IngesterTest, TwoProcessesHaveADirectoryEach) {
  Start();
  Push(testing::RandomBatch(random_, {trace_}, 20));
  IngesterOptions options;
  options.wal_path = directory_.string();
  auto second = Ingester::Start(options, files_, store_, metrics_, [](const BlockMeta&) {});
  ASSERT_TRUE(second.has_value());
  SpanBatchBuilder out;
  EXPECT_FALSE((*second)->FindTrace("t", trace_, out));
  EXPECT_FALSE(Find(trace_).empty());
}

TEST_F(IngesterTest, SendsRetryAfterWhileWritesFail) {
  Start();
  fs::remove_all(directory_);  // creating a file fails now
  const PushResult refused = Push(testing::RandomBatch(random_, {trace_}, 3));
  ASSERT_TRUE(refused.error.has_value());
  EXPECT_EQ(refused.error->code, ErrorCode::kUnavailable);
  EXPECT_GT(refused.retry_after_seconds, 0u);
  EXPECT_FALSE(ingester_->Ready().has_value());
  fs::create_directories(directory_ / "instance-0");
  EXPECT_FALSE(Push(testing::RandomBatch(random_, {trace_}, 3)).error.has_value());
  EXPECT_TRUE(ingester_->Ready().has_value());
}

TEST_F(IngesterTest, RefusesWhatExceedsTheQueue) {
  IngesterOptions options;
  options.queue_bytes_max = 1;
  Start(options);
  std::vector<std::future<PushResult>> results;
  for (int i = 0; i < 200; ++i) {
    auto promise = std::make_shared<std::promise<PushResult>>();
    results.push_back(promise->get_future());
    ingester_->Push({.tenant = "t"}, testing::RandomBatch(random_, {trace_}, 50),
                    [promise](PushResult r) { promise->set_value(r); });
  }
  size_t accepted = 0;
  for (auto& result : results) {
    const PushResult r = result.get();
    if (!r.error) {
      ++accepted;
    } else {
      EXPECT_EQ(r.error->code, ErrorCode::kResourceExhausted);
    }
  }
  EXPECT_GE(accepted, 1u);
  EXPECT_EQ(Find(trace_).size(), accepted * 50);
}

}  // namespace
}  // namespace vivace
