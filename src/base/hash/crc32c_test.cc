#include "base/hash/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace vivace {
namespace {

// The examples of RFC 3720, B.4.
TEST(Crc32cTest, KnownSums) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
}

TEST(Crc32cTest, GoesOnFromWhatCameBefore) {
  const std::string text = "some bytes whose number is no multiple of eight";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(text.substr(cut), Crc32c(text.substr(0, cut))), Crc32c(text)) << cut;
  }
}

}  // namespace
}  // namespace vivace
