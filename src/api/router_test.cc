#include "api/router.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/http_responses.h"
#include "api/requests_for_test.h"
#include "base/compression/compress.h"

namespace vivace {
namespace {

// Answers with the name of the route and its variables.
Route Named(std::string pattern, std::vector<std::string> methods = {}) {
  return Route{.pattern = pattern,
               .methods = std::move(methods),
               .handler = [pattern](ApiRequest request, HttpResponder respond) {
                 std::string body = pattern;
                 for (const auto& [name, value] : request.variables)
                   body += " " + name + "=" + value;
                 for (const std::string& tenant : request.tenants) body += " @" + tenant;
                 respond(PlainTextResponse(body));
               }};
}

TEST(RoutePattern, MatchesAsGorilla) {
  const RoutePattern trace("/api/traces/{traceID}");
  EXPECT_EQ(trace.Match("/api/traces/ab"), (RouteVariables{{"traceID", "ab"}}));
  EXPECT_FALSE(trace.Match("/api/traces/"));
  EXPECT_FALSE(trace.Match("/api/traces/a/b"));
  EXPECT_EQ(trace.Regex(), "^/api/traces/(?P<v0>[^/]+)$");
  const RoutePattern values("/api/v2/search/tag/{tagName:.*}/values");
  EXPECT_EQ(values.Match("/api/v2/search/tag/a/b/values"), (RouteVariables{{"tagName", "a/b"}}));
  EXPECT_EQ(values.Match("/api/v2/search/tag/a%2Fb%25/values"),
            (RouteVariables{{"tagName", "a/b%"}}));
  EXPECT_EQ(trace.Match("/api/traces/a%2Fb"), (RouteVariables{{"traceID", "a/b"}}));
  EXPECT_EQ(values.Match("/api/v2/search/tag/values/values"),
            (RouteVariables{{"tagName", "values"}}));
  EXPECT_FALSE(values.Match("/api/v2/search/tag/values"));
  EXPECT_EQ(values.Regex(), "^/api/v2/search/tag/(?P<v0>.*)/values$");
  EXPECT_TRUE(RoutePattern("/ready").Match("/ready"));
  EXPECT_FALSE(RoutePattern("/ready").Match("/ready/"));
}

TEST(Router, FindsRoutes) {
  Router router({});
  router.Add(Named("/api/echo"));
  router.Add(Named("/status", {"GET"}));
  router.Add(Named("/api/search/tag/{tagName:.*}/values"));
  EXPECT_EQ(Get(router, "/api/echo").body, "/api/echo");
  EXPECT_EQ(Get(router, "/api/echo", {}, "POST").status, 200);
  EXPECT_EQ(Get(router, "/status", {}, "POST").status, 405);
  EXPECT_EQ(Get(router, "/status", {}, "POST").body, "");
  const HttpResponse missing = Get(router, "/nosuch");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "404 page not found\n");
  EXPECT_EQ(FindHeader(missing.headers, "x-content-type-options"), "nosniff");
  EXPECT_EQ(Get(router, "/api/search/tag/http%2Furl%20x/values").body,
            "/api/search/tag/{tagName:.*}/values tagName=http/url x");
}

TEST(Router, RedirectsToCleanPaths) {
  Router router({});
  HttpRequest request{.method = "GET", .path = "/api/search/tag/values", .query = "q=1"};
  request.path_was_cleaned = true;
  HttpResponse moved;
  router.Handle(std::move(request), [&](HttpResponse answer) { moved = std::move(answer); });
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(FindHeader(moved.headers, "location"), "/api/search/tag/values?q=1");
}

TEST(Router, MatchesCarryWhatTheRouteNeeds) {
  Router router({});
  Route read = Named("/api/x", {"GET"});
  read.access = kReadTenants;
  read.pool = RoutePool::kLookup;
  router.Add(read);
  Route change = Named("/api/x", {"POST"});
  change.access = kAdministerTenants;
  router.Add(change);
  const auto match = [&](const std::string& method, const std::string& path) {
    return router.Match({.method = method, .path = path});
  };
  EXPECT_EQ(match("GET", "/api/x")->access.right, Right::kRead);
  EXPECT_EQ(match("GET", "/api/x")->pool(), RoutePool::kLookup);
  EXPECT_EQ(match("POST", "/api/x")->access.right, Right::kAdmin);
  EXPECT_EQ(match("POST", "/api/x")->pool(), RoutePool::kConnection);
  const auto wrong_method = match("PUT", "/api/x");
  EXPECT_TRUE(wrong_method->is_known_path && wrong_method->route == nullptr);
  EXPECT_EQ(wrong_method->pool(), RoutePool::kConnection);
  const auto unknown = match("GET", "/api/y");
  EXPECT_EQ(unknown->access.right, Right::kAdmin);
  EXPECT_EQ(unknown->access.scope, AccessRequirement::Scope::kAll);
  EXPECT_EQ(router.Endpoints().size(), 1u);
}

TEST(Router, ServesBelowThePathPrefixOnly) {
  Router router({.http_path_prefix = "/base/", .http_api_prefix = "/tempo"});
  router.Add(Named("/api/echo"));
  router.Add(Named("/ready"));
  EXPECT_EQ(Get(router, "/base/tempo/api/echo").status, 200);
  EXPECT_EQ(Get(router, "/base/ready").status, 200);
  for (const char* outside : {"/ready", "/tempo/api/echo", "/base", "/base/", "/baseready", "/"})
    EXPECT_EQ(Get(router, outside).status, 404) << outside;
  EXPECT_EQ(router.Endpoints()[0].first, "/base/tempo/api/echo");
}

TEST(Router, AppliesThePrefix) {
  Router router({.http_api_prefix = "/tempo"});
  router.Add(Named("/api/echo"));
  router.Add(Named("/ready"));
  router.Add(Named("/querier/api/search"));
  EXPECT_EQ(Get(router, "/tempo/api/echo").status, 200);
  EXPECT_EQ(Get(router, "/api/echo").status, 404);
  EXPECT_EQ(Get(router, "/ready").status, 200);
  EXPECT_EQ(Get(router, "/querier/tempo/api/search").status, 200);
  EXPECT_EQ(PrefixedPath("tempo/", "/status/usage-stats"), "/tempo/status/usage-stats");
  EXPECT_EQ(PrefixedPath("/tempo", "/status"), "/status");
}

TEST(Router, ResolvesTenants) {
  Router router({.multitenancy = true});
  Route route = Named("/api/search");
  route.needs_tenant = true;
  router.Add(route);
  router.Add(Named("/ready"));
  EXPECT_EQ(Get(router, "/ready").status, 200);
  const HttpResponse nobody = Get(router, "/api/search");
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.body, "no org id\n");
  EXPECT_EQ(Get(router, "/api/search", {{"x-scope-orgid", "b|a"}}).body, "/api/search @a @b");
  const HttpResponse bad = Get(router, "/api/search", {{"x-scope-orgid", "a b"}});
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(bad.body, "tenant ID 'a b' contains unsupported character ' '\n");
}

TEST(Compression, PicksZstdThenGzip) {
  EXPECT_EQ(ChooseEncoding("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(ChooseEncoding("deflate, gzip;q=0.5"), "gzip");
  EXPECT_EQ(ChooseEncoding("zstd;q=0, gzip"), "gzip");
  EXPECT_EQ(ChooseEncoding("identity"), "");
  EXPECT_EQ(ChooseEncoding(""), "");
}

TEST(Compression, CompressesLargeAnswers) {
  Router router({.compress = [](std::string_view encoding, std::string_view) {
    return Result<std::string>(std::string(encoding));
  }});
  for (const size_t size : {1023, 1024}) {
    router.Add(Route{.pattern = fmt::format("/api/{}", size),
                     .compressed = true,
                     .handler = [size](ApiRequest, HttpResponder respond) {
                       respond(PlainTextResponse(std::string(size, 'x')));
                     }});
  }
  const HttpResponse small = Get(router, "/api/1023", {{"accept-encoding", "zstd"}});
  EXPECT_EQ(FindHeader(small.headers, "vary"), "Accept-Encoding");
  EXPECT_EQ(FindHeader(small.headers, "content-encoding"), "");
  const HttpResponse large = Get(router, "/api/1024", {{"accept-encoding", "gzip"}});
  EXPECT_EQ(large.body, "gzip");
  EXPECT_EQ(FindHeader(large.headers, "content-encoding"), "gzip");
  EXPECT_EQ(Get(router, "/api/1024").body.size(), 1024u);
}

TEST(Negotiation, IgnoresQuality) {
  const auto format = [](std::string accept) {
    return NegotiateFormat({{"accept", std::move(accept)}});
  };
  EXPECT_EQ(format("text/html, application/protobuf;q=0.1, application/json"),
            ResponseFormat::kProtobuf);
  EXPECT_EQ(format("application/json, application/vnd.grafana.llm"), ResponseFormat::kJson);
  EXPECT_EQ(format("application/vnd.grafana.llm"), ResponseFormat::kLlm);
  EXPECT_EQ(format("*/*"), ResponseFormat::kJson);
}

}  // namespace
}  // namespace vivace
