// The ingester on a folder of its own, with a store in memory, both of which can be made to fail.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <future>

#include "base/faulty_file_system.h"
#include "base/posix_file_system.h"
#include "columns/random_batch_for_test.h"
#include "ingest/ingester.h"
#include "object/faulty_store.h"
#include "object/memory_store.h"

namespace vivace {

class IngesterTest : public ::testing::Test {
 protected:
  void TearDown() override {
    ingester_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Start(IngesterOptions options = {}) {
    ingester_.reset();
    options.wal_path = directory_.string();
    auto started = Ingester::Start(std::move(options), faulty_files_, faulty_store_, metrics_,
                                   [this](const BlockMeta& meta) {
                                     const std::lock_guard lock(mutex_);
                                     blocks_.push_back(meta);
                                   });
    ASSERT_TRUE(started.has_value()) << started.error().message;
    ingester_ = *std::move(started);
  }

  PushResult Push(SpanBatch batch, const std::string& tenant = "t") {
    std::promise<PushResult> result;
    ingester_->Push({.tenant = tenant}, std::move(batch),
                    [&](PushResult r) { result.set_value(std::move(r)); });
    return result.get_future().get();
  }

  Status Flush(std::optional<std::string> tenant = std::nullopt) {
    std::promise<Status> flushed;
    ingester_->Flush(std::move(tenant), [&](Status status) { flushed.set_value(status); });
    return flushed.get_future().get();
  }

  // That were written.
  size_t block_count() {
    const std::lock_guard lock(mutex_);
    return blocks_.size();
  }

  SpanBatch SomeSpans(int count = 5) { return testing::RandomBatch(random_, {trace_}, count); }

  std::vector<std::string> Find(const TraceId& id, const std::string& tenant = "t") {
    SpanBatchBuilder out;
    ingester_->FindTrace(tenant, id, out);
    return testing::CanonicalSpans(out.batch());
  }

  // The log's files, by number.
  std::vector<std::filesystem::path> WalFiles() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "instance-0")) {
      if (entry.path().extension() == ".log") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
  }

  // A crash between the finished block and the record that says so: the log is as before the flush.
  void CrashAfterTheBlock() {
    const std::filesystem::path file = WalFiles().at(0);
    const std::filesystem::path copy = directory_ / "copy";
    std::filesystem::copy_file(file, copy);
    ASSERT_TRUE(Flush());
    ingester_.reset();
    for (const auto& path : WalFiles()) std::filesystem::remove(path);
    std::filesystem::copy_file(copy, file);
  }

  static bool WaitFor(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return condition();
  }

  const std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("ingester-test-" + Uuid::Random().ToString());
  PosixFileSystem files_;
  FaultyFileSystem faulty_files_{files_};
  MemoryStore store_;
  FaultyStore faulty_store_{store_};
  Metrics metrics_;
  std::mutex mutex_;
  std::vector<BlockMeta> blocks_;
  std::unique_ptr<Ingester> ingester_;
  testing::Random random_{11};
  const TraceId trace_ = testing::RandomId<TraceId>(random_);
};

}  // namespace vivace
