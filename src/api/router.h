// Router: finds the route of an API request by path and method, once, by its head; the match
// carries what the route needs of the client and where it runs, so that whoever judges the request
// judges what is run. gorilla/mux's answers where there is none (spec/api.md 0.1).
//
// A path that came with "//", "." or ".." is redirected with 301 to its clean form, an unknown path
// gets 404, a known one with another method 405. Routes are tried in the order in which they were
// added. Answers to queries are compressed as the client's Accept-Encoding allows: zstd before
// gzip, from 1 KiB on (spec/api.md 0.5); whole bodies, on the thread that answers. Add everything
// first; then Match and Handle may be called from any thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access_requirement.h"
#include "api/route_pattern.h"
#include "base/http.h"

namespace vivace {

// A request on its way to a handler: the variables of its path and the parameters of its query,
// decoded.
struct ApiRequest {
  HttpRequest http;
  RouteVariables variables;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> tenants;  // of routes that need one: at least one, sorted

  // The first value, or empty where there is none.
  std::string_view Variable(std::string_view name) const;
  std::string_view Parameter(std::string_view name) const;
  bool HasParameter(std::string_view name) const;
};

using ApiHandler = std::function<void(ApiRequest, HttpResponder)>;

// Where a route runs: at once on the thread of the connection, or on a lane of the query scheduler.
enum class RoutePool : uint8_t { kConnection, kLookup, kScan };

struct Route {
  std::string pattern;
  std::vector<std::string> methods;  // empty: any
  AccessRequirement access = kAdministerAll;
  RoutePool pool = RoutePool::kConnection;
  bool needs_tenant = false;
  bool compressed = false;  // query endpoints: Vary, and large answers are compressed
  ApiHandler handler;
};

// What a request is for.
struct RouteMatch : RequestContext {
  const Route* route = nullptr;  // null: there is none
  RouteVariables variables;
  bool is_known_path = false;                 // of a route for another method, where there is none
  AccessRequirement access = kAdministerAll;  // the route's

  RoutePool pool() const { return route == nullptr ? RoutePool::kConnection : route->pool; }
};

// Compresses `body` with "zstd" or "gzip".
using Compressor =
    std::function<Result<std::string>(std::string_view encoding, std::string_view body)>;

inline constexpr size_t kCompressedBytesMin = 1024;

// A respond that adds `Vary: Accept-Encoding` and compresses large bodies before it calls
// `respond`.
HttpResponder CompressResponse(const HttpHeaders& request_headers, Compressor compress,
                               HttpResponder respond);

struct RouterOptions {
  std::string http_path_prefix;  // before every path: outside of it there is nothing
  std::string http_api_prefix;   // before every /api path, "" or "/tempo"
  bool multitenancy = false;
  bool multi_tenant_queries = true;
  Compressor compress;
  // Called with every answer: for metrics. `route` is the pattern, or "other". May be unset.
  std::function<void(std::string_view method, std::string_view route, int status, double seconds)>
      on_response;
};

class Router {
 public:
  explicit Router(RouterOptions options);

  void Add(Route route);
  // The match holds as long as the router.
  std::shared_ptr<RouteMatch> Match(const HttpRequest& request) const;
  // Answers by the match in the request's context; matches first where it has none.
  void Handle(HttpRequest request, HttpResponder respond) const;

  // Pattern and regular expression of every route, for /status/endpoints.
  std::vector<std::pair<std::string, std::string>> Endpoints() const;

 private:
  struct Entry {
    RoutePattern pattern;
    Route route;
  };

  // `respond`, wrapped so that on_response is called too.
  HttpResponder Observed(const HttpRequest& request, std::string_view route,
                         HttpResponder respond) const;
  void Dispatch(const Route& route, RouteVariables variables, HttpRequest request,
                HttpResponder respond) const;

  RouterOptions options_;
  std::deque<Entry> entries_;  // matches point to routes
};

// The path with the http_api_prefix where that applies: before /api, /status/usage-stats, and after
// /querier and /generator.
std::string PrefixedPath(std::string_view prefix, std::string_view path);

}  // namespace vivace
