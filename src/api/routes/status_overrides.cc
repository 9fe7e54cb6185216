#include <fmt/format.h>

#include <memory>
#include <utility>

#include "api/http_responses.h"
#include "api/responses/ascii_table.h"
#include "api/routes/routes.h"
#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "base/unix_time.h"

namespace vivace {
namespace {

std::string Source(const OverridesPages::Tenant& tenant) {
  const std::string runtime = tenant.has_runtime_limits    ? "runtime"
                              : tenant.has_wildcard_limits ? "runtime \"*\""
                                                           : "";
  if (tenant.has_user_limits) return runtime.empty() ? "user" : runtime + ", user";
  return runtime.empty() ? "defaults" : runtime;
}

bool WantsJson(const ApiRequest& request) {
  return FindHeader(request.http.headers, "accept").contains("application/json");
}

std::string Now() { return FormatRfc3339(NowUnixSeconds()); }

std::string TenantsJson(const OverridesPages& pages) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("now");
  json.String(Now());
  bool is_first = true;
  for (const OverridesPages::Tenant& tenant : pages.tenants()) {
    if (!tenant.has_runtime_limits && !tenant.has_user_limits) continue;
    if (std::exchange(is_first, false)) {
      json.Key("tenants");
      json.BeginArray();
    }
    json.BeginObject();
    json.Key("name");
    json.String(tenant.name);
    json.Key("has_runtime_overrides");
    json.Bool(tenant.has_runtime_limits);
    json.Key("has_user_configurable_overrides");
    json.Bool(tenant.has_user_limits);
    json.EndObject();
  }
  if (!is_first) json.EndArray();
  json.EndObject();
  return text;
}

std::string TenantJson(const std::string& tenant, const OverridesPages::TenantLimits& limits) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  const std::pair<std::string_view, std::string> fields[] = {
      {"now", Now()},
      {"tenant", tenant},
      {"user_configurable_overrides", limits.user},
      {"runtime_overrides", limits.runtime},
      {"using_default_or_wildcard_runtime_overrides", limits.source}};
  for (const auto& [name, value] : fields) {
    json.Key(name);
    json.String(value);
  }
  json.EndObject();
  return text;
}

std::string TenantsText(const OverridesPages& pages) {
  std::vector<std::string> heading = {"TENANT", "LIMITS", "LIVE TRACES"};
  for (const std::string& reason : pages.reasons) heading.push_back("REFUSED: " + reason);
  std::vector<std::vector<std::string>> rows;
  for (const OverridesPages::Tenant& tenant : pages.tenants()) {
    std::vector<std::string>& row = rows.emplace_back();
    row = {tenant.name, Source(tenant), fmt::to_string(tenant.live_traces)};
    for (const uint64_t spans : tenant.refused_spans) row.push_back(fmt::to_string(spans));
  }
  return "GET /status/overrides\n" + AsciiTable(heading, rows) + "\n";
}

}  // namespace

void AddOverridesRoutes(OverridesPages pages, Router& router) {
  const auto shared = std::make_shared<const OverridesPages>(std::move(pages));
  router.Add(Route{.pattern = "/status/overrides",
                   .methods = {"GET"},
                   .access = kReadAll,
                   .handler = [shared](const ApiRequest& request, const HttpResponder& respond) {
                     respond(WantsJson(request) ? JsonResponse(TenantsJson(*shared))
                                                : PlainTextResponse(TenantsText(*shared)));
                   }});
  router.Add(Route{.pattern = "/status/overrides/{tenant}",
                   .methods = {"GET"},
                   .access = kReadAll,
                   .handler = [shared](const ApiRequest& request, const HttpResponder& respond) {
                     const std::string tenant(request.Variable("tenant"));
                     const OverridesPages::TenantLimits limits = shared->limits(tenant);
                     if (WantsJson(request))
                       return respond(JsonResponse(TenantJson(tenant, limits)));
                     respond(PlainTextResponse(
                         fmt::format("GET /status/overrides/{}\n---\n{}", tenant, limits.merged)));
                   }});
}

}  // namespace vivace
