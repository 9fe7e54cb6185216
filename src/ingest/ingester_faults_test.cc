// What fails, and what many do at once: the rest goes on, nothing acknowledged is lost.
#include <gtest/gtest.h>

#include <filesystem>

#include "ingest/ingester_for_test.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using FileKind = FaultyFileSystem::Kind;
using StoreKind = FaultyStore::Kind;

const Error kIoError{ErrorCode::kInternal, "I/O error"};
const Error kInTheWay{ErrorCode::kFailedPrecondition, "a file is in the way"};

using IngesterFaults = IngesterTest;

// Options with which a failure is retried at once.
IngesterOptions Impatient() {
  IngesterOptions options;
  options.flusher.retry_delay = 1ms;
  options.flusher.retry_delay_max = 5ms;
  options.check_period = 5ms;
  options.full_timeout = 50ms;
  return options;
}

TEST_F(IngesterFaults, ASegmentThatFailsWaitsByItself) {
  Start(Impatient());
  faulty_store_.plan().FailAll(StoreKind::kWrite, kIoError, "bad/");
  ASSERT_FALSE(Push(SomeSpans(), "bad").error);
  ASSERT_FALSE(Push(SomeSpans(), "good").error);
  EXPECT_EQ(Flush("bad").error().message.find("I/O error"), 0u);
  for (int i = 0; i < 5; ++i) {
    ASSERT_FALSE(Push(SomeSpans(), "good").error);
    EXPECT_TRUE(Flush("good"));
  }
  EXPECT_TRUE(ingester_->Ready());
  EXPECT_FALSE(Find(trace_, "bad").empty());
  faulty_store_.plan().ClearFaults();
  EXPECT_TRUE(WaitFor([&] { return Find(trace_, "bad").empty(); }));
  EXPECT_FALSE(store_.List("bad").value().empty());
}

TEST_F(IngesterFaults, IsNotReadyWhileNobodysBlocksCanBeWritten) {
  Start(Impatient());
  faulty_store_.plan().FailAll(StoreKind::kWrite, kIoError);
  for (const char* tenant : {"a", "b", "c"}) ASSERT_FALSE(Push(SomeSpans(), tenant).error);
  EXPECT_FALSE(Flush());
  EXPECT_FALSE(ingester_->Ready());
  faulty_store_.plan().ClearFaults();
  EXPECT_TRUE(WaitFor([&] { return ingester_->Ready().has_value(); }));
  EXPECT_TRUE(Flush());
}

// The tenant whose blocks fail fills one segment more, then waits and is refused; others pass.
TEST_F(IngesterFaults, OnlyTheTenantWhoseBlocksFailIsRefused) {
  IngesterOptions options = Impatient();
  options.segment_bytes_max = 1;
  Start(options);
  faulty_store_.plan().FailAll(StoreKind::kWrite, kIoError, "bad/");
  ASSERT_FALSE(Push(SomeSpans(), "bad").error);
  ASSERT_TRUE(WaitFor([&] { return metrics_.Render().contains("flush_retries_total 1"); }) ||
              metrics_.Render().contains("flush_retries_total"));
  PushResult refused;
  for (int i = 0; i < 3 && !refused.error; ++i) refused = Push(SomeSpans(), "bad");
  ASSERT_TRUE(refused.error.has_value());
  EXPECT_EQ(refused.error->code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(refused.error->message.contains("the tenant's blocks cannot be written"))
      << refused.error->message;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Push(SomeSpans(), "good").error);
  faulty_store_.plan().ClearFaults();
  EXPECT_TRUE(WaitFor([&] { return !Push(SomeSpans(), "bad").error; }));
}

TEST_F(IngesterFaults, WhatCanNeverSucceedIsSetAsideAndCanBeBroughtBack) {
  Start(Impatient());
  faulty_store_.plan().FailAll(StoreKind::kWrite, kInTheWay, "bad/");
  ASSERT_FALSE(Push(SomeSpans(), "bad").error);
  const auto spans = Find(trace_, "bad");
  EXPECT_FALSE(Flush("bad"));
  const fs::path quarantine = directory_ / "instance-0" / "quarantine";
  ASSERT_TRUE(WaitFor([&] { return Find(trace_, "bad").empty(); }));
  ASSERT_TRUE(fs::exists(quarantine));
  EXPECT_TRUE(metrics_.Render().contains("vivace_ingester_segments_set_aside_total 1"));
  const PushResult refused = Push(SomeSpans(), "bad");
  ASSERT_TRUE(refused.error.has_value());
  EXPECT_EQ(refused.error->code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(refused.retry_after_seconds, 0u);
  EXPECT_TRUE(refused.error->message.contains("a file is in the way")) << refused.error->message;
  EXPECT_FALSE(Push(SomeSpans(), "good").error);
  const auto missing = [&](const std::string& tenant) {
    return ingester_->set_aside().CountWith(tenant, trace_) +
           ingester_->set_aside().CountBetween(tenant, 0, UINT64_MAX);
  };
  EXPECT_EQ(missing("bad"), 2u);
  Start();
  EXPECT_TRUE(Find(trace_, "bad").empty());
  EXPECT_EQ(missing("bad"), 2u) << "after a restart";
  EXPECT_EQ(missing("good"), 0u);
  EXPECT_EQ(ingester_->set_aside().CountBetween("bad", 0, 0), 0u);
  EXPECT_EQ(ingester_->set_aside().CountWith("bad", TraceId{}), 0u);
  ingester_.reset();
  for (const auto& entry : fs::directory_iterator(quarantine))
    fs::rename(entry.path(), directory_ / "instance-0" / entry.path().filename());
  faulty_store_.plan().ClearFaults();
  Start();
  EXPECT_EQ(Find(trace_, "bad"), spans);
  EXPECT_EQ(missing("bad"), 0u);
  EXPECT_TRUE(Flush("bad"));
}

TEST_F(IngesterFaults, AFailedSyncRefusesNobody) {
  for (const WalSync sync : {WalSync::kAlways, WalSync::kInterval}) {
    IngesterOptions options = Impatient();
    options.wal_sync = sync;
    options.wal_sync_interval = 1ms;
    Start(options);
    ASSERT_FALSE(Push(SomeSpans(), "a").error);
    faulty_files_.plan().FailAll(FileKind::kSync, kIoError, WalFiles().back().filename());
    for (int i = 0; i < 10; ++i) {
      for (const char* tenant : {"a", "b"}) EXPECT_FALSE(Push(SomeSpans(), tenant).error);
      std::this_thread::sleep_for(2ms);
    }
    EXPECT_TRUE(WaitFor([&] { return ingester_->Ready().has_value(); }));
    faulty_files_.plan().ClearFaults();
    SpanBatchBuilder out;
    const size_t stored = Find(trace_, "a").size() + Find(trace_, "b").size();
    Start();
    EXPECT_LE(Find(trace_, "a").size() + Find(trace_, "b").size(), stored);
    if (sync == WalSync::kAlways) {
      EXPECT_EQ(stored, 21u * 5);
      EXPECT_EQ(Find(trace_, "a").size() + Find(trace_, "b").size(), stored);
    }
    Flush();
  }
}

// With wal_fsync interval the device may have lost what was acknowledged: it becomes a block.
TEST_F(IngesterFaults, WhatAFailedSyncMayHaveLostBecomesABlock) {
  IngesterOptions options = Impatient();
  options.wal_sync = WalSync::kInterval;
  options.wal_sync_interval = 20ms;
  Start(options);
  ASSERT_FALSE(Push(SomeSpans()).error);
  faulty_files_.plan().FailAll(FileKind::kSync, kIoError, WalFiles().back().filename());
  ASSERT_FALSE(Push(SomeSpans()).error);
  EXPECT_TRUE(WaitFor([&] {
    const auto blocks = store_.List("t");
    return blocks && !blocks->empty();
  }));
}

// "Cannot tell" whether there is a block is not "there is none": nothing is written over it.
TEST_F(IngesterFaults, ABlockIsNotWrittenAgainBecauseTheStoreCannotTell) {
  Start(Impatient());
  ASSERT_FALSE(Push(SomeSpans(20)).error);
  CrashAfterTheBlock();
  blocks_.clear();
  faulty_store_.plan().FailAll(StoreKind::kRead, {ErrorCode::kUnavailable, "too many open files"});
  Start(Impatient());
  EXPECT_FALSE(Find(trace_).empty());
  EXPECT_FALSE(Flush());
  ASSERT_FALSE(Push(SomeSpans(1)).error);  // goes to another segment
  faulty_store_.plan().ClearFaults();
  EXPECT_TRUE(WaitFor([&] { return Find(trace_).size() == 1; }));
  EXPECT_EQ(block_count(), 0u);
}

TEST_F(IngesterFaults, AFileThatCannotBeReadNowIsLeftForTheNextStart) {
  Start();
  ASSERT_FALSE(Push(SomeSpans()).error);
  const auto spans = Find(trace_);
  ingester_.reset();
  faulty_files_.plan().FailAll(FileKind::kRead, {ErrorCode::kUnavailable, "too many open files"},
                               ".log");
  Start();
  EXPECT_TRUE(Find(trace_).empty());
  EXPECT_TRUE(metrics_.Render().contains("tempo_ingester_replay_errors_total"));
  faulty_files_.plan().ClearFaults();
  Start();
  EXPECT_EQ(Find(trace_), spans);
}

TEST_F(IngesterFaults, TenantsAreLimitedInNumber) {
  IngesterOptions options;
  options.tenants_max = 3;
  Start(options);
  for (const char* tenant : {"a", "b", "c"}) ASSERT_FALSE(Push(SomeSpans(), tenant).error);
  const PushResult refused = Push(SomeSpans(), "d");
  ASSERT_TRUE(refused.error.has_value());
  EXPECT_EQ(refused.error->code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(refused.error->message,
            "no room for tenant \"d\": 3 tenants have spans that are not in blocks yet, the limit "
            "is 3 (vivace.max_tenants)");
  EXPECT_TRUE(metrics_.Render().contains("vivace_ingester_refused_spans_total{tenant=\"d\"} 5\n"));
  EXPECT_FALSE(Push(SomeSpans(), "a").error);
  EXPECT_TRUE(Flush("b"));
  EXPECT_FALSE(Push(SomeSpans(), "d").error);
}

TEST_F(IngesterFaults, SegmentsTogetherStayBelowTheirMemory) {
  IngesterOptions options = Impatient();
  options.segments_bytes_max = 4 << 20;
  options.full_timeout = 10s;
  Start(options);
  for (int i = 0; i < 400; ++i)
    ASSERT_FALSE(Push(SomeSpans(100), fmt::format("tenant {}", i % 40)).error);
  size_t bytes = 0;
  for (int i = 0; i < 40; ++i) {
    for (const auto& segment : ingester_->Segments(fmt::format("tenant {}", i)))
      bytes += segment->columns.memory_bytes();
  }
  EXPECT_LT(bytes, options.segments_bytes_max + (128 << 10));  // and what one commit adds
  EXPECT_GT(block_count(), 0u);
}

// Written by a release that had a file per segment (tests/data/wal).
TEST_F(IngesterFaults, ReadsTheLogOfTheVersionBefore) {
  const fs::path data = fs::path(VIVACE_SOURCE_DIR) / "tests" / "data" / "wal";
  fs::create_directories(directory_ / "instance-0");
  for (const auto& entry : fs::directory_iterator(data)) {
    if (entry.path().extension() == ".wal")
      fs::copy_file(entry.path(), directory_ / "instance-0" / entry.path().filename());
  }
  faulty_store_.plan().FailAll(StoreKind::kWrite, kIoError);  // until all was looked at
  Start(Impatient());
  const auto stored = [&](const char* tenant, std::string_view digits) {
    return Find(ParseTraceId(digits).value(), tenant).size();
  };
  EXPECT_EQ(stored("team-a", "7b614e428a186f4a4c116daf499fd7e8"), 1u);
  EXPECT_EQ(stored("team-a", "e61559ce18f22f43cdad8cd3fb0d7973"), 1u);  // a large record
  EXPECT_EQ(stored("team-b", "cbce8e25df54bf151f840cdfb4c84acb"), 1u);
  EXPECT_EQ(stored("team-b", "0c636b9096713efbf6ccf86d1cdab4ab"), 1u);  // after a restart
  EXPECT_EQ(stored("team-a", "0c636b9096713efbf6ccf86d1cdab4ab"), 0u);
  faulty_store_.plan().ClearFaults();
  EXPECT_TRUE(WaitFor([&] { return Flush().has_value(); }));
  EXPECT_EQ(block_count(), 2u);
  for (const auto& entry : fs::directory_iterator(directory_ / "instance-0"))
    EXPECT_NE(entry.path().extension(), ".wal") << entry.path();
  Start();
  EXPECT_EQ(stored("team-a", "7b614e428a186f4a4c116daf499fd7e8"), 0u);  // it is a block now
}

}  // namespace
}  // namespace vivace
