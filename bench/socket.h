// Socket: a blocking TCP connection to a port of this machine, closed with the object. Sends and
// receives give up after 30 seconds. One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vivace::bench {

class Socket {
 public:
  static Result<Socket> Connect(int port);
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket(const Socket&) = delete;
  ~Socket();

  // Sends `head` and then `body`, all of both. False: the connection is gone.
  bool Send(std::string_view head, std::string_view body = {});
  // Up to 64 KiB that came, valid until the next call. Empty: the connection is gone or silent.
  std::string_view Receive();

 private:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::string buffer_ = std::string(64 << 10, '\0');
};

}  // namespace vivace::bench
