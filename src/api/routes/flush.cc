#include "api/http_responses.h"
#include "api/routes/route_admin.h"

namespace vivace {
namespace {

HttpResponse FlushReply(const Status& flushed) { return flushed ? EmptyReply(204) : QueryErrorReply(flushed.error()); }

}  // namespace

void AddAdminRoutes(AdminActions actions, Router& router) {
  router.Add(Route{.pattern = "/flush", .handler = [flush = std::move(actions.flush)](ApiRequest request, HttpRespond respond) {
                     flush(std::string(request.Parameter("tenant")),
                           [respond = std::move(respond)](const Status& flushed) { respond(FlushReply(flushed)); });
                   }});
  router.Add(Route{.pattern = "/shutdown", .handler = [shutdown = std::move(actions.shutdown)](ApiRequest, HttpRespond respond) {
                     shutdown();
                     respond(TextReply("shutdown job acknowledged"));
                   }});
}

}  // namespace vivace
