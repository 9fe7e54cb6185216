#include "api/routes/routes.h"

namespace vivace {

void AddEchoRoute(Router& router) {
  router.Add(Route{.pattern = "/api/echo",
                   .access = kReadNothingOfTenants,
                   .handler = [](ApiRequest, HttpResponder respond) {
                     respond(HttpErrorResponse(200, "echo"));
                   }});
}

}  // namespace vivace
