// HTTP and RPC messages as plain values: what the listeners hand to receivers and API routes, and
// what they get back.
//
// The server layer (HTTP/1.1 and HTTP/2) fills and sends them; receivers and routes see only these
// types, so that they can be tested without a socket. A handler may answer later and from any
// thread by calling its `respond` once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel_token.h"
#include "base/result.h"

namespace vivace {

// Header fields in order of arrival. Names are lower case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first value of header `name` (lower case), or empty.
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

// The address of "address:port", as peers are named.
inline std::string_view AddressOfPeer(std::string_view peer) {
  return peer.substr(0, peer.rfind(':'));
}

// What a port has found out about a request by its head; a port's own type derives from it.
struct RequestContext {
  virtual ~RequestContext() = default;
  std::string who;  // the identity that was let in; empty where none was asked for
};

// Room for the answer to one request. What clients leave unread is limited, so a handler that makes
// large answers asks before it makes one.
class AnswerRoom {
 public:
  enum class Grant : uint8_t {
    kGranted,
    kLater,    // this client has too much unread: `retry` runs once when asking again is worth it
    kRefused,  // all clients together have: answer that the server is busy
  };
  virtual ~AnswerRoom() = default;
  // Reserves `bytes`; the answer's real size replaces them once it is known. `retry` may run on any
  // thread, also before this returns.
  virtual Grant Reserve(size_t bytes, std::function<void()> retry) = 0;
};

struct HttpRequest {
  std::string method;
  // Without the query, and spelled in one way only (the server sees to that): it begins with '/',
  // has no empty, "." or ".." segments, and nothing is percent-encoded but '/' within a segment,
  // '%', '?', '#', blanks and control characters, in upper case. Equal paths are equal strings.
  std::string path;
  std::string query;  // after the '?', not decoded
  HttpHeaders headers;
  std::string body;  // as it came: Content-Encoding is not undone
  std::string peer;  // "address:port" of the client
  // Set by the server when the client goes away; handlers of long work look at it. Null where
  // nobody can cancel (tests).
  std::shared_ptr<const CancelToken> cancel_token;
  bool path_was_cleaned = false;            // it came with empty, "." or ".." segments
  std::shared_ptr<RequestContext> context;  // of the judge; null where there is none
  std::shared_ptr<AnswerRoom> answer_room;  // null where answers are not limited (tests)
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

// Go's http.Error: the text and a newline as plain text that browsers shall not take for anything
// else.
HttpResponse HttpErrorResponse(int status, std::string_view text);

using HttpResponder = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(HttpRequest, HttpResponder)>;

// Called once, from any thread: with the answer to a request that is refused, or without.
using HttpVerdict = std::function<void(std::optional<HttpResponse> refusal)>;
// Judges a request by its head, before any byte of its body is taken. `head` has no body; it may be
// changed, and may be used, only until the judge returns.
using HttpJudge = std::function<void(HttpRequest& head, HttpVerdict verdict)>;

// What a port serves: each request is judged, then handled.
struct HttpService {
  HttpJudge judge;  // empty: everything is let in
  HttpHandler handle;
};

// Parameters of a query string, percent-decoded, '+' as space, in order.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);
// Percent-decoded text; a broken escape stays as it is.
std::string PercentDecode(std::string_view text);

// One unary gRPC call: the request message is decompressed and without its frame.
struct RpcRequest {
  std::string method;    // "/package.Service/Method"
  HttpHeaders metadata;  // lower-case names; -bin values decoded
  std::string message;
  std::string peer;
  // Set when the client goes away or the call's deadline (grpc-timeout) passes. Null where nobody
  // can cancel (tests).
  std::shared_ptr<const CancelToken> cancel_token;
  std::shared_ptr<RequestContext> context;  // of the judge; null where there is none
};

struct RpcResponse {
  std::optional<Error> error;  // none: OK
  std::string message;         // the encoded response message where OK
  std::string
      status_details;  // encoded google.rpc.Status for grpc-status-details-bin, may be empty
};

using RpcResponder = std::function<void(RpcResponse)>;
using RpcHandler = std::function<void(RpcRequest, RpcResponder)>;

// As HttpVerdict and HttpJudge: `head` has no message yet.
using RpcVerdict = std::function<void(std::optional<Error> refusal)>;
using RpcJudge = std::function<void(RpcRequest& head, RpcVerdict verdict)>;

// The answering side of one server-streaming call: Write* Finish, from any thread, one at a time.
// Nothing here blocks: a handler with much to say stops while writable() is false and goes on from
// OnWritable. Dropping the stream without Finish ends it with INTERNAL.
class RpcStream {
 public:
  virtual ~RpcStream() = default;
  // Queues one encoded message. False when the call is over (client gone, deadline passed,
  // finished): stop working for it.
  virtual bool Write(std::string message) = 0;
  // Whether less than 1 MiB waits to be sent.
  virtual bool writable() const = 0;
  // Runs `callback` once when the stream is writable or over; at once where that holds already.
  virtual void OnWritable(std::function<void()> callback) = 0;
  // Ends the call after what was written; `reply.message` is not sent.
  virtual void Finish(RpcResponse reply) = 0;
  virtual bool cancelled() const = 0;
};
using StreamHandler = std::function<void(RpcRequest, std::shared_ptr<RpcStream>)>;

}  // namespace vivace
