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

// Requests that wait to be decoded, as many as were announced.
class WaitingSpans : public PushSource {
 public:
  explicit WaitingSpans(std::function<void()> push) : push_(std::move(push)) {}
  void PushWaiting() override {
    const int count = waiting.exchange(0);
    if (count > 0) ++rounds;
    for (int i = 0; i < count; ++i) push_();
  }
  std::atomic<int> waiting{0};
  std::atomic<int> rounds{0};

 private:
  const std::function<void()> push_;
};

TEST_F(IngesterTest, AsksForAnnouncedRequestsBeforeItCommits) {
  Start();
  std::promise<void> announced;
  const std::shared_future<void> all_are_announced = announced.get_future().share();
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  const SpanBatch batch = SomeSpans();
  const auto source = std::make_shared<WaitingSpans>([&] {
    all_are_announced.wait();
    ingester_->Push({.tenant = "t"}, SpanBatch(batch), [&](const PushResult& result) {
      if (result.error) ++refused;
      ++answered;
    });
  });
  constexpr int kThreads = 4;
  constexpr int kRequests = 100;
  std::vector<std::thread> senders;
  for (int i = 0; i < kThreads; ++i) {
    senders.emplace_back([&] {
      for (int k = 0; k < kRequests; ++k) {
        ++source->waiting;
        ingester_->Announce(source);
      }
    });
  }
  for (auto& sender : senders) sender.join();
  announced.set_value();
  EXPECT_TRUE(WaitFor([&] { return answered == kThreads * kRequests; })) << answered;
  EXPECT_EQ(refused, 0);
  EXPECT_LE(source->rounds, 2) << "the first, and all that came meanwhile";
  EXPECT_EQ(Find(trace_).size(), size_t{kThreads * kRequests} * 5);
}

TEST_F(IngesterTest, AnswersAnnouncedRequestsWhenItStops) {
  Start();
  std::atomic<int> answered{0};
  const SpanBatch batch = SomeSpans();
  const auto source = std::make_shared<WaitingSpans>([&] {
    ingester_->Push({.tenant = "t"}, SpanBatch(batch), [&](const PushResult&) { ++answered; });
  });
  std::atomic<bool> stopped{false};
  int announced = 0;
  std::thread sender([&] {
    for (int after = 0; after < 100; after += stopped ? 1 : 0) {
      while (source->waiting > 100) std::this_thread::yield();
      ++source->waiting;
      ++announced;
      ingester_->Announce(source);
    }
  });
  EXPECT_TRUE(WaitFor([&] { return answered > 10; }));
  ingester_->Stop();
  stopped = true;
  sender.join();
  EXPECT_EQ(answered, announced);
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
  EXPECT_EQ(block_count(), 1u);  // the segment went on being used
}

TEST_F(IngesterTest, FlushMakesABlockThatAStartDoesNotReplay) {
  Start();
  Push(testing::RandomBatch(random_, {trace_}, 20));
  EXPECT_TRUE(Flush());
  ASSERT_EQ(block_count(), 1u);
  EXPECT_EQ(blocks_[0].total_objects, 1);
  EXPECT_TRUE(store_.Size(BlockKey("t", blocks_[0].block_id, kMetaName)).has_value());
  EXPECT_TRUE(Find(trace_).empty());
  EXPECT_TRUE(metrics_.Render().contains("tempo_ingester_live_traces{tenant=\"t\"} 0\n"));
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
  EXPECT_EQ(block_count(), 2u);
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
