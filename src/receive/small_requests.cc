#include "receive/small_requests.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vivace {
namespace {

// Of messages, decompressed. From here on a request is worth a batch of its own.
constexpr size_t kSmallBytesMax = 8 << 10;
constexpr size_t kWaitingBytesMax = 1 << 20;
// Of one batch.
constexpr size_t kTogetherBytesMax = 256 << 10;

auto SenderOf(const SmallRequests::Request& request) {
  const PushContext& context = request.context;
  return std::tie(context.tenant, context.receiver, context.transport, context.skip_metrics);
}

// How many of the requests, from the first on, make one batch.
size_t CountTogether(std::span<const SmallRequests::Request> requests) {
  size_t count = 0;
  size_t bytes = 0;
  while (count < requests.size() && SenderOf(requests[count]) == SenderOf(requests[0])) {
    bytes += requests[count].message.size();
    if (count > 0 && bytes > kTogetherBytesMax) break;
    ++count;
  }
  return count;
}

}  // namespace

bool SmallRequests::Add(Request& request) {
  const size_t bytes = request.message.size();
  if (bytes > kSmallBytesMax) return false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + bytes > kWaitingBytesMax) return false;
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(request));
  }
  sink_.Announce(shared_from_this());
  return true;
}

void SmallRequests::PushWaiting() {
  std::vector<Request> requests;
  std::unique_ptr<SpanBatchBuilder> builder;
  {
    const std::lock_guard lock(mutex_);
    requests.reserve(waiting_.size());
    requests.swap(waiting_);  // the next ones have as much room
    waiting_bytes_ = 0;
    builder = std::move(builder_);
  }
  if (!builder) builder = std::make_unique<SpanBatchBuilder>();
  std::ranges::stable_sort(requests, {}, SenderOf);
  for (std::span<Request> rest(requests); !rest.empty();) {
    const size_t count = CountTogether(rest);
    PushTogether(rest.first(count), *builder);
    rest = rest.subspan(count);
  }
  const std::lock_guard lock(mutex_);
  builder_ = std::move(builder);
}

void SmallRequests::PushTogether(std::span<Request> requests, SpanBatchBuilder& builder) {
  PushContext context = requests[0].context;
  context.wire_bytes = 0;
  ResetFor(*requests[0].options, context.tenant, builder);
  std::vector<PushPart> parts;
  parts.reserve(requests.size());
  for (Request& request : requests) {
    auto part = DecodePart(*request.options, request.decode, request.message,
                           std::move(request.context), builder, std::move(request.done));
    if (!part) continue;
    context.wire_bytes += part->wire_bytes;
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) return;
  sink_.PushJoined(std::move(context), builder.Take(sink_.TakeRecycledBatch()), std::move(parts));
}

}  // namespace vivace
