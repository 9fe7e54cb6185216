#include "base/rfc3339.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(Rfc3339, FormatsWholeSecondsInUtc) {
  EXPECT_EQ(FormatRfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(1795219081), "2026-11-20T23:58:01Z");
  EXPECT_EQ(FormatRfc3339(-62135596800), "0001-01-01T00:00:00Z");
}

TEST(Rfc3339, ParsesFractionsAndOffsets) {
  EXPECT_EQ(ParseRfc3339("2026-11-20T23:58:01Z")->unix_seconds, 1795219081);
  EXPECT_EQ(ParseRfc3339("2026-11-20T23:58:01.5000000019Z")->nanos, 500'000'001u);
  EXPECT_EQ(ParseRfc3339("2026-11-21T01:28:01.25+01:30")->unix_seconds, 1795219081);
  EXPECT_EQ(ParseRfc3339("0001-01-01T00:00:00Z")->unix_seconds, -62135596800);
}

TEST(Rfc3339, RefusesOtherText) {
  for (const char* text :
       {"", "2026-11-20", "2026-11-20T23:58:01", "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z",
        "2026-11-20T23:58:01.Z", "2026-11-20T23:58:01Zx", "2026-11-20T23:58:01+0100"}) {
    EXPECT_FALSE(ParseRfc3339(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace vivace
