// GrpcCall: the receiving half of one gRPC call: finds the method, takes the request message out of
// its frame, decompresses it.
//
//   Begin OnData* TakeRequest
//
// Owned by its HTTP/2 stream, used on the connection's strand. Any error ends the call with that
// status. A message is refused by the length in its prefix, before any of it is stored; memory
// grows with what arrives, not with what is announced.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"
#include "server/grpc/grpc_format.h"
#include "server/grpc/grpc_service.h"

namespace vivace {

class GrpcCall {
 public:
  // UNIMPLEMENTED for an unknown method or encoding.
  Status Begin(const GrpcService& service, std::string_view path, const HttpHeaders& headers);
  // RESOURCE_EXHAUSTED for a message over the method's limit, INTERNAL for a second message.
  Status OnData(std::string_view data);
  // Called at the end of the request. INTERNAL where no whole message arrived, or it cannot be
  // decompressed.
  Result<std::string> TakeMessage();

  const GrpcService::Method& method() const { return *method_; }
  std::optional<std::chrono::nanoseconds> timeout() const { return timeout_; }
  // What answers may be compressed with: what the request was, if it was gzip or zstd (as grpc-go
  // does). Empty: nothing.
  std::string_view response_encoding() const { return response_encoding_; }

 private:
  Status OnPrefix();
  Result<std::string> DecompressMessage() const;

  const GrpcService::Method* method_ = nullptr;
  std::optional<std::chrono::nanoseconds> timeout_;
  std::string encoding_;
  std::string response_encoding_;
  std::array<char, kGrpcPrefixBytes> prefix_;
  size_t prefix_bytes_ = 0;
  size_t message_bytes_ = 0;  // announced
  bool compressed_ = false;
  std::string message_;
};

}  // namespace vivace
