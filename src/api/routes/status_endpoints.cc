#include <algorithm>
#include <vector>

#include "api/http_responses.h"
#include "api/responses/ascii_table.h"
#include "api/routes/status_pages.h"

namespace vivace {

std::string EndpointsText(const Router& router) {
  auto endpoints = router.Endpoints();
  std::ranges::sort(endpoints);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, regex] : endpoints) rows.push_back({name, regex});
  return "GET /status/endpoints\n" + AsciiTable({"NAME", "REGEX"}, rows) +
         "\nAPI documentation: https://grafana.com/docs/tempo/latest/api_docs/\n\n";
}

void AddStatusEndpointsRoute(Router& router) {
  AddStatusPage("/status/endpoints", router,
                [&router](const ApiRequest&) { return PlainTextResponse(EndpointsText(router)); });
}

}  // namespace vivace
