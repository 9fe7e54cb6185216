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

namespace vivace {

// Resources of a request, held until its handler is done, which may be after its stream or
// connection has gone.
class Http2RequestResources {
 public:
  Http2RequestResources(std::shared_ptr<BodyBudget> budget,
                        std::shared_ptr<std::atomic<uint32_t>> running)
      : lease(std::move(budget)), running_(std::move(running)) {
    ++*running_;
  }
  ~Http2RequestResources() { --*running_; }
  Http2RequestResources(const Http2RequestResources&) = delete;
  Http2RequestResources& operator=(const Http2RequestResources&) = delete;

  BodyLease lease;

 private:
  const std::shared_ptr<std::atomic<uint32_t>> running_;
};

struct Http2Stream {
  explicit Http2Stream(int32_t stream_id) : id(stream_id) {}
  const int32_t id;

  HttpRequest request;
  size_t header_bytes = 0;
  std::optional<GrpcCall> grpc;
  std::shared_ptr<Http2RequestResources> resources;
  std::shared_ptr<CancelToken> cancel;
  Clock::time_point header_deadline = kNever;
  Clock::time_point read_deadline = kNever;  // never once the request is here
  bool header_too_large = false;
  bool input_ended = false;
  bool discard = false;  // answered early: what still arrives is dropped

  bool answered = false;  // the answer's header is submitted
  bool finished = false;  // nothing more will be added to `output`
  bool deferred = false;  // nghttp2 waits for nghttp2_session_resume_data
  OutputQueue output;
  HttpHeaders trailers;
  std::shared_ptr<StreamFlow> flow;     // of a streaming answer
  Clock::time_point progress = kNever;  // when output last moved or began to wait
};

}  // namespace vivace
