#include "ingest/wal/wal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "base/faulty_file_system.h"
#include "base/memory_file_system.h"

namespace vivace {
namespace {

using namespace std::chrono_literals;
using Kind = FaultyFileSystem::Kind;

constexpr std::string_view kFolder = "/wal/instance-0";
const Error kIoError{ErrorCode::kInternal, "I/O error"};

// What the next start would read: payloads of unfinished segments, each record once. Nothing where
// a file goes meanwhile.
std::optional<std::multiset<std::string>> TryRead(FileSystem& files) {
  std::map<std::pair<Uuid, uint64_t>, std::string> records;
  std::set<Uuid> finished;
  const std::vector<std::string> names = files.List(std::string(kFolder)).value();
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    const auto contents = ReadWalFile(files, fmt::format("{}/{}", kFolder, name));
    if (!contents && contents.error().code == ErrorCode::kNotFound) return std::nullopt;
    EXPECT_TRUE(contents.has_value()) << contents.error().message;
    finished.insert(contents->finished.begin(), contents->finished.end());
    for (const WalEntry& entry : contents->batches)
      records[{entry.segment, entry.number}] = entry.payload;
  }
  std::multiset<std::string> payloads;
  for (const auto& [key, payload] : records) {
    if (!finished.contains(key.first)) payloads.insert(payload);
  }
  return payloads;
}

std::multiset<std::string> Readable(FileSystem& files) {
  for (;;) {
    if (auto payloads = TryRead(files)) return *std::move(payloads);
  }
}

class WalTest : public ::testing::Test {
 protected:
  void Open(WalOptions options = {}) {
    directory_ = WalDirectory::Open(files_, "/wal").value();
    wal_.emplace(*directory_, options);
  }

  // As the ingester commits: one record for each of the segments.
  Status Commit(const std::vector<Uuid>& segments, const std::string& payload,
                const std::vector<Uuid>& finished = {}) {
    std::vector<WalRecord> records;
    for (const Uuid& segment : segments) {
      records.push_back(WalRecord::Batch(
          "t", payload.size(), [&](char* to) { return std::ranges::copy(payload, to).out; }));
      records.back().Stamp(next_number_[segment]++, segment);
    }
    std::vector<WalWrite> writes;
    for (size_t i = 0; i < segments.size(); ++i) writes.push_back({&records[i], segments[i]});
    return wal_->Commit(writes, finished);
  }

  // Nothing runs on after it.
  void CutPower() {
    wal_.reset();
    memory_.Crash();
  }

  std::vector<std::string> FileNames() {
    std::vector<std::string> names = memory_.List(std::string(kFolder)).value();
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
    std::ranges::sort(names);
    return names;
  }

  static bool WaitFor(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms);
    return condition();
  }

  MemoryFileSystem memory_;
  FaultyFileSystem files_{memory_};
  std::unique_ptr<WalDirectory> directory_;
  std::optional<Wal> wal_;
  std::map<Uuid, uint64_t> next_number_;
  const Uuid a_ = Uuid::Random();
  const Uuid b_ = Uuid::Random();
};

TEST_F(WalTest, ACommitCostsOneWriteAndOneSyncForAnyNumberOfTenants) {
  Open();
  ASSERT_TRUE(Commit({a_}, "first"));
  std::vector<Uuid> segments;
  for (int i = 0; i < 1000; ++i) segments.push_back(Uuid::Random());
  const uint64_t before = files_.plan().operations();
  ASSERT_TRUE(Commit(segments, "x"));
  EXPECT_EQ(files_.plan().operations() - before, 2u);
  CutPower();
  EXPECT_EQ(Readable(memory_).size(), 1001u);
}

// One failed sync, or a write that could not be taken back: the file is replaced at once.
TEST_F(WalTest, AFileThatFailsIsReplacedWithoutRefusingAnybody) {
  for (const Kind kind : {Kind::kSync, Kind::kTruncate}) {
    Open();
    ASSERT_TRUE(Commit({a_}, "before"));
    const std::string broken = FileNames().back();
    files_.plan().FailAll(kind, kIoError, broken);
    if (kind == Kind::kTruncate) files_.plan().FailAll(Kind::kAppend, kIoError, broken);
    ASSERT_TRUE(Commit({a_, b_}, "meanwhile"));
    files_.plan().ClearFaults();
    ASSERT_TRUE(Commit({b_}, "after"));
    EXPECT_GT(FileNames().back(), broken);
    CutPower();
    EXPECT_EQ(Readable(memory_),
              (std::multiset<std::string>{"before", "meanwhile", "meanwhile", "after"}));
    wal_.reset();
    ASSERT_TRUE(RemoveAll(memory_, "/wal"));
  }
}

TEST_F(WalTest, RefusesWhileNoFileCanBeSyncedAndTakesMoreAfterwards) {
  Open();
  ASSERT_TRUE(Commit({a_}, "before"));
  files_.plan().FailAll(Kind::kSync, kIoError);
  EXPECT_EQ(Commit({a_}, "refused").error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(wal_->Probe());
  files_.plan().ClearFaults();
  EXPECT_TRUE(wal_->Probe());
  ASSERT_TRUE(Commit({a_}, "after"));
  CutPower();
  EXPECT_EQ(Readable(memory_), (std::multiset<std::string>{"before", "after"}));
}

TEST_F(WalTest, AFullDiskRefusesAndCostsNoFile) {
  Open();
  ASSERT_TRUE(Commit({a_}, "before"));
  files_.plan().FailAll(Kind::kAppend, {ErrorCode::kUnavailable, "disk full"});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Commit({a_}, "refused"));
  EXPECT_EQ(FileNames().size(), 1u);
  files_.plan().ClearFaults();
  ASSERT_TRUE(Commit({a_}, "after"));
  EXPECT_EQ(Readable(memory_), (std::multiset<std::string>{"before", "after"}));
}

TEST_F(WalTest, WithoutSyncsOfCommitsAFailedSyncIsReportedOnce) {
  Open({.writes = WalWriteMode::kBuffered, .sync_commits = false});
  ASSERT_TRUE(Commit({a_}, "before"));
  files_.plan().FailAll(Kind::kSync, kIoError);
  EXPECT_FALSE(wal_->Sync());
  files_.plan().ClearFaults();
  ASSERT_TRUE(Commit({a_}, "after"));
  EXPECT_TRUE(wal_->Sync());
  EXPECT_EQ(FileNames().size(), 2u);
  EXPECT_EQ(Readable(memory_), (std::multiset<std::string>{"before", "after"}));
}

TEST_F(WalTest, FilesGoWhenAllInThemIsFinished) {
  Open({.file_bytes_max = 1000});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Commit({a_, b_}, std::string(300, 'x')));
  EXPECT_GE(FileNames().size(), 5u);
  ASSERT_TRUE(Commit({}, "", {a_}));
  ASSERT_TRUE(Commit({b_}, "last"));
  EXPECT_EQ(Readable(memory_).size(), 11u);
  ASSERT_TRUE(Commit({}, "", {b_}));
  EXPECT_TRUE(WaitFor([&] { return FileNames().size() == 1; }));
  EXPECT_TRUE(Readable(memory_).empty());
}

// A tenant that hardly sends must not keep what others sent.
TEST_F(WalTest, RewritesFilesOfWhichLittleIsNeeded) {
  Open({.file_bytes_max = 10'000, .garbage_bytes_max = 50'000});
  size_t kept = 0;
  for (int i = 0; i < 300; ++i) {
    const Uuid busy = Uuid::Random();
    const bool has_other = i % 10 == 0;
    kept += has_other ? 1 : 0;
    ASSERT_TRUE(
        Commit(has_other ? std::vector{busy, a_} : std::vector{busy}, std::string(2000, 'x')));
    ASSERT_TRUE(Commit({}, "", {busy}));
  }
  EXPECT_TRUE(WaitFor([&] { return wal_->disk_bytes() < 50'000 + 2 * kept * 2100 + 10'000; }))
      << wal_->disk_bytes();
  CutPower();
  EXPECT_EQ(Readable(memory_).size(), kept);
}

// A crash after any operation on files: what was acknowledged and not finished is there, once;
// what is finished does not come back.
TEST_F(WalTest, LosesAndDoublesNothingWhereverItStops) {
  bool has_failed = true;
  for (uint64_t n = 0; has_failed; ++n) {
    ASSERT_LT(n, 1000u);
    Open({.file_bytes_max = 1500, .garbage_bytes_max = 2000});
    next_number_.clear();
    std::multiset<std::string> expected;
    std::set<std::string> perhaps;
    const uint64_t begin = files_.plan().operations();
    files_.plan().FailAt(n, kIoError);
    for (int i = 0; i < 20; ++i) {
      const Uuid busy = Uuid::Random();
      const std::string payload = fmt::format("{:0300}", i);
      const std::string rare = fmt::format("rare {}", i);
      const Status first = Commit({busy}, payload);
      const Status second = i % 5 == 0 ? Commit({a_}, rare) : Status();
      if (i % 5 == 0 && second) expected.insert(rare);
      if (i % 5 == 0 && !second) perhaps.insert(rare);
      const Status finished = Commit({}, "", {busy});
      if (!finished || !first) perhaps.insert(payload);
    }
    wal_.reset();
    has_failed = files_.plan().operations() - begin > n;
    files_.plan().ClearFaults();
    CutPower();
    std::multiset<std::string> readable = Readable(memory_);
    std::erase_if(readable, [&](const std::string& payload) { return perhaps.contains(payload); });
    ASSERT_EQ(readable, expected) << "operation " << n;
    directory_.reset();
    ASSERT_TRUE(RemoveAll(memory_, "/wal"));
  }
}

TEST_F(WalTest, SetsASegmentAsideUnderAnotherId) {
  Open({.file_bytes_max = 1000});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Commit({a_, b_}, fmt::format("{} {:0200}", i, 0)));
  const auto file = wal_->SetAside(a_);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_TRUE(Commit({}, "", {a_}));
  EXPECT_EQ(Readable(memory_).size(), 5u);
  const auto contents = ReadWalFile(memory_, *file);
  ASSERT_EQ(contents->batches.size(), 5u);
  EXPECT_NE(contents->batches[0].segment, a_);
  // Moved back it is read.
  ASSERT_TRUE(memory_.Rename(*file, fmt::format("{}/back.log", kFolder)));
  EXPECT_EQ(Readable(memory_).size(), 10u);
}

// The lists of finished segments outlive the files they were written to.
TEST_F(WalTest, AnAdoptedFileDoesNotComeBack) {
  Open({.file_bytes_max = 1000});
  ASSERT_TRUE(Commit({a_, b_}, "x"));
  const std::string old = FileNames().at(0);
  wal_.reset();
  wal_.emplace(*directory_, WalOptions{.file_bytes_max = 1000});
  wal_->Adopt(fmt::format("{}/{}", kFolder, old), 100, {{b_, 50}}, std::vector{a_});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Commit({Uuid::Random()}, std::string(500, 'x')));
  EXPECT_TRUE(FileNames().front() == old);
  EXPECT_EQ(Readable(memory_).size(), 21u);  // those and b_
}

}  // namespace
}  // namespace vivace
