#include "ingest/wal_part.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

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

  void Write(const std::vector<std::string>& payloads) {
    auto part = WalPart::Create(path_, {id_, "tenant-a"});
    ASSERT_TRUE(part.has_value()) << part.error().message;
    for (const std::string& payload : payloads) {
      std::string record;
      AppendWalRecord(record, [&](std::string& out) { out += payload; });
      ASSERT_TRUE((*part)->Append(record).has_value());
    }
    ASSERT_TRUE((*part)->Sync().has_value());
  }

  Result<WalPartContents> Read() {
    read_.clear();
    return ReadWalPart(path_, [&](std::string_view payload) -> Status {
      read_.emplace_back(payload);
      return {};
    });
  }

  std::string FileBytes() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void SetFileBytes(const std::string& bytes) { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }

  const fs::path directory_ = fs::temp_directory_path() / ("wal-part-test-" + Uuid::Random().ToString());
  const Uuid id_ = Uuid::Random();
  std::string path_;
  std::vector<std::string> read_;
};

TEST_F(WalPartTest, GivesBackWhatWasWritten) {
  Write({"one", "", std::string(100'000, 'x')});
  const auto contents = Read();
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(contents->header.segment_id, id_);
  EXPECT_EQ(contents->header.tenant, "tenant-a");
  EXPECT_EQ(read_, (std::vector<std::string>{"one", "", std::string(100'000, 'x')}));
  EXPECT_EQ(contents->good_bytes, fs::file_size(path_));
  EXPECT_EQ(contents->torn.size, 0u);
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
    auto part = WalPart::Reopen(path_, contents->good_bytes);
    ASSERT_TRUE(part.has_value());
    std::string record;
    AppendWalRecord(record, [](std::string& out) { out += "three"; });
    ASSERT_TRUE((*part)->Append(record).has_value());
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
    for (int flips = 0; flips < 4; ++flips) bytes[random() % bytes.size()] = static_cast<char>(random());
    SetFileBytes(bytes.substr(0, random() % (bytes.size() + 1)));
    const auto contents = Read();
    EXPECT_TRUE(!contents || contents->good_bytes <= bytes.size());
  }
}

}  // namespace
}  // namespace vivace
