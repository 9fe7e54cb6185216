#include <algorithm>
#include <vector>

#include "api/http_responses.h"
#include "api/responses/ascii_table.h"
#include "api/routes/status_pages.h"

namespace vivace {

std::string ServicesText(const ServiceStates& services) {
  std::vector<ServiceState> states = services ? services() : std::vector<ServiceState>();
  std::ranges::sort(states, {}, &ServiceState::name);
  std::vector<std::vector<std::string>> rows;
  for (const ServiceState& service : states)
    rows.push_back({service.name, service.state, service.failure});
  return "GET /status/services\n" + AsciiTable({"SERVICE NAME", "STATUS", "FAILURE CASE"}, rows) +
         "\n";
}

void AddStatusServicesRoute(ServiceStates services, Router& router) {
  AddStatusPage("/status/services", router, [services = std::move(services)](const ApiRequest&) {
    return PlainTextResponse(ServicesText(services));
  });
}

}  // namespace vivace
