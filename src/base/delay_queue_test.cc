#include "base/delay_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace vivace {
namespace {

using std::chrono::milliseconds;

TEST(DelayQueue, CallsInOrderOfTime) {
  std::vector<int> called;
  std::promise<void> last;
  DelayQueue queue;
  const auto now = DelayQueue::Clock::now();
  queue.CallAt(now + milliseconds(60), [&] { called.push_back(3), last.set_value(); });
  queue.CallAt(now + milliseconds(20), [&] { called.push_back(1); });
  queue.CallAt(now + milliseconds(40), [&] { called.push_back(2); });
  last.get_future().get();
  EXPECT_GE(DelayQueue::Clock::now(), now + milliseconds(60));
  EXPECT_EQ(called, (std::vector{1, 2, 3}));
}

TEST(DelayQueue, CallsAllAtItsEnd) {
  int calls = 0;
  DelayQueue queue;
  const auto much_later = DelayQueue::Clock::now() + std::chrono::hours(1);
  for (int i = 0; i < 2; ++i) queue.CallAt(much_later, [&] { ++calls; });
  queue.Stop();
  EXPECT_EQ(calls, 2);
  queue.CallAt(much_later, [&] { ++calls; });
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace vivace
