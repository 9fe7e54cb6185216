// Guard: judges requests by their heads, and audits those that read data or administer the server.
//
// Without an authenticator everybody may do everything; without an audit log nothing is audited.
// Who is refused is told so as the protocol has it: 401 (UNAUTHENTICATED) without good credentials,
// 403 (PERMISSION_DENIED) where they do not suffice, 429 (RESOURCE_EXHAUSTED) after too many wrong
// ones. Must outlive the server. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "access/access_requirement.h"
#include "access/audit_log.h"
#include "access/authenticator.h"
#include "base/http.h"
#include "base/rate_limited_log.h"
#include "base/tenant.h"

namespace vivace {

// Why a request was refused.
enum class Refusal : uint8_t { kCredentials, kRights, kLimited };
inline constexpr Refusal kRefusals[] = {Refusal::kCredentials, Refusal::kRights, Refusal::kLimited};
const char* RefusalName(Refusal refusal);

struct GuardOptions {
  Authenticator* authenticator = nullptr;  // may be null
  AuditLog* audit = nullptr;               // may be null
  bool multitenancy = false;
  std::string tenant_header{kTenantHeader};  // lower case; another one is read in its place
  TrustedProxies proxies{};                  // whose clients the audit log names
  std::function<void(Refusal)> on_refused;   // counts; may be empty
};

class Guard {
 public:
  explicit Guard(GuardOptions options) : options_(std::move(options)) {}

  // Whether credentials are asked for.
  bool requires_authentication() const { return options_.authenticator != nullptr; }

  // Judges one head. Gives it the standard tenant header and, where it has none, a context, which
  // names who was let in. A refusal is audited, logged and counted here.
  void Judge(HttpRequest& head, const AccessRequirement& requirement, HttpVerdict verdict) const;
  // The same for gRPC, where all calls of a method need the same. Empty where nothing is to be
  // judged.
  RpcJudge JudgeOf(const AccessRequirement& requirement) const;

  // `respond`, or one that also audits the answer to a request that was let in.
  HttpResponder Audited(const HttpRequest& request, const AccessRequirement& requirement,
                        HttpResponder respond) const;
  // `query_of`: what a call asks for, as a URL's query.
  using QueryText = std::function<std::string(const RpcRequest& request)>;
  StreamHandler Audited(StreamHandler handler, const AccessRequirement& requirement,
                        QueryText query_of) const;

  // A port where all requests need the same.
  HttpService Protect(HttpHandler handler, const AccessRequirement& requirement) const;

 private:
  // Who it was (null: nobody known, or no identity was required), and why not where refused.
  using Decision = std::function<void(const IdentityPointer& who, Status verdict)>;

  bool is_passthrough() const {
    return options_.authenticator == nullptr && options_.audit == nullptr &&
           options_.tenant_header == kTenantHeader;
  }
  void NormalizeTenantHeader(HttpHeaders& headers) const;
  void Authorize(const HttpHeaders& headers, const std::string& peer,
                 const AccessRequirement& requirement, Decision decide) const;
  Status Check(const Identity& identity, std::string_view tenant_header,
               const AccessRequirement& requirement) const;
  bool Audits(const AccessRequirement& requirement) const {
    return options_.audit != nullptr && requirement.is_audited;
  }
  bool CanRefuse(const AccessRequirement& requirement) const {
    return options_.authenticator != nullptr && requirement.right.has_value();
  }
  AuditEntry EntryOf(const HttpHeaders& headers, const std::string& peer) const;
  AuditEntry EntryOf(const HttpRequest& request) const;
  AuditEntry EntryOf(const RpcRequest& request) const;

  // Logs, counts and audits a refusal.
  void Report(const AccessRequirement& requirement, const AuditEntry& entry,
              const Error& error) const;

  const GuardOptions options_;
  mutable RateLimitedLog refusals_{"requests are refused by access control", "requests"};
};

}  // namespace vivace
