#include "receive/large_requests.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>

namespace vivace {
namespace {

TEST(LargeRequests, TenantsTakeTurns) {
  LargeRequests requests(1);
  std::promise<void> begun;
  std::promise<void> go;
  requests.Run("a", [&] {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  std::string order;
  std::promise<void> done;
  for (int i = 0; i < 5; ++i) requests.Run("a", [&] { order += 'a'; });
  requests.Run("b", [&] { order += 'b'; });
  requests.Run("c", [&] { order += 'c'; });
  requests.Run("b", [&] { order += 'b'; });
  requests.Run("a", [&] { done.set_value(); });
  go.set_value();
  done.get_future().wait();
  EXPECT_EQ(order, "abcabaaa");
}

TEST(LargeRequests, AnExceptionEndsOneRequestOnly) {
  LargeRequests requests(1);
  auto dropped = std::make_shared<int>(1);
  const std::weak_ptr<int> is_alive = dropped;
  requests.Run("a", [kept = std::move(dropped)] { throw std::runtime_error("bug"); });
  std::promise<bool> next;
  requests.Run("a", [&] { next.set_value(is_alive.expired()); });
  EXPECT_TRUE(next.get_future().get());
}

TEST(LargeRequests, AStopDropsWhatWaits) {
  auto requests = std::make_unique<LargeRequests>(1);
  std::promise<void> begun;
  std::promise<void> go;
  requests->Run("a", [&] {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  auto waits = std::make_shared<int>(1);
  const std::weak_ptr<int> is_alive = waits;
  bool has_run = false;
  requests->Run("a", [&, kept = std::move(waits)] { has_run = true; });
  std::thread stop([&] { requests.reset(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a stop that came first is as good
  go.set_value();
  stop.join();
  EXPECT_TRUE(is_alive.expired());
}

}  // namespace
}  // namespace vivace
