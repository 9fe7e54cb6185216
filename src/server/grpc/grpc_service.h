// GrpcService: the gRPC methods that a port offers, by full name. Built by main before the port
// listens, immutable and shared by all threads afterwards; must outlive the Server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/http.h"

namespace vivace {

struct GrpcMessageLimits {
  size_t received_bytes_max = 4 << 20;  // of a request, compressed and decompressed
  size_t sent_bytes_max = SIZE_MAX;     // of an answer of a stream, as sent
};

class GrpcService {
 public:
  // `method`: "/package.Service/Method". `judge` decides by a call's metadata, before any byte of
  // its message is taken; empty: every call is let in.
  void AddUnary(const std::string& method, RpcHandler handler, GrpcMessageLimits limits = {},
                RpcJudge judge = nullptr);
  // One request message, any number of answers. One that is too large ends the stream with
  // RESOURCE_EXHAUSTED.
  void AddStream(const std::string& method, StreamHandler handler, GrpcMessageLimits limits = {},
                 RpcJudge judge = nullptr);

  struct Method {
    RpcHandler unary;  // exactly one of the two is set
    StreamHandler stream;
    GrpcMessageLimits limits;
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
