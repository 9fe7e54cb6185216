// The per-tenant file (overrides.per_tenant_override_config): limits of single tenants and of "*".
//
// Each tenant's limits are complete: what the file leaves out comes from overrides.defaults, or
// with overrides.inherit_defaults: false is zero, as in Tempo. Values; the caller reads the file
// again every per_tenant_override_period and keeps the old value when that fails.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace vivace {

using SharedLimits = std::shared_ptr<const Limits>;

// Copies share the limits.
struct TenantOverrides {
  SharedLimits defaults = std::make_shared<const Limits>();
  std::map<std::string, SharedLimits, std::less<>> tenants;
  std::vector<ConfigWarning> warnings;

  // What tenants have set themselves, by tenant, in the form of a tenant of the file: it is part of
  // `tenants` already.
  std::map<std::string, YamlNode, std::less<>> user_limits;

  // The tenant's own limits, else those of "*", else the defaults.
  const Limits& For(std::string_view tenant) const { return *SharedFor(tenant); }
  const SharedLimits& SharedFor(std::string_view tenant) const;
};

// `path` is the file's name in messages. Errors list every problem with its line.
Result<TenantOverrides> ParseTenantOverrides(std::string_view text, const std::string& path,
                                             const Config& config, const CommandLine& command_line,
                                             const LoadOptions& options = {});
// Reads config.overrides.per_tenant_override_config; without one there are only the defaults.
// NOT_FOUND when the file is missing.
Result<TenantOverrides> LoadTenantOverrides(const Config& config, const CommandLine& command_line,
                                            const LoadOptions& options = {});

// Overlays what tenants have set themselves on what the file has: field by field, but processors
// run that either of them names. INVALID_ARGUMENT, and that tenant's limits unchanged, for what
// cannot be read or does not pass `check` (which may be unset); the others' are applied.
Status ApplyUserLimits(std::map<std::string, YamlNode, std::less<>> user_limits,
                       const std::function<Status(const Limits&)>& check,
                       TenantOverrides& overrides);

}  // namespace vivace
