// RequestLease: the memory of one request and its answer, given back when the last who holds it
// lets go: its handler, which may outlive the connection, or the stream whose answer is sent.
//
// Input is taken while the request arrives, on the connection's strand. The answer's part is
// reserved by the handler (AnswerRoom) and replaced by its real size on the strand, after the
// handler has answered. A request's first bytes are taken in one piece that also pays for what the
// server keeps of every request and for a small answer, so that most requests count once.
#pragma once

#include <memory>
#include <string_view>

#include "base/http.h"
#include "server/transport/connection_memory.h"

namespace vivace {

inline constexpr std::string_view kNoRequestMemory = "memory limit for requests reached, try again";
inline constexpr std::string_view kNoAnswerMemory = "memory limit for answers reached, try again";

class RequestLease final : public AnswerRoom {
 public:
  static constexpr size_t kOverheadBytes = 2048;     // of stream, parser and bookkeeping
  static constexpr size_t kSmallAnswerBytes = 2048;  // paid for from the beginning
  static constexpr size_t kStepBytes = 8192;
  static constexpr size_t kSmallRequestBytes = 256 << 10;

  explicit RequestLease(std::shared_ptr<ConnectionMemory> memory) : memory_(std::move(memory)) {}
  ~RequestLease() override;
  RequestLease(const RequestLease&) = delete;
  RequestLease& operator=(const RequestLease&) = delete;

  // Bytes of head or body. False where there is no memory for them.
  bool TakeInput(size_t bytes);
  // Bytes of the head, which TakeInput counts as well, against the connection's sum of heads.
  bool TakeHead(size_t bytes);

  Grant Reserve(size_t bytes, std::function<void()> retry) override;
  // The answer has `bytes`. False where there is no memory for it: it has to be dropped.
  bool SetAnswer(size_t bytes);

 private:
  const std::shared_ptr<ConnectionMemory> memory_;
  size_t input_bytes_ = kOverheadBytes + kSmallAnswerBytes;
  size_t taken_bytes_ = 0;  // for input, in steps
  size_t head_bytes_ = 0;
  size_t answer_bytes_ = 0;
};

}  // namespace vivace
