#include "api/router.h"

#include <algorithm>
#include <chrono>

#include "api/http_responses.h"
#include "base/compression/compress.h"
#include "base/tenant.h"

namespace vivace {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string_view FirstOf(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

HttpResponse MovedTo(std::string path, const std::string& query) {
  if (!query.empty()) path += "?" + query;
  return HttpResponse{301, {{"location", std::move(path)}}, {}};
}

bool Allows(const Route& route, const std::string& method) {
  return route.methods.empty() || std::ranges::find(route.methods, method) != route.methods.end();
}

}  // namespace

std::string_view ApiRequest::Variable(std::string_view name) const {
  return FirstOf(variables, name);
}

std::string_view ApiRequest::Parameter(std::string_view name) const {
  return FirstOf(parameters, name);
}

bool ApiRequest::HasParameter(std::string_view name) const {
  return std::ranges::any_of(parameters,
                             [&](const auto& parameter) { return parameter.first == name; });
}

std::string PrefixedPath(std::string_view prefix, std::string_view path) {
  std::string joined;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!prefix.empty() && !prefix.starts_with('/')) joined += '/';
  joined += prefix;
  for (const std::string_view module : {"/querier", "/generator"}) {
    if (path.starts_with(std::string(module) + "/"))
      return std::string(module) + joined + std::string(path.substr(module.size()));
  }
  const bool applies = path == "/api" || path.starts_with("/api/") || path == "/status/usage-stats";
  return (applies ? joined : "") + std::string(path);
}

HttpResponder CompressResponse(const HttpHeaders& request_headers, Compressor compress,
                               HttpResponder respond) {
  const std::string_view encoding = ChooseEncoding(FindHeader(request_headers, "accept-encoding"));
  return [encoding, compress = std::move(compress),
          respond = std::move(respond)](HttpResponse response) {
    response.headers.emplace_back("vary", "Accept-Encoding");
    if (!encoding.empty() && compress && response.body.size() >= kCompressedBytesMin) {
      if (Result<std::string> compressed = compress(encoding, response.body)) {
        response.body = std::move(*compressed);
        response.headers.emplace_back("content-encoding", encoding);
      }
    }
    respond(std::move(response));
  };
}

Router::Router(RouterOptions options) : options_(std::move(options)) {}

void Router::Add(Route route) {
  std::string_view prefix = options_.http_path_prefix;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  RoutePattern pattern(std::string(prefix) + PrefixedPath(options_.http_api_prefix, route.pattern));
  entries_.push_back(Entry{std::move(pattern), std::move(route)});
}

std::vector<std::pair<std::string, std::string>> Router::Endpoints() const {
  std::vector<std::pair<std::string, std::string>> endpoints;
  for (const Entry& entry : entries_) {
    // Methods that need different rights are routes of their own.
    if (endpoints.empty() || endpoints.back().first != entry.pattern.text())
      endpoints.emplace_back(entry.pattern.text(), entry.pattern.Regex());
  }
  return endpoints;
}

std::shared_ptr<RouteMatch> Router::Match(const HttpRequest& request) const {
  auto match = std::make_shared<RouteMatch>();
  for (const Entry& entry : entries_) {
    std::optional<RouteVariables> variables = entry.pattern.Match(request.path);
    if (!variables) continue;
    if (!match->is_known_path) match->access = entry.route.access;
    match->is_known_path = true;
    if (!Allows(entry.route, request.method)) continue;
    match->route = &entry.route;
    match->access = entry.route.access;
    match->variables = std::move(*variables);
    break;
  }
  return match;
}

void Router::Handle(HttpRequest request, HttpResponder respond) const {
  if (!request.context) request.context = Match(request);
  const auto match = std::static_pointer_cast<RouteMatch>(request.context);
  if (request.path_was_cleaned) return respond(MovedTo(request.path, request.query));
  if (match->route != nullptr) {
    respond = Observed(request, match->route->pattern, std::move(respond));
    return Dispatch(*match->route, std::move(match->variables), std::move(request),
                    std::move(respond));
  }
  Observed(request, "other", std::move(respond))(
      match->is_known_path ? EmptyResponse(405) : HttpErrorResponse(404, "404 page not found"));
}

HttpResponder Router::Observed(const HttpRequest& request, std::string_view route,
                               HttpResponder respond) const {
  if (!options_.on_response) return respond;
  const auto start = std::chrono::steady_clock::now();
  return [this, method = request.method, route = std::string(route), start,
          respond = std::move(respond)](HttpResponse response) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    options_.on_response(method, route, response.status, took.count());
    respond(std::move(response));
  };
}

void Router::Dispatch(const Route& route, RouteVariables variables, HttpRequest request,
                      HttpResponder respond) const {
  ApiRequest api{.http = std::move(request), .variables = std::move(variables)};
  if (route.needs_tenant) {
    const std::string_view header = FindHeader(api.http.headers, kTenantHeader);
    Result<std::vector<std::string>> tenants =
        ResolveTenants(options_.multitenancy, options_.multi_tenant_queries, header);
    if (!tenants) return respond(QueryErrorResponse(tenants.error()));
    api.tenants = std::move(*tenants);
  }
  api.parameters = ParseQuery(api.http.query);
  if (route.compressed)
    respond = CompressResponse(api.http.headers, options_.compress, std::move(respond));
  route.handler(std::move(api), std::move(respond));
}

}  // namespace vivace
