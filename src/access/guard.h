// Guard: wraps the handlers of a port: authorizes requests, and audits those that read data or
// administer the server.
//
// Without an authenticator everybody may do everything; without an audit log nothing is audited.
// Wrapped handlers answer as the protocol has it: 401 (UNAUTHENTICATED) without good credentials,
// 403 (PERMISSION_DENIED) where they do not suffice, 429 (RESOURCE_EXHAUSTED) after too many wrong
// ones. Must outlive the server. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "access/audit_log.h"
#include "access/authenticator.h"
#include "base/http.h"
#include "base/tenant.h"

namespace vivace {

// What a request needs. Requests that act for tenants name them by header.
struct AccessRequirement {
  std::optional<Right> right;  // none: open to all
  enum class Scope : uint8_t { kTenants, kAll, kAny };
  Scope scope = Scope::kAny;  // the tenants that it names, all tenants, or no particular ones
  bool is_audited = false;
};
// What a request to the API needs, by method and path (without http_api_prefix).
AccessRequirement ApiRequirement(std::string_view method, std::string_view path);

struct GuardOptions {
  Authenticator* authenticator = nullptr;  // may be null
  AuditLog* audit = nullptr;               // may be null
  bool multitenancy = false;
  std::string tenant_header{kTenantHeader};  // lower case; another one is read in its place
};

class Guard {
 public:
  explicit Guard(GuardOptions options) : options_(std::move(options)) {}

  // Whether credentials are asked for.
  bool requires_authentication() const { return options_.authenticator != nullptr; }

  // `requirement` is asked for each request.
  HttpHandler Wrap(HttpHandler handler,
                   std::function<AccessRequirement(const HttpRequest& request)> requirement) const;
  RpcHandler Wrap(RpcHandler handler, const AccessRequirement& requirement) const;
  StreamHandler Wrap(StreamHandler handler, const AccessRequirement& requirement) const;

 private:
  bool is_passthrough() const {
    return options_.authenticator == nullptr && options_.audit == nullptr &&
           options_.tenant_header == kTenantHeader;
  }
  void NormalizeTenantHeader(HttpHeaders& headers) const;
  // Calls `allowed` with who it is (null: no identity was required), or `denied` with the reason.
  void Authorize(const HttpHeaders& headers, const std::string& peer,
                 const AccessRequirement& requirement, std::function<void(IdentityPointer)> allowed,
                 std::function<void(Error)> denied) const;
  Status Check(const Identity& identity, const HttpHeaders& headers,
               const AccessRequirement& requirement) const;
  AuditEntry EntryOf(const HttpHeaders& headers, const std::string& peer) const;

  const GuardOptions options_;
};

}  // namespace vivace
