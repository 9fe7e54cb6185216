#include "config/load.h"

#include <gtest/gtest.h>

#include "config/dump.h"

namespace vivace {
namespace {

TEST(LoadConfig, EmptyTextGivesDefaults) {
  const auto loaded = LoadConfigText("", "x.yaml", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.server.http_listen_port, 3200);
}

}  // namespace
}  // namespace vivace
