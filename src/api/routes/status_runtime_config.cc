#include <fmt/format.h>

#include "api/http_responses.h"
#include "api/routes/status_pages.h"

namespace vivace {

HttpResponse RuntimeConfigReply(const ConfigText& runtime_config, std::string_view target,
                                const std::string& mode) {
  if (!runtime_config)
    return PlainTextResponse(fmt::format("overrides module not loaded in {}", target));
  return ConfigResponse("runtime_config", runtime_config, mode);
}

void AddStatusRuntimeConfigRoute(ConfigText runtime_config, std::string target, Router& router) {
  AddStatusPage("/status/runtime_config", router,
                [runtime_config = std::move(runtime_config),
                 target = std::move(target)](const ApiRequest& request) {
                  return RuntimeConfigReply(runtime_config, target,
                                            std::string(request.Parameter("mode")));
                });
}

}  // namespace vivace
