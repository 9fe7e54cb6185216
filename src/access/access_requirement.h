// AccessRequirement: what a request needs of whoever sends it. Routes and methods carry theirs, so
// that what is judged is what is run. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>

namespace vivace {

enum class Right : uint8_t { kRead = 1, kWrite = 2, kAdmin = 4 };
const char* RightName(Right right);

// Requests that act for tenants name them by header.
struct AccessRequirement {
  std::optional<Right> right;  // none: open to all
  enum class Scope : uint8_t { kTenants, kAll, kAny };
  Scope scope = Scope::kAny;  // the tenants that it names, all tenants, or no particular ones
  bool is_audited = false;
};

inline constexpr AccessRequirement kOpenToAll;
// What does not depend on tenants.
inline constexpr AccessRequirement kReadNothingOfTenants{.right = Right::kRead};
inline constexpr AccessRequirement kReadTenants{
    .right = Right::kRead, .scope = AccessRequirement::Scope::kTenants, .is_audited = true};
// What shows all tenants.
inline constexpr AccessRequirement kReadAll{.right = Right::kRead,
                                            .scope = AccessRequirement::Scope::kAll};
inline constexpr AccessRequirement kWriteTenants{.right = Right::kWrite,
                                                 .scope = AccessRequirement::Scope::kTenants};
inline constexpr AccessRequirement kAdministerTenants{
    .right = Right::kAdmin, .scope = AccessRequirement::Scope::kTenants, .is_audited = true};
// Also for whatever is not known.
inline constexpr AccessRequirement kAdministerAll{
    .right = Right::kAdmin, .scope = AccessRequirement::Scope::kAll, .is_audited = true};

}  // namespace vivace
