// GrpcService: the gRPC methods that a port offers, by full name. Built by main before the port
// listens, immutable and shared by all threads afterwards; must outlive the Server.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/http.h"

namespace vivace {

class GrpcService {
 public:
  static constexpr size_t kMessageBytesMax = 4 << 20;

  // `method`: "/package.Service/Method". `message_bytes_max` bounds the request message, compressed
  // and decompressed.
  // `judge` decides by a call's metadata, before any byte of its message is taken; empty: every
  // call is let in.
  void AddUnary(const std::string& method, RpcHandler handler,
                size_t message_bytes_max = kMessageBytesMax, RpcJudge judge = nullptr);
  // One request message, any number of answers.
  void AddStream(const std::string& method, StreamHandler handler,
                 size_t message_bytes_max = kMessageBytesMax, RpcJudge judge = nullptr);

  struct Method {
    RpcHandler unary;  // exactly one of the two is set
    StreamHandler stream;
    size_t message_bytes_max = kMessageBytesMax;
    RpcJudge judge;
  };
  // UNIMPLEMENTED with grpc-go's message.
  Result<const Method*> Find(std::string_view path) const;

 private:
  void Add(const std::string& method, Method entry);

  std::map<std::string, Method, std::less<>> methods_;
  std::set<std::string, std::less<>> services_;
};

}  // namespace vivace
