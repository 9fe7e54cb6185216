#include "base/metrics.h"

#include "api/routes/routes.h"

namespace vivace {

void AddMetricsRoute(const Metrics& metrics, Router& router) {
  router.Add(Route{
      .pattern = "/metrics",
      .access = kReadAll,
      .handler = [&metrics](ApiRequest, HttpResponder respond) {
        respond(HttpResponse{
            200, {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}}, metrics.Render()});
      }});
}

}  // namespace vivace
