#include "ingest/wal/wal_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/faulty_file_system.h"
#include "base/hash/crc32c.h"
#include "base/memory_file_system.h"
#include "base/posix_file_system.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

const Uuid kSegment = Uuid::Parse("00000000-0000-4000-8000-000000000001").value();

WalRecord RecordOf(std::string_view payload, uint64_t number = 0) {
  WalRecord record = WalRecord::Batch("tenant-a", payload.size(),
                                      [&](char* to) { return std::ranges::copy(payload, to).out; });
  record.Stamp(number, kSegment);
  return record;
}

WalRecord NoneFinished() {
  WalRecord record = WalRecord::Finished({});
  record.Stamp(0, {});
  return record;
}

Status Append(WalFile& file, const std::vector<std::string>& payloads) {
  std::vector<WalRecord> records;
  for (const std::string& payload : payloads) records.push_back(RecordOf(payload, records.size()));
  std::vector<const WalRecord*> pointers;
  for (const WalRecord& record : records) pointers.push_back(&record);
  return file.Append(pointers);
}

std::vector<std::string> PayloadsOf(const WalFileContents& contents) {
  std::vector<std::string> payloads;
  for (const WalEntry& entry : contents.batches) payloads.emplace_back(entry.payload);
  return payloads;
}

class WalFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    path_ = (directory_ / "file.log").string();
  }
  void TearDown() override { fs::remove_all(directory_); }

  // Payloads of one inner list are appended together.
  void Write(const std::vector<std::vector<std::string>>& groups, WalWriteMode writes) {
    fs::remove(path_);
    auto file = WalFile::Create(files_, path_, writes, NoneFinished());
    ASSERT_TRUE(file.has_value()) << file.error().message;
    for (const auto& payloads : groups) ASSERT_TRUE(Append(**file, payloads).has_value());
    ASSERT_TRUE((*file)->Sync().has_value());
    EXPECT_EQ((*file)->size(), fs::file_size(path_));
  }
  void Write(const std::vector<std::string>& payloads) {
    Write({payloads}, WalWriteMode::kBuffered);
  }

  Result<WalFileContents> Read() {
    auto contents = ReadWalFile(files_, path_);
    read_ = contents ? PayloadsOf(*contents) : std::vector<std::string>();
    return contents;
  }

  std::string FileBytes() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void SetFileBytes(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

  const fs::path directory_ =
      fs::temp_directory_path() / ("wal-file-test-" + Uuid::Random().ToString());
  PosixFileSystem files_;
  std::string path_;
  std::vector<std::string> read_;
};

TEST_F(WalFileTest, GivesBackWhatWasWritten) {
  const std::vector<std::string> payloads{"one",
                                          "",
                                          std::string(100'000, 'x'),
                                          std::string(4084, 'y'),
                                          "two",
                                          std::string(20'000, 'z')};
  for (const WalWriteMode writes : {WalWriteMode::kBuffered, WalWriteMode::kDirect}) {
    Write({payloads, {"three"}, {std::string(50'000, 'w')}}, writes);
    const auto contents = Read();
    ASSERT_TRUE(contents.has_value());
    std::vector<std::string> expected = payloads;
    expected.emplace_back("three");
    expected.emplace_back(50'000, 'w');
    EXPECT_EQ(read_, expected);
    EXPECT_EQ(contents->batches[4].segment, kSegment);
    EXPECT_EQ(contents->batches[4].tenant, "tenant-a");
    EXPECT_EQ(contents->batches[4].number, 4u);
    EXPECT_EQ(contents->scan.good_bytes, fs::file_size(path_));
    EXPECT_EQ(contents->scan.torn.size, 0u);
    EXPECT_TRUE(contents->scan.damaged.empty());
  }
}

TEST_F(WalFileTest, NamesFinishedSegments) {
  const std::vector<Uuid> finished{Uuid::Random(), Uuid::Random(), Uuid::Random()};
  WalRecord first = WalRecord::Finished(std::span(finished).first(2));
  first.Stamp(0, {});
  auto file = WalFile::Create(files_, path_, WalWriteMode::kDirect, first).value();
  WalRecord second = WalRecord::Finished(std::span(finished).subspan(2));
  second.Stamp(0, {});
  const WalRecord* pointer = &second;
  ASSERT_TRUE(file->Append(std::span(&pointer, 1)));
  EXPECT_EQ(Read()->finished, finished);
}

TEST_F(WalFileTest, ARecordCanBeGivenToAnotherSegment) {
  Write({"one"});
  const auto contents = Read();
  const Uuid other = Uuid::Random();
  const std::string copy = WithSegment(contents->batches[0], other);
  const auto entry = WalEntryAt(copy, 0);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->segment, other);
  EXPECT_EQ(entry->payload, "one");
}

TEST_F(WalFileTest, IsRemovedWhole) {
  for (const size_t bytes : {0, 4 << 20, 21 << 20}) {
    Write({std::string(bytes, 'x')});
    ASSERT_TRUE(RemoveWalFile(files_, path_).has_value());
    EXPECT_TRUE(fs::is_empty(directory_));
  }
  EXPECT_EQ(RemoveWalFile(files_, path_).error().code, ErrorCode::kNotFound);
}

// A crash while a file is being removed leaves all of it, or nothing that is read.
TEST_F(WalFileTest, IsNeverShortenedUnderItsName) {
  Write({std::string(21 << 20, 'x')});
  const auto size = fs::file_size(path_);
  for (const uint64_t n : {0, 1, 2, 3, 4, 5, 6}) {
    FaultyFileSystem faulty(files_);
    faulty.plan().FailAt(n, {ErrorCode::kInternal, "crash"});
    (void)RemoveWalFile(faulty, path_);
    if (fs::exists(path_)) {
      EXPECT_EQ(fs::file_size(path_), size) << n;
    } else {
      for (const auto& entry : fs::directory_iterator(directory_))
        EXPECT_TRUE(entry.path().string().ends_with(kWalRemovedSuffix));
      break;
    }
  }
}

// Zeros up to the next block are no damage, whether there or cut off; others are.
TEST_F(WalFileTest, SkipsATornBlock) {
  Write({{"one"}, {"two"}}, WalWriteMode::kDirect);
  const std::string whole = FileBytes();
  const size_t second = whole.find("two");
  for (const size_t size : {whole.size() - 1, second + 3, second + 2, second - 5,
                            whole.size() - 2 * WalRecord::kBlockBytes + 1}) {
    SetFileBytes(whole.substr(0, size));
    const auto contents = Read();
    ASSERT_TRUE(contents.has_value());
    const size_t expected = size >= second + 3                               ? 2
                            : size > WalRecord::kBlockBytes + kWalFrameBytes ? 1
                                                                             : 0;
    EXPECT_EQ(read_.size(), expected) << size;
    EXPECT_EQ(contents->scan.torn.size > 0, size < second + 3) << size;
  }
}

TEST_F(WalFileTest, SkipsATornTail) {
  Write({"one", "two"});
  const std::string whole = FileBytes();
  for (size_t cut = 1; cut < kWalFrameBytes + 8 + 3; ++cut) {
    SetFileBytes(whole.substr(0, whole.size() - cut));
    const auto contents = Read();
    ASSERT_TRUE(contents.has_value());
    EXPECT_EQ(read_, std::vector<std::string>{"one"}) << cut;
    EXPECT_GT(contents->scan.torn.size, 0u);
  }
}

TEST_F(WalFileTest, SkipsADamagedRecordInTheMiddle) {
  Write({"first record", "second record", "third record"});
  const std::string whole = FileBytes();
  const size_t second = whole.find("second");
  for (const size_t at : {second, second - 1, second - kWalFrameBytes - 8 + 4}) {
    std::string bytes = whole;
    bytes[at] ^= 1;
    SetFileBytes(bytes);
    const auto contents = Read();
    ASSERT_TRUE(contents.has_value());
    EXPECT_EQ(read_, (std::vector<std::string>{"first record", "third record"}));
    ASSERT_EQ(contents->scan.damaged.size(), 1u);
    EXPECT_EQ(contents->scan.damaged[0].size, kWalFrameBytes + 8 + 13);
  }
}

// What a later release adds to this version is skipped, and said.
TEST_F(WalFileTest, SkipsRecordsOfUnknownTypes) {
  Write({"one", "two"});
  std::string bytes = FileBytes();
  const size_t frame = bytes.find("one") - 8 - kWalFrameBytes;
  bytes[frame + 12] = 77;
  const uint32_t crc = Crc32c(std::string_view(bytes).substr(frame, kWalFrameBytes - 4));
  std::memcpy(bytes.data() + frame + kWalFrameBytes - 4, &crc, sizeof crc);
  SetFileBytes(bytes);
  const auto contents = Read();
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(read_, std::vector<std::string>{"two"});
  ASSERT_EQ(contents->scan.damaged.size(), 1u);
  EXPECT_EQ(contents->scan.damaged[0].reason, "a record of the unknown type 77");
}

TEST_F(WalFileTest, TellsDamageFromALaterRelease) {
  for (const std::string bytes : {"", "something else entirely"}) {
    SetFileBytes(bytes);
    EXPECT_EQ(Read().error().code, ErrorCode::kDataLoss);
  }
  SetFileBytes("VIVWAL03 and then what is not known yet");
  EXPECT_EQ(Read().error().code, ErrorCode::kUnimplemented);
  fs::remove(path_);
  EXPECT_EQ(Read().error().code, ErrorCode::kNotFound);
}

TEST_F(WalFileTest, SurvivesAnyDamage) {
  Write({"first record", "second record", std::string(500, 'y')});
  const std::string whole = FileBytes();
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string bytes = whole;
    for (int flips = 0; flips < 4; ++flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    SetFileBytes(bytes.substr(0, random() % (bytes.size() + 1)));
    const auto contents = Read();
    EXPECT_TRUE(!contents || contents->scan.good_bytes <= bytes.size());
  }
}

// Whatever is refused leaves no half record behind, and what was synced survives a power cut.
TEST(WalFileFaults, AFailedAppendLeavesTheFileAsItWas) {
  MemoryFileSystem memory;
  FaultyFileSystem files(memory);
  const auto file =
      WalFile::Create(files, "/file.log", WalWriteMode::kBuffered, NoneFinished()).value();
  const auto read = [&] {
    const auto contents = ReadWalFile(memory, "/file.log");
    EXPECT_TRUE(contents && contents->scan.damaged.empty() && contents->scan.torn.size == 0);
    return PayloadsOf(*contents);
  };
  ASSERT_TRUE(Append(*file, {"one"}));
  ASSERT_TRUE(file->Sync());
  files.plan().FailAll(FaultyFileSystem::Kind::kAppend, {ErrorCode::kUnavailable, "disk full"});
  EXPECT_EQ(Append(*file, {"two"}).error().message, "write /file.log: disk full");
  EXPECT_EQ(read(), std::vector<std::string>{"one"});
  files.plan().ClearFaults();
  EXPECT_TRUE(file->is_usable());
  ASSERT_TRUE(Append(*file, {"three"}));
  EXPECT_EQ(read(), (std::vector<std::string>{"one", "three"}));
  memory.Crash();
  EXPECT_EQ(read(), std::vector<std::string>{"one"});
}

TEST(WalFileFaults, AFileThatCannotBeTrustedTakesNoMore) {
  for (const bool is_sync : {true, false}) {
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    const auto file =
        WalFile::Create(files, "/file.log", WalWriteMode::kBuffered, NoneFinished()).value();
    files.plan().FailAll(FaultyFileSystem::Kind::kSync, {ErrorCode::kInternal, "I/O error"});
    files.plan().FailAll(FaultyFileSystem::Kind::kTruncate, {ErrorCode::kInternal, "I/O error"});
    if (!is_sync)
      files.plan().FailAll(FaultyFileSystem::Kind::kAppend, {ErrorCode::kInternal, "I/O error"});
    const Status failed = is_sync ? file->Sync() : Append(*file, {"one"});
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    files.plan().ClearFaults();
    EXPECT_FALSE(file->is_usable());
    EXPECT_FALSE(Append(*file, {"two"}));
  }
}

TEST(WalFileFaults, AFileThatCannotBeMadeDurableIsNotCreated) {
  for (const uint64_t n : {0, 1, 2, 3}) {  // open, append, sync, sync of the directory
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    files.plan().FailAt(n, {ErrorCode::kInternal, "I/O error"});
    const auto file = WalFile::Create(files, "/file.log", WalWriteMode::kBuffered, NoneFinished());
    EXPECT_EQ(file.error().code, ErrorCode::kUnavailable) << n;
    EXPECT_TRUE(memory.List("/")->empty()) << n;
  }
}

}  // namespace
}  // namespace vivace
