#include "config/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
  EXPECT_EQ(Parse({"-nothing.like.that"}).error().message,
            "flag provided but not defined: -nothing.like.that; -help lists the flags");
  EXPECT_EQ(Parse({"-config.fil=x"}).error().message,
            "flag provided but not defined: -config.fil (did you mean -config.file?)");
  EXPECT_EQ(Parse({"-storage.trace.backed", "local"}).error().message,
            "flag provided but not defined: -storage.trace.backed (did you mean "
            "-storage.trace.backend?)");
  EXPECT_EQ(Parse({"-hlep"}).error().message,
            "flag provided but not defined: -hlep (did you mean -help?)");
  EXPECT_THAT(Parse({"-target"}).error().message, StartsWith("flag needs an argument: -target"));
  EXPECT_THAT(Parse({"-server.http-listen-port=abc"}).error().message,
              StartsWith("invalid value \"abc\" for flag -server.http-listen-port"));
  EXPECT_EQ(Parse({"-server.http-listen-port=70000"}).error().message,
            "invalid value \"70000\" for flag -server.http-listen-port: server.http_listen_port: "
            "70000 is outside 0 to 65535");
  EXPECT_FALSE(Parse({"word"}));
  EXPECT_FALSE(Parse({"---x"}));
}

TEST(ParseCommandLine, HelpStopsAtOnce) {
  EXPECT_TRUE(Parse({"-help", "-bogus"})->help);
  EXPECT_TRUE(Parse({"--help-all", "-bogus"})->help_all);
}

TEST(UsageText, IsShortUnlessAllIsAsked) {
  const std::string brief = UsageText(false);
  EXPECT_LT(std::ranges::count(brief, '\n'), 50);
  for (const char* flag :
       {"-config.file string", "-config.verify", "-storage.trace.local.path string", "-help-all",
        "-server.http-listen-port int\n    \tPort of the HTTP"})
    EXPECT_THAT(brief, HasSubstr(flag));
  const std::string all = UsageText(true);
  for (const FlagSpec& flag : AllFlags()) EXPECT_THAT(all, HasSubstr("  -" + flag.name));
  // What has no effect stands behind the rest.
  EXPECT_LT(all.find("-storage.trace.wal.path"), all.find("Accepted without effect"));
  EXPECT_GT(all.find("-mem-ballast-size-mbs"), all.find("Accepted without effect"));
}

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
}

}  // namespace
}  // namespace vivace
