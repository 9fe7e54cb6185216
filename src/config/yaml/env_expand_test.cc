#include "config/yaml/env_expand.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace vivace {
namespace {

std::optional<std::string> TestEnvironment(std::string_view name) {
  static const std::map<std::string, std::string, std::less<>> values = {
      {"A", "abcDEF"}, {"E", ""}, {"P", "a/b/a.txt"}};
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

TEST(ExpandEnvironment, Table) {
  std::ifstream file(VIVACE_SOURCE_DIR "/tests/data/config/env.txt");
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    if (line.starts_with("# ")) continue;
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const std::string expected = line.substr(tab + 1);
    const auto result = ExpandEnvironment(line.substr(0, tab), TestEnvironment);
    EXPECT_EQ(result ? *result : "error:" + result.error().message, expected) << line;
    ++cases;
  }
  EXPECT_GT(cases, 40);
}

TEST(ExpandEnvironment, NestingIsLimited) {
  std::string text = "x";
  for (int i = 0; i < 100; ++i) text = "${U:-" + text + "}";
  EXPECT_FALSE(ExpandEnvironment(text, TestEnvironment));
}

TEST(ExpandWholeValues, OnlyWholeValuesThatAreSetOrHaveADefault) {
  auto root =
      ParseYaml("a: ${A}\nb: x${A}\nc: ${U}\nd: ${U:word}\ne: [\"${U:-w}\", 1]\nf: ${A^^}\n");
  ASSERT_TRUE(root);
  ParseContext context;
  ExpandWholeValues(*root, TestEnvironment, context);
  EXPECT_EQ(root->Find("a")->text, "abcDEF");
  EXPECT_EQ(root->Find("b")->text, "x${A}");
  EXPECT_EQ(root->Find("c")->text, "${U}");
  EXPECT_EQ(root->Find("d")->text, "word");
  EXPECT_EQ(root->Find("e")->items[0].text, "w");
  EXPECT_EQ(root->Find("f")->text, "${A^^}");
  ASSERT_EQ(context.warnings().size(), 3u);
  EXPECT_EQ(context.warnings()[0].message, "expanded environment variable A");
}

TEST(WarnOfVariables, NamesTheKey) {
  const auto root =
      ParseYaml("a:\n  b: [\"${A}/x\"]\nc: \"${1}-$2\"\nd: x${B:-y}\ne: $${C}\nf: ${\n");
  ParseContext context;
  WarnOfVariables(*root, "", context);
  std::vector<std::string> messages;
  for (const ConfigWarning& warning : context.warnings())
    messages.push_back(warning.message.substr(0, warning.message.find(',')));
  EXPECT_EQ(messages, (std::vector<std::string>{"a.b: a variable is taken as it stands",
                                                "d: a variable is taken as it stands",
                                                "e: a variable is taken as it stands"}));
}

}  // namespace
}  // namespace vivace
