#include "receive/kafka/kafka_offsets.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

const KafkaPartition kFirst{"spans", 0};
const KafkaPartition kSecond{"spans", 1};

std::string Changed(KafkaOffsets& offsets) {
  std::string text;
  for (const KafkaPosition& position : offsets.TakeChanged())
    text += std::to_string(position.partition.number) + ":" + std::to_string(position.next_offset) + " ";
  return text;
}

TEST(KafkaOffsets, CommitsUpToTheOldestOnItsWay) {
  KafkaOffsets offsets;
  for (const int64_t offset : {10, 11, 15}) offsets.Begin(kFirst, offset);
  EXPECT_EQ(Changed(offsets), "");
  offsets.End(kFirst, 11);
  EXPECT_EQ(Changed(offsets), "");
  offsets.End(kFirst, 10);
  EXPECT_EQ(Changed(offsets), "0:15 ");
  EXPECT_TRUE(offsets.IsBusy(kFirst));
  offsets.End(kFirst, 15);
  EXPECT_EQ(Changed(offsets), "0:16 ");
  EXPECT_FALSE(offsets.IsBusy(kFirst));
  EXPECT_EQ(Changed(offsets), "");
}

TEST(KafkaOffsets, KeepsPartitionsApart) {
  KafkaOffsets offsets;
  offsets.Begin(kFirst, 0);
  offsets.Begin(kSecond, 7);
  offsets.End(kSecond, 7);
  EXPECT_EQ(Changed(offsets), "1:8 ");
  offsets.ForgetTaken();
  EXPECT_EQ(Changed(offsets), "0:0 1:8 ");
}

TEST(KafkaOffsets, ForgottenPartitionsBeginAnew) {
  KafkaOffsets offsets;
  offsets.Begin(kFirst, 4);
  offsets.Forget(kFirst);
  offsets.End(kFirst, 4);
  EXPECT_EQ(Changed(offsets), "");
  offsets.Begin(kFirst, 2);
  EXPECT_EQ(Changed(offsets), "");
  offsets.End(kFirst, 2);
  EXPECT_EQ(Changed(offsets), "0:3 ");
}

}  // namespace
}  // namespace vivace
