#include "api/http_responses.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

HttpResponse FlushReply(const Status& flushed) { return flushed ? EmptyReply(204) : QueryErrorReply(flushed.error()); }

}  // namespace

void AddFlushRoute(FlushAction flush, Router& router) {
  router.Add(Route{.pattern = "/flush", .handler = [flush = std::move(flush)](ApiRequest request, HttpRespond respond) {
                     flush(std::string(request.Parameter("tenant")),
                           [respond = std::move(respond)](const Status& flushed) { respond(FlushReply(flushed)); });
                   }});
}

}  // namespace vivace
