// The pages below /status, each defined in the file of its path, for the routes themselves and for
// /status, which joins them.
//
// Functions of what they are given, on the thread of the request.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api/routes/routes.h"
#include "base/http.h"

namespace vivace {

std::string VersionText(const BuildInfo& build);
std::string ServicesText(const ServiceStates& services);
std::string EndpointsText(const Router& router);
HttpResponse RuntimeConfigReply(const ConfigText& runtime_config, std::string_view target,
                                const std::string& mode);
// "GET /status/PAGE" and the YAML of a configuration, or what is wrong with the mode. Of `config`
// (in status_config.cc) and runtime_config.
HttpResponse ConfigResponse(std::string_view page, const ConfigText& config,
                            const std::string& mode);

// Adds a page that always answers, with what `answer` makes of the request.
template <typename Answer>
void AddStatusPage(std::string pattern, Router& router, Answer answer) {
  router.Add(Route{.pattern = std::move(pattern),
                   .methods = {"GET"},
                   .access = kReadAll,
                   .handler = [answer = std::move(answer)](const ApiRequest& request,
                                                           const HttpResponder& respond) {
                     respond(answer(request));
                   }});
}

}  // namespace vivace
