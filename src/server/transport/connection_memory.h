// ConnectionMemory: what one connection's requests and unread answers take of the server's memory,
// through the shares of its peer and port. PeerMemory finds the share of a peer.
//
// Requests: heads and bodies, from arrival until the handler is done. Answers: from before they are
// made until the client has read them. Kept alive by whatever holds some of it. Any thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/transport/memory_share.h"

namespace vivace {

struct MemoryShares {
  std::shared_ptr<MemoryShare> requests;
  std::shared_ptr<MemoryShare> answers;
  std::shared_ptr<MemoryShare> connections;  // their number
};

struct ConnectionMemoryLimits {
  size_t request_bytes_max = 64 << 20;
  size_t head_bytes_max = 1 << 20;
  size_t answer_bytes_max = 64 << 20;  // a single answer may be larger
};

class ConnectionMemory {
 public:
  using Executor = boost::asio::strand<boost::asio::io_context::executor_type>;

  // Callbacks run on `strand`; `io` keeps it valid.
  ConnectionMemory(const ConnectionMemoryLimits& limits, const MemoryShares& above,
                   std::shared_ptr<boost::asio::io_context> io, Executor strand);

  ~ConnectionMemory();
  // Whether the shares above had room for one more connection.
  bool has_place() const { return has_place_; }

  MemoryShare& requests() { return requests_; }

  // Heads, once more: all of a connection's together have a limit of their own.
  bool TakeHead(size_t bytes);
  void ReleaseHead(size_t bytes) { head_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  // Whether what is unread is below this connection's limit. Takes nothing.
  bool has_answer_room() const { return answers_.used() < limits_.answer_bytes_max; }
  bool TakeAnswer(size_t bytes) { return answers_.Take(bytes); }
  void ReleaseAnswer(size_t bytes);
  // Runs `callback` once when there is room (again).
  void WhenAnswerRoom(std::function<void()> callback);
  size_t answer_bytes() const { return answers_.used(); }

 private:
  const ConnectionMemoryLimits limits_;
  const std::shared_ptr<boost::asio::io_context> io_;
  const Executor strand_;
  const std::shared_ptr<MemoryShare> connections_;
  const bool has_place_;
  MemoryShare requests_;
  MemoryShare answers_;
  std::atomic<size_t> head_bytes_ = 0;
  std::atomic<bool> has_waiters_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> waiters_;  // guarded by mutex_
};

// PeerMemory: the shares of one port's peers, by address. IPv6 peers count by their /64, which is
// what one customer of a provider has. Any thread.
class PeerMemory {
 public:
  // A port may take up to three quarters of what the server has, a peer half of that, of answers
  // two thirds. Of the port's `connections_max` a peer has at most four fifths, but for ports that
  // may have very few.
  PeerMemory(const MemoryShares& server, size_t connections_max);

  // `address` in text, without the port.
  MemoryShares For(const std::string& address);

 private:
  struct Peer {
    std::weak_ptr<MemoryShare> requests;
    std::weak_ptr<MemoryShare> answers;
    std::weak_ptr<MemoryShare> connections;
  };

  const MemoryShares port_;
  const size_t peer_connections_factor_;
  std::mutex mutex_;
  std::unordered_map<std::string, Peer> peers_;  // guarded by mutex_
  size_t sweep_at_ = 64;                         // entries, guarded by mutex_
};

}  // namespace vivace
