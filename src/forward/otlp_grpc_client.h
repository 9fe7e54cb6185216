// OtlpGrpcClient: sends export requests to one OTLP/gRPC endpoint. Wraps gRPC's C++ library, whose
// threads call back.
//
// Any thread. Connects when it is first used and again when a connection breaks. Certificates are
// read again when their files change.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace vivace {

struct OtlpTarget {
  std::string endpoint;  // host:port
  bool insecure = false;
  std::string ca_file;
  std::string client_cert_file;  // with the key: shown to the endpoint
  std::string client_key_file;
};

class OtlpGrpcClient {
 public:
  explicit OtlpGrpcClient(const OtlpTarget& target);
  // Cancels what is not answered and waits until `done` of each has returned.
  ~OtlpGrpcClient();

  // Sends an ExportTraceServiceRequest, with the tenant as metadata, and calls `done` once, from
  // another thread.
  void Export(std::shared_ptr<const std::string> request, const std::string& tenant,
              std::chrono::milliseconds timeout, std::function<void(Status)> done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vivace
