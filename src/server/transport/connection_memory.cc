#include "server/transport/connection_memory.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <limits>

namespace vivace {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();
constexpr size_t kPortFactor = 3;
constexpr size_t kPeerRequestsFactor = 1;
constexpr size_t kPeerAnswersFactor = 2;  // one answer alone may be large
// A proxy or a gateway is one peer.
constexpr size_t kPeerConnectionsFactor = 4;
constexpr size_t kFewConnections = 16;

std::shared_ptr<MemoryShare> PartOf(const std::shared_ptr<MemoryShare>& parent, size_t factor) {
  return std::make_shared<MemoryShare>(kNoLimit, parent, factor);
}

// What a peer is known by.
std::string PeerKey(const std::string& address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  if (error || !parsed.is_v6()) return address;
  const auto bytes = parsed.to_v6().to_bytes();
  return std::string(bytes.begin(), bytes.begin() + 8);
}

}  // namespace

ConnectionMemory::ConnectionMemory(const ConnectionMemoryLimits& limits, const MemoryShares& above,
                                   std::shared_ptr<boost::asio::io_context> io, Executor strand)
    : limits_(limits),
      io_(std::move(io)),
      strand_(std::move(strand)),
      connections_(above.connections),
      has_place_(connections_->Take(1)),
      requests_(limits.request_bytes_max, above.requests),
      answers_(kNoLimit, above.answers) {}

ConnectionMemory::~ConnectionMemory() {
  if (has_place_) connections_->Release(1);
}

bool ConnectionMemory::TakeHead(size_t bytes) {
  if (head_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limits_.head_bytes_max)
    return true;
  ReleaseHead(bytes);
  return false;
}

void ConnectionMemory::ReleaseAnswer(size_t bytes) {
  answers_.Release(bytes);
  if (!has_waiters_.load() || !has_answer_room()) return;
  std::vector<std::function<void()>> waiters;
  {
    const std::lock_guard lock(mutex_);
    has_waiters_ = false;
    waiters.swap(waiters_);
  }
  for (auto& waiter : waiters) boost::asio::post(strand_, std::move(waiter));
}

void ConnectionMemory::WhenAnswerRoom(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back(std::move(callback));
    has_waiters_ = true;
  }
  // What was released meanwhile has not seen the waiter.
  if (has_answer_room()) ReleaseAnswer(0);
}

PeerMemory::PeerMemory(const MemoryShares& server, size_t connections_max)
    : port_{PartOf(server.requests, kPortFactor), PartOf(server.answers, kPortFactor),
            std::make_shared<MemoryShare>(connections_max, server.connections, kPortFactor)},
      peer_connections_factor_(connections_max < kFewConnections ? 0 : kPeerConnectionsFactor) {}

MemoryShares PeerMemory::For(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (peers_.size() >= sweep_at_) {
    std::erase_if(peers_, [](const auto& peer) { return peer.second.requests.expired(); });
    sweep_at_ = std::max<size_t>(64, 2 * peers_.size());
  }
  Peer& peer = peers_[PeerKey(address)];
  MemoryShares shares{peer.requests.lock(), peer.answers.lock(), peer.connections.lock()};
  if (!shares.requests)
    peer.requests = shares.requests = PartOf(port_.requests, kPeerRequestsFactor);
  if (!shares.answers) peer.answers = shares.answers = PartOf(port_.answers, kPeerAnswersFactor);
  if (!shares.connections) {
    peer.connections = shares.connections = PartOf(port_.connections, peer_connections_factor_);
  }
  return shares;
}

}  // namespace vivace
