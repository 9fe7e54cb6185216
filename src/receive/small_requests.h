// SmallRequests: requests of a span or two, as SDKs send them without a collector, waiting to be
// decoded together.
//
// Most of what such a request costs is not its spans: a batch is some fifty arrays, its resource
// and its keys are those of the request before, a commit is a write and a sync. So small requests
// wait as they came until the sink is about to commit; those of one tenant that came the same way
// are then decoded into one batch, on the sink's thread. Each gets its own answer; a broken one
// harms no other.
//
// Any thread. What waits is bounded: beyond it, and for larger requests, Add refuses and the caller
// decodes on its own thread, so that the sink's thread is not what limits a machine of many cores.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "receive/span_push.h"

namespace vivace {

class SmallRequests final : public PushSource, public std::enable_shared_from_this<SmallRequests> {
 public:
  struct Request {
    const ReceiverOptions* options;  // must outlive the answer
    SpanDecoder decode;
    std::string message;
    PushContext context;
    PushDone done;
  };

  // `sink` must outlive this.
  explicit SmallRequests(SpanSink& sink) : sink_(sink) {}

  // Takes the request over; false, and it is untouched, where it is to be pushed by itself.
  bool Add(Request& request);
  void PushWaiting() override;

 private:
  void PushTogether(std::span<Request> requests, SpanBatchBuilder& builder);

  SpanSink& sink_;
  std::mutex mutex_;
  std::vector<Request> waiting_;               // guarded by mutex_
  size_t waiting_bytes_ = 0;                   // guarded by mutex_
  std::unique_ptr<SpanBatchBuilder> builder_;  // guarded by mutex_: null while it is used
};

}  // namespace vivace
