#include "server/transport/request_lease.h"

namespace vivace {

RequestLease::~RequestLease() {
  if (taken_bytes_ > 0) memory_->requests().Release(taken_bytes_);
  if (head_bytes_ > 0) memory_->ReleaseHead(head_bytes_);
  if (answer_bytes_ > 0) memory_->ReleaseAnswer(answer_bytes_);
}

bool RequestLease::TakeInput(size_t bytes) {
  const size_t needed = input_bytes_ + bytes;
  if (needed > taken_bytes_) {
    const size_t more = (needed - taken_bytes_ + kStepBytes - 1) / kStepBytes * kStepBytes;
    if (!memory_->requests().Take(more, needed <= kSmallRequestBytes)) return false;
    taken_bytes_ += more;
  }
  input_bytes_ = needed;
  return true;
}

bool RequestLease::TakeHead(size_t bytes) {
  if (!memory_->TakeHead(bytes)) return false;
  head_bytes_ += bytes;
  return TakeInput(bytes);
}

AnswerRoom::Grant RequestLease::Reserve(size_t bytes, std::function<void()> retry) {
  if (!memory_->has_answer_room()) {
    memory_->WhenAnswerRoom(std::move(retry));
    return Grant::kLater;
  }
  return SetAnswer(bytes) ? Grant::kGranted : Grant::kRefused;
}

bool RequestLease::SetAnswer(size_t bytes) {
  if (bytes <= kSmallAnswerBytes) bytes = 0;
  if (bytes > answer_bytes_) {
    if (!memory_->TakeAnswer(bytes - answer_bytes_)) return false;
  } else if (bytes < answer_bytes_) {
    memory_->ReleaseAnswer(answer_bytes_ - bytes);
  }
  answer_bytes_ = bytes;
  return true;
}

}  // namespace vivace
