#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "api/answers/ascii_table.h"
#include "api/http_responses.h"
#include "api/routes/route_status.h"
#include "base/json_writer.h"

namespace vivace {
namespace {

class StatusText {
 public:
  StatusText(StatusPages pages, const Router& router) : pages_(std::move(pages)), router_(router) {}

  HttpResponse Version() const { return TextReply(VersionText()); }
  HttpResponse Services() const { return TextReply(ServicesText()); }
  HttpResponse Endpoints() const { return TextReply(EndpointsText()); }

  HttpResponse Config(const std::string& mode) const { return ConfigReply("config", pages_.config, mode); }

  HttpResponse RuntimeConfig(const std::string& mode) const {
    if (!pages_.runtime_config) return TextReply(fmt::format("overrides module not loaded in {}", pages_.target));
    return ConfigReply("runtime_config", pages_.runtime_config, mode);
  }

  HttpResponse All() const {
    return TextReply(VersionText() + ServicesText() + EndpointsText() + RuntimeConfig("").body + Config("").body);
  }

  std::string BuildInfoJson() const {
    const BuildInfo& build = pages_.build;
    const std::pair<std::string_view, std::string_view> fields[] = {{"version", build.version},      {"revision", build.revision},
                                                                    {"branch", build.branch},        {"buildUser", build.build_user},
                                                                    {"buildDate", build.build_date}, {"goVersion", ""}};
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

 private:
  std::string VersionText() const {
    const BuildInfo& build = pages_.build;
    return fmt::format(
        "GET /status/version\ntempo, version {} (branch: {}, revision: {})\n  build user:       {}\n  build date:       {}\n",
        build.version, build.branch, build.revision, build.build_user, build.build_date);
  }

  std::string ServicesText() const {
    std::vector<ServiceState> services = pages_.services ? pages_.services() : std::vector<ServiceState>();
    std::ranges::sort(services, {}, &ServiceState::name);
    std::vector<std::vector<std::string>> rows;
    for (const ServiceState& service : services) rows.push_back({service.name, service.state, service.failure});
    return "GET /status/services\n" + AsciiTable({"SERVICE NAME", "STATUS", "FAILURE CASE"}, rows) + "\n";
  }

  std::string EndpointsText() const {
    auto endpoints = router_.Endpoints();
    std::ranges::sort(endpoints);
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, regex] : endpoints) rows.push_back({name, regex});
    return "GET /status/endpoints\n" + AsciiTable({"NAME", "REGEX"}, rows) +
           "\nAPI documentation: https://grafana.com/docs/tempo/latest/api_docs/\n\n";
  }

  static HttpResponse ConfigReply(std::string_view page, const ConfigText& config, const std::string& mode) {
    const Result<std::string> yaml = config ? config(mode) : std::string();
    if (yaml) return TextReply(fmt::format("GET /status/{}\n---\n{}", page, *yaml));
    HttpResponse failure = HttpErrorReply(500, yaml.error().message);
    failure.body += fmt::format("GET /status/{}\n", page);
    return failure;
  }

  StatusPages pages_;
  const Router& router_;
};

}  // namespace

void AddStatusRoutes(StatusPages pages, Router& router) {
  const auto status = std::make_shared<const StatusText>(std::move(pages), router);
  const auto add = [&](std::string pattern, std::function<HttpResponse(const StatusText&, const ApiRequest&)> page) {
    router.Add(Route{.pattern = std::move(pattern), .methods = {"GET"}, .handler = [status, page](ApiRequest request, HttpRespond respond) {
                       respond(page(*status, request));
                     }});
  };
  const auto mode = [](const ApiRequest& request) { return std::string(request.Parameter("mode")); };
  add("/status", [](const StatusText& s, const ApiRequest&) { return s.All(); });
  add("/status/version", [](const StatusText& s, const ApiRequest&) { return s.Version(); });
  add("/status/services", [](const StatusText& s, const ApiRequest&) { return s.Services(); });
  add("/status/endpoints", [](const StatusText& s, const ApiRequest&) { return s.Endpoints(); });
  add("/status/config", [mode](const StatusText& s, const ApiRequest& request) { return s.Config(mode(request)); });
  add("/status/runtime_config", [mode](const StatusText& s, const ApiRequest& request) { return s.RuntimeConfig(mode(request)); });
  add("/api/status/buildinfo", [](const StatusText& s, const ApiRequest&) { return JsonReply(s.BuildInfoJson()); });
  router.Add(Route{.pattern = "/api/echo", .handler = [](ApiRequest, HttpRespond respond) { respond(HttpErrorReply(200, "echo")); }});
}

}  // namespace vivace
