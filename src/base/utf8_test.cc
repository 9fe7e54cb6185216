#include "base/utf8.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

std::string Readable(std::string_view text) {
  std::string storage;
  return std::string(AsUtf8(text, storage));
}

TEST(Utf8, LeavesValidTextsAsTheyAre) {
  for (const std::string_view text :
       {"", "plain", "a text that is longer than a word", "grüße, 日本 and 🌍", "\x7f\xc2\x80"}) {
    std::string storage;
    EXPECT_TRUE(IsUtf8(text));
    EXPECT_EQ(AsUtf8(text, storage).data(), text.data()) << "copied";
  }
}

TEST(Utf8, AByteThatIsNoneIsOneCharacter) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"bad\xffname", "bad?name"},
      {"\xff", "?"},
      {"\xe6\x97", "??"},            // cut short
      {"\xe6\x97x", "??x"},          // and something behind it
      {"\xed\xa0\x80", "???"},       // a surrogate
      {"\xc0\xaf", "??"},            // overlong
      {"\xf4\x90\x80\x80", "????"},  // beyond Unicode
      {"ü\x80ü", "ü?ü"},
      {"eight bytes, then \xfe and eight more bytes", "eight bytes, then ? and eight more bytes"}};
  for (const auto& [text, expected] : cases) {
    std::string with_replacements;
    for (const char c : expected)
      with_replacements += c == '?' ? "\xef\xbf\xbd" : std::string(1, c);
    EXPECT_FALSE(IsUtf8(text));
    EXPECT_EQ(Readable(text), with_replacements);
  }
}

}  // namespace
}  // namespace vivace
