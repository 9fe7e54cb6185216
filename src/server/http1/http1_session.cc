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

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse ParseFailure(const boost::system::error_code& error, const ListenOptions& options) {
  if (error == http::error::header_limit) {
    return HttpErrorResponse(431, "431 Request Header Fields Too Large: the limit is " +
                                      std::to_string(options.header_bytes_max) + " bytes");
  }
  if (error == http::error::body_limit) {
    return HttpErrorResponse(413, "http: request body too large: the limit is " +
                                      std::to_string(options.body_bytes_max) + " bytes");
  }
  return HttpErrorResponse(400, "400 Bad Request: " + error.message());
}

}  // namespace

Http1Session::Http1Session(std::shared_ptr<const PortContext> context, SessionHost& host)
    : context_(std::move(context)), host_(&host), strand_(host.strand()) {}

void Http1Session::OnBytes(std::string_view bytes) {
  if (closing_) return;
  if (handling_) {
    pending_.append(bytes);
    return;
  }
  if (pending_.empty()) return Parse(bytes);
  const std::string joined = std::exchange(pending_, {}).append(bytes);
  Parse(joined);
}

void Http1Session::Parse(std::string_view bytes) {
  parsing_ = true;
  bool stuck = false;
  while (!handling_ && !closing_ && !bytes.empty() && !stuck) {
    if (!parser_) {
      // An empty line before a request is allowed (RFC 9112 2.2).
      const size_t start = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
      bytes.remove_prefix(start);
      if (bytes.empty()) break;
      StartRequest();
    }
    bytes.remove_prefix(ParseSome(bytes, stuck));
  }
  parsing_ = false;
  if (!closing_) pending_.assign(bytes);
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
  if (!header_seen_ && parser_->is_header_done()) OnHeader();
  if (closing_) return used;
  if (!TakeBodyBytes()) {
    Refuse(HttpErrorResponse(503, "memory limit for request bodies reached, try again"));
    return used;
  }
  if (parser_->is_done()) Dispatch();
  return used;
}

void Http1Session::StartRequest() {
  parser_.emplace();
  lease_ = std::make_shared<BodyLease>(host_->budget());
  parser_->eager(true);
  parser_->header_limit(static_cast<uint32_t>(context_->options.header_bytes_max));
  parser_->body_limit(context_->options.body_bytes_max);
  header_seen_ = false;
  body_bytes_ = 0;
  framing_ = {};
  is_head_request_ = false;
  const auto now = Clock::now();
  idle_deadline_ = kNever;
  header_deadline_ = now + context_->options.header_timeout;
  read_deadline_ = now + context_->options.read_timeout;
  host_->ArmDeadline(std::min(header_deadline_, read_deadline_));
}

void Http1Session::OnHeader() {
  header_seen_ = true;
  header_deadline_ = kNever;
  const auto& message = parser_->get();
  framing_ = {.keep_alive = parser_->keep_alive() && context_->options.keep_alive,
              .http_1_0 = message.version() == 10};
  is_head_request_ = message.method() == http::verb::head;
  if (auto refusal = CheckHeader()) return Refuse(std::move(*refusal));
  const bool expects = boost::beast::iequals(message[http::field::expect], "100-continue");
  if (expects && !parser_->is_done() && !framing_.http_1_0)
    output_.Push("HTTP/1.1 100 Continue\r\n\r\n");
}

std::optional<HttpResponse> Http1Session::CheckHeader() const {
  const auto& message = parser_->get();
  if (message.version() != 10 && message.version() != 11)
    return HttpErrorResponse(505, "505 HTTP Version Not Supported");
  if (message.version() == 11 && message.count(http::field::host) != 1)
    return HttpErrorResponse(400, "400 Bad Request: missing required Host header");
  // Without this a body in an unknown coding would be taken for the next request.
  if (message.count(http::field::transfer_encoding) > 0 && !parser_->chunked())
    return HttpErrorResponse(501, "501 Unsupported transfer encoding");
  const auto expect = message[http::field::expect];
  if (!expect.empty() && !boost::beast::iequals(expect, "100-continue"))
    return HttpErrorResponse(417, "417 Expectation Failed");
  return std::nullopt;
}

bool Http1Session::TakeBodyBytes() {
  const size_t size = parser_->get().body().size();
  if (!lease_->Take(size - body_bytes_)) return false;
  body_bytes_ = size;
  return true;
}

HttpRequest Http1Session::TakeRequest() {
  auto& message = parser_->get();
  HttpRequest request;
  request.method = View(message.method_string());
  SplitTarget(View(message.target()), request);
  for (const auto& field : message)
    request.headers.emplace_back(ToLowerAscii(View(field.name_string())), View(field.value()));
  request.body = std::move(message.body());
  request.peer = host_->peer();
  request.cancel_token = cancel_;
  return request;
}

void Http1Session::Dispatch() {
  read_deadline_ = kNever;
  handling_ = true;
  cancel_ = std::make_shared<CancelToken>();
  HttpRequest request = TakeRequest();
  parser_.reset();
  CallHttpHandler(
      context_->http, std::move(request),
      [weak = weak_from_this(), lease = std::exchange(lease_, nullptr)](HttpResponse response) {
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
  Send(std::move(response));
  idle_deadline_ = Clock::now() + context_->options.idle_timeout;
  host_->ArmDeadline(idle_deadline_);
  if (parsing_) return;
  const std::string bytes = std::exchange(pending_, {});
  Parse(bytes);
  host_->Flush();
}

// Answers a request that cannot be read to its end; the connection cannot go on after it.
void Http1Session::Refuse(HttpResponse response) {
  framing_.keep_alive = false;
  closing_ = true;
  parser_.reset();
  lease_.reset();
  header_deadline_ = read_deadline_ = kNever;
  Send(std::move(response));
}

void Http1Session::Send(HttpResponse response) {
  output_.Push(FormatHttp1Header(response, framing_));
  if (!is_head_request_ && StatusHasBody(response.status)) output_.Push(std::move(response.body));
}

void Http1Session::OnEndOfInput() {
  closing_ = true;
  pending_.clear();
  if (cancel_) cancel_->Cancel();
}

Clock::time_point Http1Session::NextDeadline() const {
  return std::min({header_deadline_, read_deadline_, idle_deadline_});
}

Clock::time_point Http1Session::OnDeadline(Clock::time_point now) {
  if (NextDeadline() > now) return NextDeadline();
  if (idle_deadline_ > now) {
    Refuse(HttpErrorResponse(408, "408 Request Timeout: the request did not arrive in time"));
  } else if (!handling_) {
    closing_ = true;
  }
  idle_deadline_ = kNever;
  return kNever;
}

void Http1Session::FillOutput(OutputQueue& output) {
  output = std::move(output_);
  output_ = {};
}

void Http1Session::Drain() {
  draining_ = true;
  // A request that has begun to arrive is still answered.
  if (!handling_ && !parser_) closing_ = true;
}

void Http1Session::OnClosed() {
  closed_.store(true, std::memory_order_release);
  handling_ = false;
  closing_ = true;
  host_ = nullptr;
  output_ = {};
  if (cancel_) cancel_->Cancel();
}

bool Http1Session::wants_input() const {
  if (closing_) return false;
  return !handling_ || pending_.size() < kPipelineBytesMax;
}

std::shared_ptr<Session> NewHttp1Session(std::shared_ptr<const PortContext> context,
                                         SessionHost& host) {
  return std::make_shared<Http1Session>(std::move(context), host);
}

}  // namespace vivace
