#include "ingest/wal_part.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/faulty_file_system.h"
#include "base/memory_file_system.h"
#include "base/posix_file_system.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

class WalPartTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    path_ = (directory_ / "part.wal").string();
  }
  void TearDown() override { fs::remove_all(directory_); }

  // Payloads of one inner list are appended together.
  void Write(const std::vector<std::vector<std::string>>& groups, WalWriteMode writes) {
    fs::remove(path_);
    auto part = WalPart::Create(files_, path_, {id_, "tenant-a"}, writes);
    ASSERT_TRUE(part.has_value()) << part.error().message;
    for (const auto& payloads : groups) ASSERT_TRUE(Append(**part, payloads).has_value());
    ASSERT_TRUE((*part)->Sync().has_value());
    EXPECT_EQ((*part)->size(), fs::file_size(path_));
  }
  void Write(const std::vector<std::string>& payloads) {
    Write({payloads}, WalWriteMode::kBuffered);
  }

  static Status Append(WalPart& part, const std::vector<std::string>& payloads) {
    std::vector<WalRecord> records;
    for (const std::string& payload : payloads) records.emplace_back(payload);
    std::vector<const WalRecord*> pointers;
    for (const WalRecord& record : records) pointers.push_back(&record);
    return part.Append(pointers);
  }

  Result<WalPartContents> Read() {
    read_.clear();
    return ReadWalPart(files_, path_, [&](std::string_view payload) -> Status {
      read_.emplace_back(payload);
      return {};
    });
  }

  std::string FileBytes() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void SetFileBytes(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

  const fs::path directory_ =
      fs::temp_directory_path() / ("wal-part-test-" + Uuid::Random().ToString());
  const Uuid id_ = Uuid::Random();
  PosixFileSystem files_;
  std::string path_;
  std::vector<std::string> read_;
};

TEST_F(WalPartTest, GivesBackWhatWasWritten) {
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
    EXPECT_EQ(contents->header.segment_id, id_);
    EXPECT_EQ(contents->header.tenant, "tenant-a");
    std::vector<std::string> expected = payloads;
    expected.emplace_back("three");
    expected.emplace_back(50'000, 'w');
    EXPECT_EQ(read_, expected);
    EXPECT_EQ(contents->good_bytes, fs::file_size(path_));
    EXPECT_EQ(contents->torn.size, 0u);
    EXPECT_TRUE(contents->damaged.empty());
  }
}

TEST_F(WalPartTest, IsRemovedWhole) {
  for (const size_t bytes : {0, 4 << 20, 21 << 20}) {
    Write({std::string(bytes, 'x')});
    ASSERT_TRUE(RemoveWalPart(files_, path_).has_value());
    EXPECT_FALSE(fs::exists(path_));
  }
  EXPECT_FALSE(RemoveWalPart(files_, path_).has_value());
}

// Zeros up to the next block are no damage, whether there or cut off; others are.
TEST_F(WalPartTest, CutsOffATornBlock) {
  Write({{"one"}, {"two"}}, WalWriteMode::kDirect);
  const std::string whole = FileBytes();
  const size_t second = whole.find("two");
  for (const size_t size : {whole.size() - 1, second + 3, second + 2, second - 5,
                            whole.size() - 2 * WalRecord::kBlockBytes + 1}) {
    SetFileBytes(whole.substr(0, size));
    const auto contents = Read();
    ASSERT_TRUE(contents.has_value());
    EXPECT_EQ(read_.size(), size >= second + 3                       ? 2u
                            : size > WalRecord::kBlockBytes + 12 + 3 ? 1u
                                                                     : 0u)
        << size;
    EXPECT_EQ(contents->torn.size > 0, size < second + 3) << size;
    auto part = WalPart::Reopen(files_, path_, contents->good_bytes);
    ASSERT_TRUE(part.has_value());
    ASSERT_TRUE(Append(**part, {"three"}).has_value());
    const size_t before = read_.size();
    ASSERT_TRUE(Read().has_value());
    ASSERT_EQ(read_.size(), before + 1) << size;
    EXPECT_EQ(read_.back(), "three");
  }
}

TEST_F(WalPartTest, CutsOffATornTailAndGoesOn) {
  Write({"one", "two"});
  const std::string whole = FileBytes();
  for (size_t cut = 1; cut < 12 + 3; ++cut) {
    SetFileBytes(whole.substr(0, whole.size() - cut));
    const auto contents = Read();
    ASSERT_TRUE(contents.has_value());
    EXPECT_EQ(read_, std::vector<std::string>{"one"}) << cut;
    EXPECT_GT(contents->torn.size, 0u);
    auto part = WalPart::Reopen(files_, path_, contents->good_bytes);
    ASSERT_TRUE(part.has_value());
    ASSERT_TRUE(Append(**part, {"three"}).has_value());
    ASSERT_TRUE(Read().has_value());
    EXPECT_EQ(read_, (std::vector<std::string>{"one", "three"}));
  }
}

TEST_F(WalPartTest, SkipsADamagedRecordInTheMiddle) {
  Write({"first record", "second record", "third record"});
  std::string bytes = FileBytes();
  bytes[bytes.find("second")] ^= 1;
  SetFileBytes(bytes);
  const auto contents = Read();
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(read_, (std::vector<std::string>{"first record", "third record"}));
  ASSERT_EQ(contents->damaged.size(), 1u);
  EXPECT_EQ(contents->damaged[0].size, 12u + 13u);
}

TEST_F(WalPartTest, FindsTheNextRecordBehindADamagedLength) {
  Write({"first record", "second record", "third record"});
  std::string bytes = FileBytes();
  bytes[bytes.find("second") - 8] = '\xff';  // the length
  SetFileBytes(bytes);
  ASSERT_TRUE(Read().has_value());
  EXPECT_EQ(read_, (std::vector<std::string>{"first record", "third record"}));
}

TEST_F(WalPartTest, RefusesAFileWithoutAHeader) {
  SetFileBytes("");
  EXPECT_FALSE(Read().has_value());
  SetFileBytes("VIVWAL01 and then nothing of use");
  EXPECT_FALSE(Read().has_value());
}

TEST_F(WalPartTest, SurvivesAnyDamage) {
  Write({"first record", "second record", std::string(500, 'y')});
  const std::string whole = FileBytes();
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string bytes = whole;
    for (int flips = 0; flips < 4; ++flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    SetFileBytes(bytes.substr(0, random() % (bytes.size() + 1)));
    const auto contents = Read();
    EXPECT_TRUE(!contents || contents->good_bytes <= bytes.size());
  }
}

// Whatever is refused leaves no half record behind, and what was synced survives a power cut.
TEST(WalPartFaults, AFailedAppendLeavesThePartAsItWas) {
  MemoryFileSystem memory;
  FaultyFileSystem files(memory);
  const auto part =
      WalPart::Create(files, "/part.wal", {Uuid::Random(), "t"}, WalWriteMode::kBuffered).value();
  const auto append = [&](std::string_view payload) {
    const WalRecord record(payload);
    const WalRecord* pointer = &record;
    return part->Append({&pointer, 1});
  };
  const auto read = [&] {
    std::vector<std::string> payloads;
    const auto contents = ReadWalPart(memory, "/part.wal", [&](std::string_view payload) -> Status {
      payloads.emplace_back(payload);
      return {};
    });
    EXPECT_TRUE(contents.has_value() && contents->damaged.empty() && contents->torn.size == 0);
    return payloads;
  };
  ASSERT_TRUE(append("one"));
  ASSERT_TRUE(part->Sync());
  files.plan().FailAll(FaultyFileSystem::Kind::kAppend, {ErrorCode::kUnavailable, "disk full"});
  EXPECT_EQ(append("two").error().message, "write /part.wal: disk full");
  EXPECT_EQ(read(), std::vector<std::string>{"one"});
  files.plan().ClearFaults();
  ASSERT_TRUE(append("three"));
  EXPECT_EQ(read(), (std::vector<std::string>{"one", "three"}));
  memory.Crash();
  EXPECT_EQ(read(), std::vector<std::string>{"one"});
}

TEST(WalPartFaults, APartWhoseSyncFailedTakesNoMore) {
  MemoryFileSystem memory;
  FaultyFileSystem files(memory);
  const auto part =
      WalPart::Create(files, "/part.wal", {Uuid::Random(), "t"}, WalWriteMode::kBuffered).value();
  files.plan().FailAll(FaultyFileSystem::Kind::kSync, {ErrorCode::kInternal, "I/O error"});
  EXPECT_EQ(part->Sync().error().code, ErrorCode::kUnavailable);
  files.plan().ClearFaults();
  EXPECT_FALSE(part->Append({}));
}

TEST(WalPartFaults, APartThatCannotBeMadeDurableIsNotCreated) {
  for (const uint64_t n : {0, 1, 2, 3}) {  // open, append, sync, sync of the directory
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    files.plan().FailAt(n, {ErrorCode::kInternal, "I/O error"});
    const auto part =
        WalPart::Create(files, "/part.wal", {Uuid::Random(), "t"}, WalWriteMode::kBuffered);
    EXPECT_EQ(part.error().code, ErrorCode::kUnavailable) << n;
    EXPECT_TRUE(memory.List("/")->empty()) << n;
  }
}

}  // namespace
}  // namespace vivace
