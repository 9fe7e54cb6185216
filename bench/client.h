// Client: one connection that sends export requests, one at a time, and reports the outcome of
// each.
//
// Made for measuring: the smallest client that speaks the protocol, blocking, without a thread of
// its own, so that the machine's cores go to the server. gRPC runs over HTTP/2 without TLS, HTTP is
// version 1.1 with keep-alive. Only addresses of this machine are dialled. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace::bench {

struct SendOutcome {
  enum class Kind {
    kAcknowledged,
    kBackPressure,  // RESOURCE_EXHAUSTED, UNAVAILABLE, 429, 503: may be sent again
    kRefused,       // any other answer
    kLost,  // no answer: the connection is gone, and nobody knows whether the request was taken
  };
  Kind kind = Kind::kLost;
  std::string message;             // why, where it is not acknowledged
  double retry_after_seconds = 0;  // as the server requests; 0: none requested
  uint64_t rejected_spans = 0;     // partial success
};

class Client {
 public:
  virtual ~Client() = default;
  // Sends one encoded ExportTraceServiceRequest and waits for the answer (30 s at most). After
  // kLost the client is of no more use.
  virtual SendOutcome Send(std::string_view request) = 0;
};

// `port` on the loopback interface.
Result<std::unique_ptr<Client>> ConnectGrpc(int port);
Result<std::unique_ptr<Client>> ConnectHttp(int port);

// The rejected_spans of an encoded ExportTraceServiceResponse; 0 where it cannot be read.
uint64_t RejectedSpans(std::string_view response);

}  // namespace vivace::bench
