#include "api/route_overrides.h"

#include <fmt/format.h>

#include <memory>

#include "api/ascii_table.h"
#include "api/http_replies.h"

namespace vivace {
namespace {

std::string TenantsText(const OverridesPages& pages) {
  std::vector<std::string> heading = {"TENANT", "LIMITS", "LIVE TRACES"};
  for (const std::string& reason : pages.reasons) heading.push_back("REFUSED: " + reason);
  std::vector<std::vector<std::string>> rows;
  for (const OverridesPages::Tenant& tenant : pages.tenants()) {
    std::vector<std::string>& row = rows.emplace_back();
    row = {tenant.name, tenant.has_own_limits ? "own" : "defaults", fmt::to_string(tenant.live_traces)};
    for (const uint64_t spans : tenant.refused_spans) row.push_back(fmt::to_string(spans));
  }
  return "GET /status/overrides\n" + AsciiTable(heading, rows) + "\n";
}

}  // namespace

void AddOverridesRoutes(OverridesPages pages, Router& router) {
  const auto shared = std::make_shared<const OverridesPages>(std::move(pages));
  router.Add(Route{.pattern = "/status/overrides", .methods = {"GET"}, .handler = [shared](const ApiRequest&, const HttpRespond& respond) {
                     respond(TextReply(TenantsText(*shared)));
                   }});
  router.Add(Route{.pattern = "/status/overrides/{tenant}",
                   .methods = {"GET"},
                   .handler = [shared](const ApiRequest& request, const HttpRespond& respond) {
                     const std::string tenant(request.Variable("tenant"));
                     respond(TextReply(fmt::format("GET /status/overrides/{}\n---\n{}", tenant, shared->limits(tenant))));
                   }});
}

}  // namespace vivace
