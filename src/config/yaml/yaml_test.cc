#include "config/yaml/yaml.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(ParseYaml, LinesAndQuotes) {
  const auto root = ParseYaml("a: 1\nb:\n  - x\n  - \"2\"\nc:\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->entries[1].line, 2);
  EXPECT_EQ(root->Find("b")->items[1].line, 4);
  EXPECT_TRUE(root->Find("b")->items[1].quoted);
  EXPECT_TRUE(root->Find("c")->IsNull());
}

TEST(ParseYaml, MergesAndKeepsDuplicates) {
  const auto root =
      ParseYaml("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  x: 3\ntwice: 1\ntwice: 2\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Find("use.x")->text, "3");
  EXPECT_EQ(root->Find("use.y")->text, "2");
  EXPECT_EQ(root->entries.size(), 4u);
}

TEST(ParseYaml, ReportsSyntaxErrors) {
  const auto tab = ParseYaml("server:\n\thttp_listen_port: 1\n");
  ASSERT_FALSE(tab);
  EXPECT_EQ(tab.error().message, "yaml: line 2: found character that cannot start any token");
  EXPECT_FALSE(ParseYaml("a: [1"));
  EXPECT_FALSE(ParseYaml("a: *nowhere"));
}

// What the library drops, or makes up, without a word.
TEST(ParseYaml, RefusesWhatWouldBeDropped) {
  const auto message = [](std::string_view text) {
    const auto root = ParseYaml(text);
    return root ? std::string("none") : root.error().message;
  };
  EXPECT_EQ(message("a: 1\nb\n"), "yaml: line 2: could not find expected ':'");
  EXPECT_EQ(message("a:\n  b: 1\n  c"), "yaml: line 3: could not find expected ':'");
  EXPECT_EQ(message("# \u00e9\na:\r\n  b:\r\n\"c d\" :\r\n"), "none");
  EXPECT_EQ(message("a: {b, c}\n? d\n"), "none");
  EXPECT_EQ(message("---\na: 1\n---\nb: 2\n"), "yaml: line 4: a second document: put all into one");
  EXPECT_EQ(message("---\na: 1\n---\n...\n"), "none");
  EXPECT_EQ(message("# nothing\n"), "none");
  EXPECT_EQ(message("\xef\xbb\xbf"
                    "a: 1\nb:\nc:\n"),
            "none");
  EXPECT_EQ(message("?   d\n"), "none");
  EXPECT_EQ(message("---\n---\n...\n---\n"), "none");
  for (const char* text : {" ,A4\n", "a: {b: 1}, c: 2\n", "a: 1\n] b\n", "}\n"})
    EXPECT_NE(message(text), "none") << text;
}

TEST(ParseYaml, LimitsAliasBombs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) text += ", " + before;
    text += "]\n";
  }
  EXPECT_FALSE(ParseYaml(text));
}

TEST(WriteYaml, QuotesWhatWouldReadBackDifferently) {
  YamlNode root = YamlNode::Map();
  for (const char* text :
       {"plain", "", "true", "12", "a: b", "*x", "has \"quotes\"", "0.0.0.0:4317", "/v1/traces"}) {
    root.Append("k" + std::to_string(root.entries.size()), YamlNode::Text(text));
  }
  EXPECT_EQ(WriteYaml(root),
            "k0: plain\nk1: \"\"\nk2: \"true\"\nk3: \"12\"\nk4: \"a: b\"\nk5: \"*x\"\nk6: has "
            "\"quotes\"\nk7: 0.0.0.0:4317\nk8: /v1/traces\n");
  const auto back = ParseYaml(WriteYaml(root));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, root);
}

}  // namespace
}  // namespace vivace
