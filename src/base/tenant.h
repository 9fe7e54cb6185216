// Tenants: reads the X-Scope-OrgID header (gRPC metadata x-scope-orgid) with Tempo's syntax and
// error texts (spec/api.md section 6).
//
// "a|b" names several tenants, which only queries may do; text after a ':' is metadata and dropped.
// Errors:
//   UNAUTHENTICATED   the header is missing ("no org id") or malformed: repeating the request does
//                     not help (Tempo answers 400, 500 or 503)
//   INVALID_ARGUMENT  it names several tenants where there can be one only
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

inline constexpr std::string_view kSingleTenant = "single-tenant";
inline constexpr std::string_view kTenantHeader = "x-scope-orgid";
inline constexpr size_t kTenantBytesMax = 150;

// The tenant of a write, and of everything else that acts for exactly one: "a|b" is refused, "a|a"
// is a.
Result<std::string> ResolveTenant(bool multitenancy, std::string_view header);

// The tenants of a query, sorted, each once. `many_allowed` is
// query_frontend.multi_tenant_queries_enabled.
Result<std::vector<std::string>> ResolveTenants(bool multitenancy, bool many_allowed,
                                                std::string_view header);

}  // namespace vivace
