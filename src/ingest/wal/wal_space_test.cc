#include "ingest/wal/wal_space.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

Uuid Id(uint8_t number) {
  Uuid id;
  id.bytes[15] = number;
  return id;
}

class WalSpaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const uint64_t file : {1, 2, 3}) space_.AddFile(file, "/" + std::to_string(file));
    space_.AddRecords(1, Id(1), 100);
    space_.AddRecords(1, Id(2), 10);
    space_.AddRecords(2, Id(1), 50);
    space_.AddRecords(3, Id(2), 10);
    space_.Close(1, 120);
    space_.Close(2, 60);
  }
  WalSpace space_;
};

TEST_F(WalSpaceTest, AFileGoesWithItsLastSegment) {
  EXPECT_TRUE(space_.FinishedFiles().empty());
  space_.Finish(Id(1));
  EXPECT_EQ(space_.FinishedFiles(), std::vector<uint64_t>{2});
  space_.RemoveFile(2);
  EXPECT_TRUE(space_.FinishedFiles().empty());
  space_.Finish(Id(2));
  EXPECT_EQ(space_.FinishedFiles(), std::vector<uint64_t>{1});
  space_.Close(3, 20);
  EXPECT_EQ(space_.FinishedFiles(), (std::vector<uint64_t>{1, 3}));
}

TEST_F(WalSpaceTest, NamesFinishedSegmentsAsLongAsTheyHaveRecords) {
  EXPECT_FALSE(space_.HasFinishedInNeededFiles());
  space_.Finish(Id(1));
  EXPECT_EQ(space_.FinishedInFiles(), std::vector<Uuid>{Id(1)});
  space_.RemoveFile(2);  // file 1 has records of it too
  EXPECT_EQ(space_.FinishedInFiles(), std::vector<Uuid>{Id(1)});
  EXPECT_TRUE(space_.HasFinishedInNeededFiles());
  space_.Finish(Id(2));
  space_.RemoveFile(1);
  EXPECT_EQ(space_.FinishedInFiles(), std::vector<Uuid>{Id(2)});  // in file 3
  EXPECT_TRUE(space_.HasFinishedInNeededFiles());
  space_.Close(3, 20);
  EXPECT_FALSE(space_.HasFinishedInNeededFiles());
}

TEST_F(WalSpaceTest, KnowsWhatIsWorthRewriting) {
  EXPECT_EQ(space_.garbage_bytes(), 20u);
  EXPECT_TRUE(space_.WorthRewriting(1000).empty());
  space_.Finish(Id(1));
  EXPECT_EQ(space_.garbage_bytes(), 170u);
  EXPECT_EQ(space_.WorthRewriting(1000), std::vector<uint64_t>{1});  // file 2 is not needed at all
  EXPECT_TRUE(space_.WorthRewriting(9).empty());
  EXPECT_EQ(space_.SharesOf(1), (WalSpace::Shares{{Id(2), 10}}));
  space_.NeverRewrite(1);
  EXPECT_TRUE(space_.WorthRewriting(1000).empty());
}

TEST_F(WalSpaceTest, ACopyTakesTheFilesPlace) {
  space_.Finish(Id(1));
  space_.AddFile(4, "/4");
  space_.AddRecords(4, Id(2), 10);
  space_.Forget(1);
  space_.Close(4, 18);
  EXPECT_EQ(space_.FinishedFiles(), (std::vector<uint64_t>{1, 2}));
  space_.RemoveFile(1);
  space_.RemoveFile(2);
  EXPECT_EQ(space_.FilesOf(Id(2)), (std::vector<uint64_t>{3, 4}));
  EXPECT_EQ(space_.disk_bytes(), 18u);
  space_.Finish(Id(2));
  EXPECT_EQ(space_.FinishedFiles(), std::vector<uint64_t>{4});
}

}  // namespace
}  // namespace vivace
