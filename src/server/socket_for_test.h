// TestSocket: a blocking TCP client for tests that controls exactly which bytes are sent when.
// Every wait ends after kTestWait.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace vivace {

constexpr std::chrono::seconds kTestWait{10};

// Whether `condition` comes true in time.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kTestWait;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class TestSocket {
 public:
  // `source`: the loopback address to connect from; null: the usual one.
  explicit TestSocket(uint16_t port, const char* source = nullptr)
      : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    if (source != nullptr) {
      address.sin_addr.s_addr = ::inet_addr(source);
      ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~TestSocket() { Close(); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  bool connected() const { return connected_; }
  int descriptor() const { return descriptor_; }

  // False when the server does not take it (any more).
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // What has arrived when `text` is in it, or at the end of the connection, or of the time.
  std::string ReadUntil(std::string_view text) {
    while (!received_.contains(text) && ReadMore()) {
    }
    return received_;
  }
  std::string ReadToEnd() {
    while (ReadMore()) {
    }
    return received_;
  }
  // Whether the server closes the connection in time.
  bool WaitForClose() {
    ReadToEnd();
    return ended_;
  }
  void Forget() { received_.clear(); }

  // Whether Receive has seen the end.
  bool ended() const { return ended_; }
  // At least one byte within the time; appended to `bytes`.
  bool Receive(std::string& bytes, std::chrono::milliseconds wait = kTestWait) {
    pollfd poll = {descriptor_, POLLIN, 0};
    if (::poll(&poll, 1, static_cast<int>(wait.count())) <= 0) return false;
    char buffer[65536];
    const ssize_t count = ::recv(descriptor_, buffer, sizeof(buffer), 0);
    ended_ = ended_ || count <= 0;
    if (count > 0) bytes.append(buffer, static_cast<size_t>(count));
    return count > 0;
  }

  // The kernel keeps no more than about so much for a client that does not read.
  void LimitReceiveBuffer(int bytes) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  }
  // Reads `bytes` at most every `pause`, until the end of the connection; returns how much it was.
  size_t ReadSlowly(size_t bytes, std::chrono::milliseconds pause) {
    size_t total = 0;
    std::string buffer(bytes, '\0');
    const auto deadline = std::chrono::steady_clock::now() + 3 * kTestWait;
    while (std::chrono::steady_clock::now() < deadline) {
      const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (count <= 0) break;
      total += static_cast<size_t>(count);
      std::this_thread::sleep_for(pause);
    }
    return total;
  }

  void EndOutput() { ::shutdown(descriptor_, SHUT_WR); }
  // With a reset instead of a FIN.
  void Abort() {
    const linger hard = {1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    Close();
  }
  void Close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  bool ReadMore() { return Receive(received_); }

  int descriptor_;
  bool connected_ = false;
  bool ended_ = false;
  std::string received_;
};

}  // namespace vivace
