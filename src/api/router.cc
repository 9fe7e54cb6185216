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

std::string CleanPath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string clean;
  for (const std::string_view segment : segments) clean.append("/").append(segment);
  if (clean.empty() || path.ends_with('/')) clean += '/';
  return clean;
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
  RoutePattern pattern(PrefixedPath(options_.http_api_prefix, route.pattern));
  entries_.push_back(Entry{std::move(pattern), std::move(route)});
}

std::vector<std::pair<std::string, std::string>> Router::Endpoints() const {
  std::vector<std::pair<std::string, std::string>> endpoints;
  for (const Entry& entry : entries_)
    endpoints.emplace_back(entry.pattern.text(), entry.pattern.Regex());
  return endpoints;
}

void Router::Handle(HttpRequest request, HttpResponder respond) const {
  std::string clean = CleanPath(request.path);
  if (clean != request.path) return respond(MovedTo(std::move(clean), request.query));
  const std::string path = PercentDecode(request.path);
  bool known = false;
  for (const Entry& entry : entries_) {
    std::optional<RouteVariables> variables = entry.pattern.Match(path);
    if (!variables) continue;
    known = true;
    if (Allows(entry.route, request.method)) {
      respond = Observed(request, entry.route.pattern, std::move(respond));
      return Dispatch(entry, std::move(*variables), std::move(request), std::move(respond));
    }
  }
  Observed(request, "other", std::move(respond))(
      known ? EmptyResponse(405) : HttpErrorResponse(404, "404 page not found"));
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

void Router::Dispatch(const Entry& entry, RouteVariables variables, HttpRequest request,
                      HttpResponder respond) const {
  ApiRequest api{.http = std::move(request), .variables = std::move(variables)};
  if (entry.route.needs_tenant) {
    const std::string_view header = FindHeader(api.http.headers, kTenantHeader);
    Result<std::vector<std::string>> tenants =
        ResolveTenants(options_.multitenancy, options_.multi_tenant_queries, header);
    if (!tenants) return respond(QueryErrorResponse(tenants.error()));
    api.tenants = std::move(*tenants);
  }
  api.parameters = ParseQuery(api.http.query);
  if (entry.route.compressed)
    respond = CompressResponse(api.http.headers, options_.compress, std::move(respond));
  entry.route.handler(std::move(api), std::move(respond));
}

}  // namespace vivace
