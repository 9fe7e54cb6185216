#include <fmt/format.h>

#include "api/http_responses.h"
#include "api/routes/status_pages.h"

namespace vivace {

HttpResponse ConfigResponse(std::string_view page, const ConfigText& config,
                            const std::string& mode) {
  const Result<std::string> yaml = config ? config(mode) : std::string();
  if (yaml) return PlainTextResponse(fmt::format("GET /status/{}\n---\n{}", page, *yaml));
  HttpResponse failure = HttpErrorResponse(500, yaml.error().message);
  failure.body += fmt::format("GET /status/{}\n", page);
  return failure;
}

void AddStatusConfigRoute(ConfigText config, Router& router) {
  AddStatusPage("/status/config", router, [config = std::move(config)](const ApiRequest& request) {
    return ConfigResponse("config", config, std::string(request.Parameter("mode")));
  });
}

}  // namespace vivace
