#include <fmt/format.h>

#include "api/http_responses.h"
#include "api/routes/status_pages.h"

namespace vivace {

std::string VersionText(const BuildInfo& build) {
  return fmt::format(
      "GET /status/version\ntempo, version {} (branch: {}, revision: {})\n  build user:       {}\n "
      " build date:       {}\n  vivace:           {}\n",
      build.version, build.branch, build.revision, build.build_user, build.build_date,
      build.own_version);
}

void AddStatusVersionRoute(BuildInfo build, Router& router) {
  AddStatusPage("/status/version", router, [build = std::move(build)](const ApiRequest&) {
    return PlainTextResponse(VersionText(build));
  });
}

}  // namespace vivace
