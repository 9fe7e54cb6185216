#include <fmt/format.h>

#include <memory>

#include "api/http_responses.h"
#include "api/routes/routes.h"
#include "base/go_format.h"
#include "user_limits/user_limits.h"
#include "user_limits/user_limits_store.h"

namespace vivace {
namespace {

constexpr size_t kBodyBytesMax = 1 << 20;
constexpr const char* kEmptyDocument = "{}";

int StatusOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kFailedPrecondition:
      return 412;
    case ErrorCode::kNotFound:
      return 404;
    default:
      return 500;
  }
}

HttpResponse Refusal(const Error& error) {
  return HttpErrorResponse(StatusOf(error), error.message);
}

HttpResponse WithVersion(HttpResponse response, const std::string& version) {
  response.headers.emplace_back("etag", version);
  return response;
}

class Handlers {
 public:
  explicit Handlers(UserOverridesApi api) : api_(std::move(api)) {}

  HttpResponse Handle(const ApiRequest& request) const {
    if (request.tenants.size() > 1) return HttpErrorResponse(400, "multiple org IDs present");
    if (request.http.body.size() > kBodyBytesMax)
      return HttpErrorResponse(400, fmt::format("request body of {} bytes exceeds the limit of {}",
                                                request.http.body.size(), kBodyBytesMax));
    const std::string& tenant = request.tenants[0];
    if (request.http.method == "GET") return Get(request, tenant);
    if (request.http.method == "DELETE") return Delete(request, tenant);
    const std::string_view skip = request.Parameter("skip-conflicting-overrides-check");
    const std::optional<bool> skips_check = skip.empty() ? false : ParseGoBool(skip);
    if (!skips_check)
      return HttpErrorResponse(
          400, "could not parse skip-conflicting-overrides-check, must be a boolean value");
    return request.http.method == "PATCH" ? Patch(request, tenant, *skips_check)
                                          : Post(request, tenant, *skips_check);
  }

 private:
  HttpResponse Get(const ApiRequest& request, const std::string& tenant) const {
    const std::string_view scope =
        request.HasParameter("scope") ? request.Parameter("scope") : "api";
    if (scope != "api" && scope != "merged")
      return HttpErrorResponse(
          400, fmt::format("unknown scope \"{}\", valid options are api and merged", scope));
    const Result<UserLimitsDocument> document = api_.store.Get(tenant);
    if (!document)
      return document.error().code == ErrorCode::kNotFound ? EmptyResponse(404)
                                                           : Refusal(document.error());
    return WithVersion(
        JsonResponse(scope == "api" ? document->json : UserLimitsOf(api_.merged(tenant))),
        document->version);
  }

  HttpResponse Delete(const ApiRequest& request, const std::string& tenant) const {
    const std::string version(FindHeader(request.http.headers, "if-match"));
    if (version.empty()) return HttpErrorResponse(428, "must specify If-Match header");
    const Status deleted = api_.store.Delete(tenant, version);
    return deleted ? EmptyResponse(200) : Refusal(deleted.error());
  }

  HttpResponse Post(const ApiRequest& request, const std::string& tenant, bool skips_check) const {
    const std::string version(FindHeader(request.http.headers, "if-match"));
    if (version.empty()) return HttpErrorResponse(428, "must specify If-Match header");
    const Result<std::string> document = NormalizeUserLimits(request.http.body);
    if (!document) return Refusal(document.error());
    const Result<std::string> put = Put(tenant, *document, version, skips_check);
    return put ? WithVersion(EmptyResponse(200), *put) : Refusal(put.error());
  }

  HttpResponse Patch(const ApiRequest& request, const std::string& tenant, bool skips_check) const {
    const Result<UserLimitsDocument> stored = api_.store.Get(tenant);
    if (!stored && stored.error().code != ErrorCode::kNotFound) return Refusal(stored.error());
    const Result<std::string> document =
        PatchUserLimits(stored ? stored->json : kEmptyDocument, request.http.body);
    if (!document) return Refusal(document.error());
    const Result<std::string> put = Put(
        tenant, *document, stored ? stored->version : UserLimitsStore::kNoDocument, skips_check);
    if (put) return WithVersion(JsonResponse(*document), *put);
    if (put.error().code != ErrorCode::kFailedPrecondition) return Refusal(put.error());
    return HttpErrorResponse(500,
                             "overrides have been modified during request processing, try again");
  }

  Result<std::string> Put(const std::string& tenant, const std::string& document,
                          const std::string& version, bool skips_check) const {
    VIVACE_TRY(CheckUserLimits(document, api_.forwarders));
    if (api_.check_conflicts && !skips_check) VIVACE_TRY(CheckConflict(tenant));
    return api_.store.Put(tenant, document, version);
  }

  // Of a tenant's first document with what the per-tenant file says.
  Status CheckConflict(const std::string& tenant) const {
    const Result<UserLimitsDocument> stored = api_.store.Get(tenant);
    const ErrorCode code = stored ? ErrorCode::kUnknown : stored.error().code;
    if (stored || code == ErrorCode::kDataLoss) return {};  // a broken one may be replaced
    if (code != ErrorCode::kNotFound) return std::unexpected(stored.error());
    if (UserLimitsOf(api_.runtime(tenant)) == UserLimitsOf(Limits{})) return {};
    return Fail(ErrorCode::kInvalidArgument,
                "tenant has conflicting overrides set in runtime config, contact your system "
                "administrator to perform changes through the API");
  }

  const UserOverridesApi api_;
};

}  // namespace

void AddUserOverridesRoutes(UserOverridesApi api, Router& router) {
  const auto handlers = std::make_shared<const Handlers>(std::move(api));
  const auto add = [&](std::vector<std::string> methods, const AccessRequirement& access) {
    router.Add(
        Route{.pattern = "/api/overrides",
              .methods = std::move(methods),
              .access = access,
              .pool = RoutePool::kLookup,
              .needs_tenant = true,
              .handler = [handlers](const ApiRequest& request, const HttpResponder& respond) {
                respond(handlers->Handle(request));
              }});
  };
  add({"GET"}, kReadTenants);
  add({"POST", "PATCH", "DELETE"}, kAdministerTenants);
}

}  // namespace vivace
