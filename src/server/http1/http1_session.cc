#include "server/http1/http1_session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>

#include "base/ascii.h"
#include "server/http/handler_call.h"
#include "server/http/http_response.h"
#include "server/http/http_target.h"

namespace vivace {
namespace {

namespace http = boost::beast::http;

constexpr size_t kPipelineBytesMax = 64 << 10;
// The next pipelined request begins when no more than this is left to send.
constexpr size_t kUnsentBytesMax = 64 << 10;
// Of a field of the head: both its nodes, in Beast's message and in the request.
constexpr size_t kFieldBytes = 192;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse HeaderTooLarge(const ListenOptions& options) {
  return HttpErrorResponse(431, "431 Request Header Fields Too Large: the limit is " +
                                    std::to_string(options.header_bytes_max) + " bytes");
}

HttpResponse ParseFailure(const boost::system::error_code& error, const ListenOptions& options) {
  if (error == Http1Body::NoMemory()) return HttpErrorResponse(503, kNoRequestMemory);
  if (error == http::error::header_limit) return HeaderTooLarge(options);
  if (error == http::error::body_limit) {
    return HttpErrorResponse(413, "http: request body too large: the limit is " +
                                      std::to_string(options.body_bytes_max) + " bytes");
  }
  return HttpErrorResponse(400, "400 Bad Request: " + error.message());
}

}  // namespace

Http1Session::Http1Session(std::shared_ptr<const PortContext> context, SessionHost& host)
    : context_(std::move(context)),
      host_(&host),
      strand_(host.strand()),
      memory_(host.memory()),
      body_rate_(context_->options.body_rate_min, context_->options.body_patience) {}

Http1Session::~Http1Session() { HoldPending(0); }

void Http1Session::OnBytes(std::string_view bytes) {
  if (closing_) return;
  if (handling_ || judging_ || paused_) {
    pending_.append(bytes);
    if (!HoldPending(pending_.size())) Refuse(HttpErrorResponse(503, kNoRequestMemory));
    return;
  }
  if (pending_.empty()) return Parse(bytes);
  const std::string joined = std::exchange(pending_, {}).append(bytes);
  Parse(joined);
}

void Http1Session::Parse(std::string_view bytes) {
  parsing_ = true;
  bool stuck = false;
  while (!judging_ && !handling_ && !closing_ && !bytes.empty() && !stuck) {
    if (!parser_) {
      // An empty line before a request is allowed (RFC 9112 2.2).
      const size_t start = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
      bytes.remove_prefix(start);
      if (bytes.empty() || !MayBegin()) break;
      StartRequest();
      if (closing_) break;
    }
    bytes.remove_prefix(ParseSome(bytes, stuck));
  }
  parsing_ = false;
  Keep(bytes, stuck);
}

void Http1Session::ParsePending() {
  const std::string bytes = std::exchange(pending_, {});
  Parse(bytes);
}

// Keeps what could not be parsed yet.
void Http1Session::Keep(std::string_view bytes, bool stuck) {
  if (closing_) bytes = {};
  pending_.assign(bytes);
  if (!HoldPending(bytes.size())) return Refuse(HttpErrorResponse(503, kNoRequestMemory));
  // Beast limits a head, but neither a chunk's extensions nor trailers.
  if (stuck && header_seen_ && bytes.size() > context_->options.header_bytes_max)
    Refuse(HeaderTooLarge(context_->options));
}

bool Http1Session::HoldPending(size_t bytes) {
  if (bytes > pending_bytes_taken_) {
    const bool is_small = true;
    if (!memory_->requests().Take(bytes - pending_bytes_taken_, is_small)) return false;
  } else if (bytes < pending_bytes_taken_) {
    memory_->requests().Release(pending_bytes_taken_ - bytes);
  }
  pending_bytes_taken_ = bytes;
  return true;
}

// Whether the answers to earlier requests leave room for another.
bool Http1Session::MayBegin() {
  paused_ = output_.bytes() + host_->unsent_bytes() > kUnsentBytesMax;
  return !paused_;
}

// Returns how many bytes were used; `stuck` when the rest must wait for more.
size_t Http1Session::ParseSome(std::string_view bytes, bool& stuck) {
  boost::system::error_code error;
  const size_t used = parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error && error != http::error::need_more) {
    Refuse(ParseFailure(error, context_->options));
    return used;
  }
  stuck = error == http::error::need_more;
  if (!header_seen_) {
    if (parser_->is_header_done()) OnHeader();
  } else if (parser_->is_done()) {
    Dispatch();
  }
  return used;
}

void Http1Session::StartRequest() {
  parser_.emplace();
  lease_ = std::make_shared<RequestLease>(memory_);
  // The header alone at first: nothing of the body is looked at before the verdict.
  parser_->eager(false);
  parser_->header_limit(static_cast<uint32_t>(context_->options.header_bytes_max));
  parser_->body_limit(context_->options.body_bytes_max);
  header_seen_ = false;
  framing_ = {};
  is_head_request_ = false;
  const auto now = Clock::now();
  idle_deadline_ = kNever;
  header_deadline_ = now + context_->options.header_timeout;
  read_deadline_ = now + context_->options.read_timeout;
  host_->ArmDeadline(std::min(header_deadline_, read_deadline_));
  if (!lease_->TakeInput(0)) Refuse(HttpErrorResponse(503, kNoRequestMemory));
}

void Http1Session::OnHeader() {
  header_seen_ = true;
  header_deadline_ = kNever;
  const auto& message = parser_->get();
  framing_ = {.keep_alive = parser_->keep_alive() && context_->options.keep_alive,
              .http_1_0 = message.version() == 10};
  is_head_request_ = message.method() == http::verb::head;
  if (auto refusal = CheckHeader()) return Refuse(std::move(*refusal));
  if (auto refusal = TakeHead()) return Refuse(std::move(*refusal));
  Judge();
}

std::optional<HttpResponse> Http1Session::CheckHeader() const {
  const auto& message = parser_->get();
  if (message.version() != 10 && message.version() != 11)
    return HttpErrorResponse(505, "505 HTTP Version Not Supported");
  if (message.version() == 11 && message.count(http::field::host) != 1)
    return HttpErrorResponse(400, "400 Bad Request: missing required Host header");
  // Without this a body in an unknown coding would be taken for the next request.
  const auto encodings = message.equal_range(http::field::transfer_encoding);
  const bool is_only_chunked = std::all_of(
      encodings.first, encodings.second,
      [](const auto& field) { return boost::beast::iequals(field.value(), "chunked"); });
  if (!is_only_chunked || (encodings.first != encodings.second && !parser_->chunked()))
    return HttpErrorResponse(501, "501 Unsupported transfer encoding");
  const auto expect = message[http::field::expect];
  if (!expect.empty() && !boost::beast::iequals(expect, "100-continue"))
    return HttpErrorResponse(417, "417 Expectation Failed");
  return std::nullopt;
}

// Makes the request of the head.
std::optional<HttpResponse> Http1Session::TakeHead() {
  const auto& message = parser_->get();
  size_t bytes = 2 * message.target().size();
  size_t fields = 0;
  for (const auto& field : message) {
    bytes += 2 * (field.name_string().size() + field.value().size()) + kFieldBytes;
    ++fields;
  }
  if (!lease_->TakeInput(bytes)) return HttpErrorResponse(503, kNoRequestMemory);
  request_ = {};
  if (const auto problem = ParseTarget(View(message.target()), request_))
    return HttpErrorResponse(400, "400 Bad Request: " + std::string(*problem));
  request_.method = View(message.method_string());
  request_.headers.reserve(fields);
  for (const auto& field : message)
    request_.headers.emplace_back(ToLowerAscii(View(field.name_string())), View(field.value()));
  request_.peer = host_->peer();
  return std::nullopt;
}

void Http1Session::Judge() {
  if (!context_->http.judge) return Admit();
  judging_ = true;
  context_->http.judge(request_, [weak = weak_from_this()](std::optional<HttpResponse> refusal) {
    if (const auto self = weak.lock()) self->OnVerdict(std::move(refusal));
  });
}

void Http1Session::OnVerdict(std::optional<HttpResponse> refusal) {
  if (closed_.load(std::memory_order_acquire)) return;
  boost::asio::dispatch(strand_,
                        [self = shared_from_this(), refusal = std::move(refusal)]() mutable {
                          if (!self->closed_ && self->judging_) self->Decide(std::move(refusal));
                        });
}

void Http1Session::Decide(std::optional<HttpResponse> refusal) {
  judging_ = false;
  if (!refusal) {
    Admit();
  } else if (parser_->is_done()) {
    // Nothing follows that belongs to it: the connection can go on.
    parser_.reset();
    read_deadline_ = kNever;
    return Answer(std::move(*refusal));
  } else {
    Refuse(std::move(*refusal));
  }
  if (parsing_) return;
  ParsePending();
  host_->Flush();
}

void Http1Session::Admit() {
  if (parser_->is_done()) return Dispatch();
  const auto& message = parser_->get();
  parser_->get().body().lease = lease_.get();
  parser_->eager(true);
  const bool expects = boost::beast::iequals(message[http::field::expect], "100-continue");
  if (expects && !framing_.http_1_0) output_.Push("HTTP/1.1 100 Continue\r\n\r\n");
  body_rate_.Start(Clock::now(), 0);
  host_->ArmDeadline(body_rate_.deadline());
}

void Http1Session::Dispatch() {
  read_deadline_ = kNever;
  body_rate_.Stop();
  handling_ = true;
  cancel_ = std::make_shared<CancelToken>();
  request_.body = std::move(parser_->get().body().bytes);
  request_.cancel_token = cancel_;
  request_.answer_room = lease_;
  parser_.reset();
  CallHttpHandler(context_->http.handle, std::move(request_),
                  [weak = weak_from_this(), lease = lease_](HttpResponse response) {
                    if (const auto self = weak.lock()) self->Respond(std::move(response));
                  });
}

void Http1Session::Respond(HttpResponse response) {
  if (closed_.load(std::memory_order_acquire)) return;
  boost::asio::dispatch(strand_,
                        [self = shared_from_this(), response = std::move(response)]() mutable {
                          if (!self->closed_ && self->handling_) self->Answer(std::move(response));
                        });
}

void Http1Session::Answer(HttpResponse response) {
  handling_ = false;
  cancel_.reset();
  if (draining_) framing_.keep_alive = false;
  closing_ = closing_ || !framing_.keep_alive;
  if (lease_->SetAnswer(is_head_request_ ? 0 : response.body.size())) {
    Send(std::move(response));
  } else {
    Send(HttpErrorResponse(503, kNoAnswerMemory));
  }
  output_leases_.push_back(std::exchange(lease_, nullptr));
  idle_deadline_ = Clock::now() + context_->options.idle_timeout;
  host_->ArmDeadline(idle_deadline_);
  if (parsing_) return;
  ParsePending();
  host_->Flush();
}

// Answers a request that cannot be read to its end; the connection cannot go on after it.
void Http1Session::Refuse(HttpResponse response) {
  framing_.keep_alive = false;
  closing_ = true;
  judging_ = false;
  parser_.reset();
  pending_ = {};
  HoldPending(0);
  header_deadline_ = read_deadline_ = kNever;
  body_rate_.Stop();
  if (handling_) return;  // its answer comes first, and is the last
  lease_.reset();
  Send(std::move(response));
}

void Http1Session::Send(HttpResponse response) {
  output_.Push(FormatHttp1Header(response, framing_));
  if (!is_head_request_ && StatusHasBody(response.status)) output_.Push(std::move(response.body));
}

void Http1Session::OnEndOfInput() {
  closing_ = true;
  pending_ = {};
  HoldPending(0);
  if (cancel_) cancel_->Cancel();
}

Clock::time_point Http1Session::NextDeadline() const {
  return std::min({header_deadline_, read_deadline_, idle_deadline_, body_rate_.deadline()});
}

Clock::time_point Http1Session::OnDeadline(Clock::time_point now) {
  if (body_rate_.deadline() <= now)
    body_rate_.IsMet(now, parser_ ? parser_->get().body().bytes.size() : 0);
  if (NextDeadline() <= now) OnOverdue(now);
  return NextDeadline();
}

void Http1Session::OnOverdue(Clock::time_point now) {
  if (idle_deadline_ > now) {
    Refuse(HttpErrorResponse(408, "408 Request Timeout: the request did not arrive in time"));
  } else if (!handling_ && !judging_) {
    closing_ = true;
  }
  idle_deadline_ = kNever;
}

void Http1Session::FillOutput(OutputQueue& output) {
  // Asked for more: what was given is sent.
  sending_leases_.clear();
  if (output_.empty() && paused_) {
    paused_ = false;
    ParsePending();
  }
  output = std::move(output_);
  output_ = {};
  std::swap(sending_leases_, output_leases_);
}

void Http1Session::Drain() {
  draining_ = true;
  // A request that has begun to arrive is still answered.
  if (!handling_ && !parser_) closing_ = true;
}

void Http1Session::OnClosed() {
  closed_.store(true, std::memory_order_release);
  handling_ = judging_ = false;
  closing_ = true;
  host_ = nullptr;
  output_ = {};
  output_leases_.clear();
  sending_leases_.clear();
  lease_.reset();
  pending_ = {};
  HoldPending(0);
  if (cancel_) cancel_->Cancel();
}

size_t Http1Session::input_max() const {
  if (closing_) return 0;
  if (!handling_ && !judging_ && !paused_) return kAnyInput;
  return kPipelineBytesMax - std::min(pending_.size(), kPipelineBytesMax);
}

std::shared_ptr<Session> NewHttp1Session(std::shared_ptr<const PortContext> context,
                                         SessionHost& host) {
  return std::make_shared<Http1Session>(std::move(context), host);
}

}  // namespace vivace
