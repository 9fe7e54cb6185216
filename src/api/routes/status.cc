#include <memory>

#include "api/http_responses.h"
#include "api/routes/status_pages.h"

namespace vivace {
namespace {

HttpResponse AllPages(const StatusPages& pages, const Router& router) {
  return PlainTextResponse(VersionText(pages.build) + ServicesText(pages.services) +
                           EndpointsText(router) +
                           RuntimeConfigReply(pages.runtime_config, pages.target, "").body +
                           ConfigResponse("config", pages.config, "").body);
}

}  // namespace

void AddStatusRoutes(const StatusPages& pages, Router& router) {
  const auto shared = std::make_shared<const StatusPages>(pages);
  AddStatusPage("/status", router,
                [shared, &router](const ApiRequest&) { return AllPages(*shared, router); });
  AddStatusVersionRoute(pages.build, router);
  AddStatusServicesRoute(pages.services, router);
  AddStatusEndpointsRoute(router);
  AddStatusConfigRoute(pages.config, router);
  AddStatusRuntimeConfigRoute(pages.runtime_config, pages.target, router);
}

}  // namespace vivace
