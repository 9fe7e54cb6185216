// Http1Session: HTTP/1.0 and 1.1 on one connection: keep-alive, pipelining, chunked bodies,
// 100-continue.
//
// One request at a time: further ones wait, at most kPipelineBytesMax of them, until it is
// answered. Runs on the connection's strand; answers come from any thread. Beast parses, everything
// else is here.
#pragma once

#include <atomic>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/session.h"
#include "server/http1/http1_format.h"

namespace vivace {

class Http1Session : public Session, public std::enable_shared_from_this<Http1Session> {
 public:
  Http1Session(std::shared_ptr<const PortContext> context, SessionHost& host);

  void OnBytes(std::string_view bytes) override;
  void OnEndOfInput() override;
  Clock::time_point OnDeadline(Clock::time_point now) override;
  void FillOutput(OutputQueue& output) override;
  void Drain() override;
  void OnClosed() override;
  bool wants_input() const override;
  bool done() const override { return closing_ && !handling_; }

  // The answer to the request being handled; from any thread.
  void Respond(HttpResponse response);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void Parse(std::string_view bytes);
  size_t ParseSome(std::string_view bytes, bool& stuck);
  void StartRequest();
  void OnHeader();
  std::optional<HttpResponse> CheckHeader() const;
  bool TakeBodyBytes();
  void Dispatch();
  HttpRequest TakeRequest();
  void Answer(HttpResponse response);
  void Refuse(HttpResponse response);
  void Send(HttpResponse response);
  Clock::time_point NextDeadline() const;

  const std::shared_ptr<const PortContext> context_;
  SessionHost* host_;
  const Strand strand_;

  std::optional<Parser> parser_;      // of the request being received
  std::shared_ptr<BodyLease> lease_;  // and its body's bytes
  std::shared_ptr<CancelToken> cancel_;
  std::string pending_;  // received, not yet parsed
  OutputQueue output_;
  Http1Framing framing_;
  size_t body_bytes_ = 0;  // of the request being received, as counted in the lease
  Clock::time_point header_deadline_ = kNever;
  Clock::time_point read_deadline_ = kNever;
  Clock::time_point idle_deadline_ = kNever;
  bool is_head_request_ = false;
  bool header_seen_ = false;
  bool parsing_ = false;
  bool handling_ = false;  // a handler owes an answer
  bool closing_ = false;   // no further request
  bool draining_ = false;
  std::atomic<bool> closed_ = false;
};

// `context` and `host` outlive the session's use on the strand: until OnClosed.
std::shared_ptr<Session> NewHttp1Session(std::shared_ptr<const PortContext> context,
                                         SessionHost& host);

}  // namespace vivace
