#include "server/http2/keepalive.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Action = Keepalive::Action;

const Keepalive::TimePoint kStart{std::chrono::hours(1000)};

TEST(Keepalive, AsksASilentClientAndClosesWhenItStaysSilent) {
  KeepaliveOptions options;
  options.ping_after = minutes(1);
  options.ping_timeout = seconds(20);
  Keepalive keepalive(options, kStart, 0.5);
  EXPECT_EQ(keepalive.next(), kStart + minutes(1));
  EXPECT_EQ(keepalive.Due(kStart + seconds(59)), Action::kNone);
  EXPECT_FALSE(keepalive.OnActivity(kStart + seconds(59)));
  EXPECT_EQ(keepalive.Due(kStart + minutes(1)), Action::kNone);
  EXPECT_EQ(keepalive.Due(kStart + seconds(119)), Action::kPing);
  EXPECT_EQ(keepalive.Due(kStart + seconds(119)), Action::kNone);
  EXPECT_EQ(keepalive.next(), kStart + seconds(139));
  EXPECT_TRUE(keepalive.OnActivity(kStart + seconds(130)));
  EXPECT_EQ(keepalive.Due(kStart + seconds(139)), Action::kNone);
  EXPECT_EQ(keepalive.Due(kStart + seconds(190)), Action::kPing);
  EXPECT_EQ(keepalive.Due(kStart + seconds(210)), Action::kClose);
}

TEST(Keepalive, EndsOldConnectionsAndCutsThemAfterTheGrace) {
  KeepaliveOptions options;
  options.age_max = seconds(100);
  options.age_grace = seconds(10);
  for (const double spread : {0.0, 0.5, 1.0}) {
    Keepalive keepalive(options, kStart, spread);
    const auto age = std::chrono::duration_cast<milliseconds>(keepalive.next() - kStart);
    EXPECT_EQ(age, milliseconds(90'000 + static_cast<int>(20'000 * spread)));
    keepalive.OnActivity(kStart + age);  // activity does not make it younger
    EXPECT_EQ(keepalive.Due(kStart + age - milliseconds(1)), Action::kNone);
    EXPECT_EQ(keepalive.Due(kStart + age), Action::kDrain);
    EXPECT_EQ(keepalive.Due(kStart + age + seconds(9)), Action::kNone);
    EXPECT_EQ(keepalive.Due(kStart + age + seconds(10)), Action::kClose);
  }
}

TEST(Keepalive, LivesForeverByDefault) {
  Keepalive keepalive({}, kStart, 0.5);
  EXPECT_EQ(keepalive.next(), kStart + std::chrono::hours(2));
  keepalive.OnActivity(kStart + std::chrono::hours(10'000));
  EXPECT_EQ(keepalive.Due(kStart + std::chrono::hours(10'000)), Action::kNone);
}

}  // namespace
}  // namespace vivace
