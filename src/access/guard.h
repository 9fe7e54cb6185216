// Guard: wraps the handlers of a port: authorizes requests, and audits those that read data or administer the server.
//
// Without an authenticator everybody may do everything; without an audit log nothing is audited. Wrapped handlers answer as the protocol
// has it: 401 (UNAUTHENTICATED) without good credentials, 403 (PERMISSION_DENIED) where they do not suffice, 429 (RESOURCE_EXHAUSTED) after
// too many wrong ones. Must outlive the server. Any thread.
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
struct Need {
  std::optional<Right> right;  // none: open to all
  enum class Scope : uint8_t { kTenants, kAll, kAny };
  Scope scope = Scope::kAny;  // the tenants that it names, all tenants, or no particular ones
  bool is_audited = false;
};
// What a request to the API needs, by method and path (without http_api_prefix).
Need NeedOfApi(std::string_view method, std::string_view path);

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
  bool is_closed() const { return options_.authenticator != nullptr; }

  // `need` is asked for each request.
  HttpHandler Wrap(HttpHandler handler, std::function<Need(const HttpRequest& request)> need) const;
  RpcHandler Wrap(RpcHandler handler, const Need& need) const;
  StreamHandler Wrap(StreamHandler handler, const Need& need) const;

 private:
  bool is_idle() const { return options_.authenticator == nullptr && options_.audit == nullptr && options_.tenant_header == kTenantHeader; }
  void RenameTenant(HttpHeaders& headers) const;
  // Calls `admitted` with who it is (null: no identity was required), or `refused` with the reason.
  void Admit(const HttpHeaders& headers, const std::string& peer, const Need& need, std::function<void(IdentityPointer)> admitted,
             std::function<void(Error)> refused) const;
  Status Check(const Identity& identity, const HttpHeaders& headers, const Need& need) const;
  AuditEntry EntryOf(const HttpHeaders& headers, const std::string& peer) const;

  const GuardOptions options_;
};

}  // namespace vivace
