#include "ingest/segment_flusher.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>

#include "base/memory_file_system.h"
#include "columns/random_batch_for_test.h"
#include "object/memory_store.h"

namespace vivace {
namespace {

using namespace std::chrono_literals;

// Keeps whoever writes an object of the tenant "slow" waiting until it is opened.
class GatedStore final : public MemoryStore {
 public:
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override {
    if (key.starts_with("slow/")) {
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [&] { return is_open_; });
    }
    return MemoryStore::Create(key);
  }
  void OpenGate() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

class SegmentFlusherTest : public ::testing::Test {
 protected:
  void TearDown() override {
    store_.OpenGate();
    flusher_.reset();
  }

  void Start(FlusherOptions options) {
    SegmentFlusher::Listener listener{
        .on_block =
            [this](const BlockMeta& meta) {
              const std::lock_guard lock(mutex_);
              written_.push_back(meta.tenant_id);
            },
        .on_finished = [](const LiveSegment&) {},
        .on_set_aside = [](const LiveSegment&, const std::string&) {}};
    flusher_.emplace(table_, wal_, store_, std::move(options), std::move(listener), metrics_,
                     nullptr);
  }

  void Enqueue(const std::string& tenant, int spans = 5) {
    auto segment = std::make_shared<LiveSegment>();
    segment->id = Uuid::Random();
    segment->tenant = tenant;
    segment->columns.Append(
        testing::RandomBatch(random_, {testing::RandomId<TraceId>(random_)}, spans));
    table_.AddSealed(segment);
    flusher_->Enqueue(std::move(segment));
  }

  std::vector<std::string> WaitForBlocks(size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (written_.size() >= count || std::chrono::steady_clock::now() > deadline)
          return written_;
      }
      std::this_thread::sleep_for(1ms);
    }
  }

  MemoryFileSystem files_;
  std::unique_ptr<WalDirectory> directory_ = WalDirectory::Open(files_, "/wal").value();
  Wal wal_{*directory_, {}};
  GatedStore store_;
  SegmentTable table_;
  Metrics metrics_;
  testing::Random random_{3};
  std::mutex mutex_;
  std::vector<std::string> written_;  // tenants
  std::optional<SegmentFlusher> flusher_;
};

TEST_F(SegmentFlusherTest, SmallSegmentsPassOneThatIsStuck) {
  Start({.workers = 2});
  Enqueue("slow");
  for (int i = 0; i < 20; ++i) Enqueue("fast");
  EXPECT_EQ(WaitForBlocks(20), std::vector<std::string>(20, "fast"));
  store_.OpenGate();
  EXPECT_EQ(WaitForBlocks(21).back(), "slow");
}

// Threads of low priority may not run at all while other processes keep the machine busy.
TEST_F(SegmentFlusherTest, TheHelperWorksWhileMuchWaitsBehindTheOthers) {
  Start({.workers = 1, .in_flight_bytes_max = 1, .helped_bytes = 1});
  Enqueue("slow");
  for (int i = 0; i < 3; ++i) Enqueue("fast");
  EXPECT_EQ(WaitForBlocks(3), std::vector<std::string>(3, "fast"));
}

TEST_F(SegmentFlusherTest, LargeSegmentsAreWrittenOneAfterTheOther) {
  Start({.workers = 4, .in_flight_bytes_max = 1});
  Enqueue("slow");
  for (int i = 0; i < 3; ++i) Enqueue("fast");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(flusher_->pending_bytes(), flusher_->backlog_bytes());
  EXPECT_TRUE(WaitForBlocks(0).empty());
  store_.OpenGate();
  EXPECT_EQ(WaitForBlocks(4).front(), "slow");
}

TEST_F(SegmentFlusherTest, WhoWaitsForATenantDoesNotWaitForOthers) {
  Start({.workers = 2});
  Enqueue("slow");
  Enqueue("fast");
  std::promise<Status> fast;
  flusher_->AfterPending("fast", [&](Status status) { fast.set_value(status); });
  ASSERT_EQ(fast.get_future().wait_for(20s), std::future_status::ready);
  std::promise<Status> all;
  auto done = all.get_future();
  flusher_->AfterPending(std::nullopt, [&](Status status) { all.set_value(status); });
  EXPECT_EQ(done.wait_for(20ms), std::future_status::timeout);
  store_.OpenGate();
  ASSERT_EQ(done.wait_for(20s), std::future_status::ready);
  EXPECT_TRUE(done.get());
  EXPECT_EQ(flusher_->pending_bytes(), 0u);
}

}  // namespace
}  // namespace vivace
