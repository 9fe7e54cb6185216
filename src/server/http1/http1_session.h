// Http1Session: HTTP/1.0 and 1.1 on one connection: keep-alive, pipelining, chunked bodies,
// 100-continue.
//
// One request at a time: its head is judged before its body is taken; further ones wait, at most
// kPipelineBytesMax of them, until it is answered and the answer is mostly sent. Runs on the
// connection's strand; verdicts and answers come from any thread. Beast parses, everything else is
// here. What follows a body (trailers) is dropped: it came too late to be judged.
#pragma once

#include <atomic>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/session.h"
#include "server/http1/http1_body.h"
#include "server/http1/http1_format.h"
#include "server/transport/least_rate.h"
#include "server/transport/request_lease.h"

namespace vivace {

class Http1Session : public Session, public std::enable_shared_from_this<Http1Session> {
 public:
  Http1Session(std::shared_ptr<const PortContext> context, SessionHost& host);
  ~Http1Session() override;

  void OnBytes(std::string_view bytes) override;
  void OnEndOfInput() override;
  Clock::time_point OnDeadline(Clock::time_point now) override;
  void FillOutput(OutputQueue& output) override;
  void Drain() override;
  void OnClosed() override;
  size_t input_max() const override;
  bool done() const override { return closing_ && !handling_ && !judging_; }

  // The verdict on the request being judged, the answer to the one being handled; from any thread.
  void OnVerdict(std::optional<HttpResponse> refusal);
  void Respond(HttpResponse response);

 private:
  using Parser = boost::beast::http::request_parser<Http1Body>;
  using Leases = std::vector<std::shared_ptr<RequestLease>>;

  void Parse(std::string_view bytes);
  void ParsePending();
  void Keep(std::string_view bytes, bool stuck);
  bool HoldPending(size_t bytes);
  bool MayBegin();
  size_t ParseSome(std::string_view bytes, bool& stuck);
  void StartRequest();
  void OnHeader();
  std::optional<HttpResponse> CheckHeader() const;
  std::optional<HttpResponse> TakeHead();
  void Judge();
  void Decide(std::optional<HttpResponse> refusal);
  void Admit();
  void Dispatch();
  void Answer(HttpResponse response);
  void Refuse(HttpResponse response);
  void Send(HttpResponse response);
  Clock::time_point NextDeadline() const;
  void OnOverdue(Clock::time_point now);

  const std::shared_ptr<const PortContext> context_;
  SessionHost* host_;
  const Strand strand_;
  const std::shared_ptr<ConnectionMemory> memory_;

  std::optional<Parser> parser_;  // of the request being received
  HttpRequest request_;           // its head, from OnHeader on
  std::shared_ptr<RequestLease> lease_;
  std::shared_ptr<CancelToken> cancel_;
  std::string pending_;             // received, not yet parsed
  size_t pending_bytes_taken_ = 0;  // for pending_, of the connection's memory
  OutputQueue output_;
  Leases output_leases_;   // of the answers in output_
  Leases sending_leases_;  // of those that FillOutput has given away
  Http1Framing framing_;
  Clock::time_point header_deadline_ = kNever;
  Clock::time_point read_deadline_ = kNever;
  Clock::time_point idle_deadline_ = kNever;
  LeastRate body_rate_;
  bool is_head_request_ = false;
  bool header_seen_ = false;
  bool parsing_ = false;
  bool judging_ = false;   // a judge owes a verdict
  bool handling_ = false;  // a handler owes an answer
  bool paused_ = false;    // the next request waits until earlier answers are sent
  bool closing_ = false;   // no further request
  bool draining_ = false;
  std::atomic<bool> closed_ = false;
};

// `context` and `host` outlive the session's use on the strand: until OnClosed.
std::shared_ptr<Session> NewHttp1Session(std::shared_ptr<const PortContext> context,
                                         SessionHost& host);

}  // namespace vivace
