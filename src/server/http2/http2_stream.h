// Http2Stream: the state of one HTTP/2 request and its answer. Owned by Http2Session, used on its
// strand.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "server/grpc/grpc_call.h"
#include "server/http/session.h"
#include "server/http2/stream_flow.h"
#include "server/transport/least_rate.h"
#include "server/transport/request_lease.h"

namespace vivace {

// Counts a request until its handler is done, which may be after its stream or connection has gone.
class Http2RunningRequest {
 public:
  explicit Http2RunningRequest(std::shared_ptr<std::atomic<uint32_t>> running)
      : running_(std::move(running)) {
    ++*running_;
  }
  ~Http2RunningRequest() { --*running_; }
  Http2RunningRequest(const Http2RunningRequest&) = delete;
  Http2RunningRequest& operator=(const Http2RunningRequest&) = delete;

 private:
  const std::shared_ptr<std::atomic<uint32_t>> running_;
};

// What a handler holds of its request until it is done.
struct Http2RequestResources {
  Http2RequestResources(std::shared_ptr<ConnectionMemory> memory,
                        std::shared_ptr<std::atomic<uint32_t>> running)
      : lease(std::move(memory)), running_request(std::move(running)) {}

  RequestLease lease;
  const Http2RunningRequest running_request;
};

struct Http2Stream {
  Http2Stream(int32_t stream_id, const ListenOptions& options)
      : id(stream_id),
        body_rate(options.body_rate_min, options.body_patience),
        answer_rate(options.answer_rate_min, options.write_timeout) {}
  const int32_t id;

  HttpRequest request;
  RpcRequest rpc;           // in its place, of a gRPC call
  size_t header_bytes = 0;  // as RFC 9113 counts them
  size_t body_bytes = 0;    // arrived
  size_t unconsumed = 0;    // of them, not given back to flow control
  std::optional<GrpcCall> grpc;
  std::shared_ptr<Http2RequestResources> resources;
  std::shared_ptr<CancelToken> cancel;
  Clock::time_point header_deadline = kNever;
  Clock::time_point read_deadline = kNever;  // never once the request is here
  LeastRate body_rate;
  bool is_head_request = false;
  bool header_too_large = false;
  bool no_memory = false;
  bool is_judged = false;
  bool waits_for_room = false;  // is here, but earlier answers are not read yet
  bool input_ended = false;
  bool discard = false;  // answered early: what still arrives is dropped

  bool answered = false;  // the answer's header is submitted
  bool finished = false;  // nothing more will be added to `output`
  bool deferred = false;  // nghttp2 waits for nghttp2_session_resume_data
  OutputQueue output;
  HttpHeaders trailers;
  std::shared_ptr<StreamFlow> flow;  // of a streaming answer
  LeastRate answer_rate;             // runs while output waits
  size_t sent_bytes = 0;
  Clock::time_point answer_deadline = kNever;  // of all that waits, whatever its rate
};

}  // namespace vivace
