#include "api/http_responses.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

HttpResponse FlushResponse(const Status& flushed) {
  return flushed ? EmptyResponse(204) : QueryErrorResponse(flushed.error());
}

}  // namespace

void AddFlushRoute(FlushAction flush, Router& router) {
  router.Add(
      Route{.pattern = "/flush",
            .access = kAdministerAll,
            .handler = [flush = std::move(flush)](ApiRequest request, HttpResponder respond) {
              flush(std::string(request.Parameter("tenant")),
                    [respond = std::move(respond)](const Status& flushed) {
                      respond(FlushResponse(flushed));
                    });
            }});
}

}  // namespace vivace
