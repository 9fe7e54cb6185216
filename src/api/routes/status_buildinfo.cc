#include <utility>

#include "api/http_responses.h"
#include "api/routes/routes.h"
#include "base/json_writer.h"

namespace vivace {
namespace {

std::string BuildInfoJson(const BuildInfo& build) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"version", build.version},
      {"revision", build.revision},
      {"branch", build.branch},
      {"buildUser", build.build_user},
      {"buildDate", build.build_date},
      {"goVersion", ""},
      {"vivaceVersion", build.own_version}};
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  for (const auto& [name, value] : fields) {
    json.Key(name);
    json.String(value);
  }
  json.EndObject();
  return text + "\n";
}

}  // namespace

void AddBuildInfoRoute(const BuildInfo& build, Router& router) {
  router.Add(Route{.pattern = "/api/status/buildinfo",
                   .methods = {"GET"},
                   .access = kReadNothingOfTenants,
                   .handler = [json = BuildInfoJson(build)](ApiRequest, HttpResponder respond) {
                     respond(JsonResponse(json));
                   }});
}

}  // namespace vivace
