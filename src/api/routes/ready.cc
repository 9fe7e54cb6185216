#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/http_responses.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

std::optional<std::string> StatesText(const std::vector<ServiceState>& services) {
  if (std::ranges::all_of(services,
                          [](const ServiceState& service) { return service.state == "Running"; }))
    return std::nullopt;
  std::map<std::string, int> counts;
  for (const ServiceState& service : services) ++counts[service.state];
  std::string text = "Some services are not Running:\n";
  for (const auto& [state, count] : counts) text += fmt::format("{}: {}\n", state, count);
  return text;
}

HttpResponse Answer(const ReadyChecks& checks) {
  if (checks.is_stopping && checks.is_stopping())
    return HttpErrorResponse(503, "Application is stopping");
  if (checks.services) {
    if (const auto text = StatesText(checks.services())) return HttpErrorResponse(503, *text);
  }
  if (checks.not_ready_reason) {
    if (const auto text = checks.not_ready_reason()) return HttpErrorResponse(503, *text);
  }
  return HttpErrorResponse(200, "ready");
}

}  // namespace

void AddReadyRoute(ReadyChecks checks, Router& router) {
  router.Add(Route{.pattern = "/ready",
                   .access = kOpenToAll,
                   .handler = [checks = std::move(checks)](ApiRequest, HttpResponder respond) {
                     respond(Answer(checks));
                   }});
}

}  // namespace vivace
