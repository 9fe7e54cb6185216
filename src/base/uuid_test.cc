#include "base/uuid.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(Uuid, ParsesWhatItPrints) {
  const Result<Uuid> uuid = Uuid::Parse("62ABC253-df34-40a8-a51e-2fbc50e02af6");
  ASSERT_TRUE(uuid.has_value());
  EXPECT_EQ(uuid->bytes[0], 0x62);
  EXPECT_EQ(uuid->ToString(), "62abc253-df34-40a8-a51e-2fbc50e02af6");
}

TEST(Uuid, RefusesOtherText) {
  for (const char* text :
       {"", "62abc253df3440a8a51e2fbc50e02af6", "62abc253-df34-40a8-a51e-2fbc50e02af",
        "62abc253-df34-40a8-a51e-2fbc50e02afg", "62abc253-df34-40a8-a51e02fbc50e-2af6",
        "{2abc253-df34-40a8-a51e-2fbc50e02af}"}) {
    EXPECT_FALSE(Uuid::Parse(text).has_value()) << text;
  }
}

TEST(Uuid, RandomOnesDifferAndAreVersion4) {
  const std::string text = Uuid::Random().ToString();
  EXPECT_EQ(text[14], '4');
  EXPECT_NE(Uuid::Random(), Uuid::Random());
}

}  // namespace
}  // namespace vivace
