#include "receive/kafka/kafka_offsets.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

const KafkaPartition kFirst{"spans", 0};
const KafkaPartition kSecond{"spans", 1};

std::string Changed(KafkaOffsets& offsets) {
  std::string text;
  for (const KafkaPosition& position : offsets.TakeCommittable())
    text += std::to_string(position.partition.number) + ":" + std::to_string(position.next_offset) +
            " ";
  return text;
}

TEST(KafkaOffsets, CommitsUpToTheOldestInFlight) {
  KafkaOffsets offsets;
  for (const int64_t offset : {10, 11, 15}) offsets.Track(kFirst, offset);
  EXPECT_EQ(Changed(offsets), "");
  offsets.Complete(kFirst, 11);
  EXPECT_EQ(Changed(offsets), "");
  offsets.Complete(kFirst, 10);
  EXPECT_EQ(Changed(offsets), "0:15 ");
  EXPECT_TRUE(offsets.HasInFlight(kFirst));
  offsets.Complete(kFirst, 15);
  EXPECT_EQ(Changed(offsets), "0:16 ");
  EXPECT_FALSE(offsets.HasInFlight(kFirst));
  EXPECT_EQ(Changed(offsets), "");
}

TEST(KafkaOffsets, KeepsPartitionsApart) {
  KafkaOffsets offsets;
  offsets.Track(kFirst, 0);
  offsets.Track(kSecond, 7);
  offsets.Complete(kSecond, 7);
  EXPECT_EQ(Changed(offsets), "1:8 ");
  offsets.MarkUncommitted();
  EXPECT_EQ(Changed(offsets), "0:0 1:8 ");
}

TEST(KafkaOffsets, ForgottenPartitionsBeginAnew) {
  KafkaOffsets offsets;
  offsets.Track(kFirst, 4);
  offsets.Forget(kFirst);
  offsets.Complete(kFirst, 4);
  EXPECT_EQ(Changed(offsets), "");
  offsets.Track(kFirst, 2);
  EXPECT_EQ(Changed(offsets), "");
  offsets.Complete(kFirst, 2);
  EXPECT_EQ(Changed(offsets), "0:3 ");
}

}  // namespace
}  // namespace vivace
