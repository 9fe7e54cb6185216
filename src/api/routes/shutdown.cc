#include "api/http_responses.h"
#include "api/routes/routes.h"

namespace vivace {

void AddShutdownRoute(std::function<void()> shutdown, Router& router) {
  router.Add(Route{.pattern = "/shutdown",
                   .access = kAdministerAll,
                   .handler = [shutdown = std::move(shutdown)](ApiRequest, HttpResponder respond) {
                     shutdown();
                     respond(PlainTextResponse("shutdown job acknowledged"));
                   }});
}

}  // namespace vivace
