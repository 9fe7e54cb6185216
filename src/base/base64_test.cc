#include "base/base64.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(Base64, VectorsOfTheRfc) {
  const std::pair<const char*, const char*> kVectors[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [raw, text] : kVectors) {
    EXPECT_EQ(ToBase64(raw), text);
    EXPECT_EQ(FromBase64(text).value(), raw);
  }
}

TEST(Base64, UnderstandsTheUrlAlphabetAndMissingPadding) {
  EXPECT_EQ(FromBase64("AP8B").value(), std::string("\x00\xff\x01", 3));
  EXPECT_EQ(FromBase64("_-8").value(), FromBase64("/+8=").value());
}

TEST(Base64, RefusesOtherText) {
  for (const char* text : {"A", "AAAAA", "A*==", "AA=A"})
    EXPECT_FALSE(FromBase64(text).has_value()) << text;
}

}  // namespace
}  // namespace vivace
