#include "traceql/syntax/hints.h"

#include <gtest/gtest.h>

#include "traceql/syntax/parser.h"

namespace vivace::traceql {
namespace {

std::optional<uint64_t> ExemplarsOf(std::string_view hints) {
  return ExemplarsHint(ParseQuery("{} | rate() with (" + std::string(hints) + ")").value());
}

TEST(Hints, TheFirstOneOfAFittingTypeCounts) {
  EXPECT_EQ(ExemplarsOf("exemplars=7"), 7);
  EXPECT_EQ(ExemplarsOf("exemplars=false"), 0);
  EXPECT_EQ(ExemplarsOf("exemplars=true"), std::nullopt);
  EXPECT_EQ(ExemplarsOf("exemplars=\"7\""), std::nullopt);
  EXPECT_EQ(ExemplarsOf("exemplars=true, exemplars=3, exemplars=5"), 3);
  EXPECT_EQ(ExemplarsOf("most_recent=true, sample=0.1"), std::nullopt);
}

}  // namespace
}  // namespace vivace::traceql
