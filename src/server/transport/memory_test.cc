// Shares of memory, leases, least rates.
#include <gtest/gtest.h>

#include "server/transport/least_rate.h"
#include "server/transport/request_lease.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMiB = 1 << 20;
constexpr size_t kConnections = 1000;

MemoryShares Server(size_t bytes) {
  return {std::make_shared<MemoryShare>(bytes), std::make_shared<MemoryShare>(bytes),
          std::make_shared<MemoryShare>(kConnections)};
}

// Takes a MiB at a time until no more is given; what was taken, in MiB.
size_t TakeAll(MemoryShare& share, bool is_small = false) {
  size_t taken = 0;
  while (share.Take(kMiB, is_small)) ++taken;
  return taken;
}

TEST(MemoryShare, APeerAloneMayTakeMostOfIt) {
  const MemoryShares server = Server(256 * kMiB);
  PeerMemory port(server, kConnections);
  const auto peer = port.For("10.0.0.1");
  const size_t taken = TakeAll(*peer.requests);
  EXPECT_EQ(taken, 96u) << "half of three quarters";
  EXPECT_EQ(TakeAll(*peer.answers), 128u) << "two thirds of them";
  peer.requests->Release(taken * kMiB);
  EXPECT_EQ(server.requests->used(), 0u);
}

TEST(MemoryShare, GreedyPeersLeaveSomethingForTheNext) {
  const MemoryShares server = Server(256 * kMiB);
  PeerMemory port(server, kConnections);
  std::vector<MemoryShares> greedy;
  for (int i = 0; i < 5; ++i) {
    greedy.push_back(port.For("10.0.0." + std::to_string(i)));
    EXPECT_GT(TakeAll(*greedy.back().requests), 0u) << i;
  }
  EXPECT_LT(server.requests->used(), 256 * kMiB);
  EXPECT_TRUE(port.For("10.0.1.1").requests->Take(kMiB));
}

TEST(MemoryShare, OnePortLeavesAPartToOthers) {
  const MemoryShares server = Server(256 * kMiB);
  PeerMemory attacked(server, kConnections);
  PeerMemory other(server, kConnections);
  std::vector<MemoryShares> greedy;
  for (int i = 0; i < 200; ++i) {
    greedy.push_back(attacked.For("10.0.0." + std::to_string(i)));
    TakeAll(*greedy.back().requests);
  }
  EXPECT_LE(server.requests->used(), 192 * kMiB);
  EXPECT_EQ(TakeAll(*other.For("10.0.0.1").requests), 24u);
}

TEST(MemoryShare, SmallRequestsOfAPeerPassItsLargeOnes) {
  const MemoryShares server = Server(256 * kMiB);
  PeerMemory port(server, kConnections);
  const auto peer = port.For("10.0.0.1");
  TakeAll(*peer.requests);
  EXPECT_FALSE(peer.requests->Take(kMiB));
  EXPECT_GE(TakeAll(*peer.requests, true), 10u);
}

size_t Connect(const MemoryShares& peer) {
  size_t made = 0;
  while (peer.connections->Take(1)) ++made;
  return made;
}

TEST(MemoryShare, APeerLeavesConnectionsToOthers) {
  const MemoryShares server = Server(256 * kMiB);
  PeerMemory port(server, 500);
  PeerMemory other(server, 500);
  EXPECT_EQ(Connect(port.For("10.0.0.1")), 400u) << "four fifths";
  EXPECT_EQ(Connect(port.For("10.0.0.2")), 80u);
  EXPECT_EQ(Connect(other.For("10.0.0.1")), 312u) << "of three quarters of what is left";
  PeerMemory small(Server(256 * kMiB), 2);
  EXPECT_EQ(Connect(small.For("10.0.0.1")), 2u) << "of very few each peer may have all";
}

TEST(PeerMemory, KnowsPeersByAddress) {
  PeerMemory port(Server(kMiB), kConnections);
  const auto peer = port.For("10.0.0.1");
  EXPECT_EQ(port.For("10.0.0.1").requests, peer.requests);
  EXPECT_NE(port.For("10.0.0.2").requests, peer.requests);
  const auto customer = port.For("2001:db8::1");
  EXPECT_EQ(port.For("2001:db8::ffff:1").requests, customer.requests);
  EXPECT_NE(port.For("2001:db8:0:1::1").requests, customer.requests);
  // Those that are gone are forgotten.
  for (int i = 0; i < 100'000; ++i) port.For("peer " + std::to_string(i));
  EXPECT_EQ(port.For("10.0.0.1").requests, peer.requests);
}

class LeaseTest : public testing::Test {
 protected:
  std::unique_ptr<RequestLease> Lease() { return std::make_unique<RequestLease>(memory_); }

  std::shared_ptr<boost::asio::io_context> io_ = std::make_shared<boost::asio::io_context>();
  const MemoryShares server_ = Server(16 * kMiB);
  std::shared_ptr<ConnectionMemory> memory_ = std::make_shared<ConnectionMemory>(
      ConnectionMemoryLimits{
          .request_bytes_max = kMiB, .head_bytes_max = 10'000, .answer_bytes_max = kMiB},
      server_, io_, boost::asio::make_strand(*io_));
};

TEST_F(LeaseTest, TakesInStepsAndGivesAllBack) {
  auto lease = Lease();
  EXPECT_TRUE(lease->TakeInput(0));
  EXPECT_EQ(server_.requests->used(), RequestLease::kStepBytes);
  EXPECT_TRUE(lease->TakeInput(100));
  EXPECT_EQ(server_.requests->used(), RequestLease::kStepBytes) << "small requests count once";
  EXPECT_TRUE(lease->TakeInput(100'000));
  EXPECT_GE(server_.requests->used(), 100'000u);
  EXPECT_FALSE(lease->TakeInput(kMiB));
  EXPECT_TRUE(lease->TakeInput(1000)) << "what was refused is not held";
  lease.reset();
  EXPECT_EQ(server_.requests->used(), 0u);
}

TEST_F(LeaseTest, HeadsOfAConnectionHaveASum) {
  auto first = Lease();
  auto second = Lease();
  EXPECT_TRUE(first->TakeHead(6000));
  EXPECT_FALSE(second->TakeHead(6000));
  first.reset();
  EXPECT_TRUE(second->TakeHead(6000));
}

TEST_F(LeaseTest, AnswersReplaceWhatWasReserved) {
  auto lease = Lease();
  const auto never = [] { FAIL(); };
  EXPECT_EQ(lease->Reserve(100'000, never), AnswerRoom::Grant::kGranted);
  EXPECT_EQ(server_.answers->used(), 100'000u);
  EXPECT_TRUE(lease->SetAnswer(300'000));
  EXPECT_EQ(server_.answers->used(), 300'000u);
  EXPECT_TRUE(lease->SetAnswer(10)) << "paid for with the request";
  EXPECT_EQ(server_.answers->used(), 0u);
  EXPECT_FALSE(lease->SetAnswer(17 * kMiB));
  EXPECT_EQ(server_.answers->used(), 0u);
}

TEST_F(LeaseTest, AnswersWaitUntilOthersAreRead) {
  auto unread = Lease();
  EXPECT_TRUE(unread->SetAnswer(2 * kMiB));
  auto next = Lease();
  int retries = 0;
  EXPECT_EQ(next->Reserve(1, [&] { ++retries; }), AnswerRoom::Grant::kLater);
  io_->poll();
  EXPECT_EQ(retries, 0);
  unread.reset();
  io_->restart();
  io_->poll();
  EXPECT_EQ(retries, 1);
  EXPECT_EQ(next->Reserve(1, [&] { ++retries; }), AnswerRoom::Grant::kGranted);
}

TEST(LeastRate, ForgivesAStallAndEndsATrickle) {
  const auto start = LeastRate::Clock::time_point(seconds(1000));
  LeastRate rate(1000, seconds(10));
  EXPECT_FALSE(rate.running());
  EXPECT_TRUE(rate.IsMet(start, 0)) << "does not run";
  rate.Start(start, 500);
  EXPECT_TRUE(rate.IsMet(start + milliseconds(9999), 500));
  EXPECT_FALSE(rate.IsMet(start + seconds(10), 500)) << "nothing moved";
  rate.Start(start, 500);
  EXPECT_TRUE(rate.IsMet(start + seconds(10), 5500));
  EXPECT_EQ(rate.deadline(), start + seconds(15)) << "5000 bytes earn 5 s";
  EXPECT_TRUE(rate.IsMet(start + seconds(15), 1'000'000));
  EXPECT_EQ(rate.deadline(), start + seconds(25)) << "no more than the patience";
  // One byte now and then.
  rate.Start(start, 0);
  EXPECT_TRUE(rate.IsMet(start + seconds(10), 2)) << "2 ms more";
  EXPECT_FALSE(rate.IsMet(start + milliseconds(10'002), 2));
  // Those who share the rate need a part of it each.
  rate.Start(start, 0);
  EXPECT_TRUE(rate.IsMet(start + seconds(10), 50, 100));
}

}  // namespace
}  // namespace vivace
