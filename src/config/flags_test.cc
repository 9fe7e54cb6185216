#include "config/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/keys/keys.h"

namespace vivace {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<CommandLine> Parse(const std::vector<std::string>& arguments) {
  return ParseCommandLine(arguments);
}

TEST(ParseCommandLine, SpellingsAreEqual) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"-config.file", "x"},
                                             {"-config.file=x"},
                                             {"--config.file", "x"},
                                             {"--config.file=x"}}) {
    EXPECT_EQ(Parse(arguments)->config_file, "x");
  }
}

TEST(ParseCommandLine, Booleans) {
  EXPECT_TRUE(Parse({"-config.verify"})->verify);
  EXPECT_TRUE(Parse({"-config.verify", "true", "-version"})->version);
  EXPECT_FALSE(Parse({"-config.verify=false"})->verify);
  EXPECT_EQ(Parse({"-config.expand-env=false"})->expand_env, false);
  EXPECT_EQ(Parse({})->expand_env, std::nullopt);
  EXPECT_FALSE(Parse({"-config.strict=false"})->strict);
  EXPECT_THAT(Parse({"-multitenancy.enabled=x"}).error().message,
              StartsWith("invalid boolean value \"x\" for flag -multitenancy.enabled"));
}

TEST(ParseCommandLine, Refuses) {
  EXPECT_THAT(Parse({"-bogus"}).error().message, "flag provided but not defined: -bogus");
  EXPECT_THAT(Parse({"-target"}).error().message, StartsWith("flag needs an argument: -target"));
  EXPECT_THAT(Parse({"-server.http-listen-port=abc"}).error().message,
              StartsWith("invalid value \"abc\" for flag -server.http-listen-port"));
  EXPECT_FALSE(Parse({"word"}));
  EXPECT_FALSE(Parse({"---x"}));
}

TEST(ParseCommandLine, HelpStopsAtOnce) { EXPECT_TRUE(Parse({"-help", "-bogus"})->help); }

TEST(ParseCommandLine, JoinMembersAdd) {
  const auto line =
      Parse({"-memberlist.host-port=a", "-memberlist.host-port=b", "-mem-ballast-size-mbs=64"});
  ASSERT_TRUE(line);
  ASSERT_EQ(line->settings.size(), 1u);
  EXPECT_EQ(line->settings[0].value, "a,b");
}

TEST(AllFlags, NamesAreUniqueAndPathsExist) {
  Config config;
  const auto root = DeclareConfig(config);
  std::set<std::string> names;
  for (const FlagSpec& flag : AllFlags()) {
    EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
    EXPECT_TRUE(flag.path.empty() || root->Find(flag.path) != nullptr) << flag.path;
  }
  EXPECT_GE(names.size(), 270u);
  EXPECT_THAT(UsageText(),
              HasSubstr("  -server.http-listen-port int\n    \tPort of the HTTP listener"));
}

}  // namespace
}  // namespace vivace
