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

struct HttpRequest {
  std::string method;
  std::string path;   // percent-encoded as it came, without the query
  std::string query;  // after the '?', not decoded
  HttpHeaders headers;
  std::string body;  // as it came: Content-Encoding is not undone
  std::string peer;  // "address:port" of the client
  // Set by the server when the client goes away; handlers of long work look at it. Null where
  // nobody can cancel (tests).
  std::shared_ptr<const CancelToken> cancel_token;
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
};

struct RpcResponse {
  std::optional<Error> error;  // none: OK
  std::string message;         // the encoded response message where OK
  std::string
      status_details;  // encoded google.rpc.Status for grpc-status-details-bin, may be empty
};

using RpcResponder = std::function<void(RpcResponse)>;
using RpcHandler = std::function<void(RpcRequest, RpcResponder)>;

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
