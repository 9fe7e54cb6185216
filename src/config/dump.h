// The configuration as text: /status/config in its three modes, and the reference of all keys.
//
// Pure functions over a LoadedConfig, any thread. Secrets and S3 access keys are masked.
#pragma once

#include <string>
#include <string_view>

#include "config/load.h"
#include "config/tenant_overrides.h"

namespace vivace {

enum class DumpMode { kEffective, kDiff, kDefaults };

// The value of ?mode=: "", "diff" or "defaults".
Result<DumpMode> ParseDumpMode(std::string_view mode);

// YAML without the "GET /status/config" and "---" lines, which belong to the route. kDiff has only
// what differs from the defaults.
std::string DumpConfig(const LoadedConfig& loaded, DumpMode mode);

// /status/runtime_config: the limits of the tenants that have some of their own, as the file could
// have them; with kDiff only what differs from the defaults.
std::string DumpOverrides(const TenantOverrides& overrides, DumpMode mode);
// What tenants have set themselves, as a second document of that page.
std::string DumpUserLimits(const TenantOverrides& overrides);
std::string DumpLimits(const Limits& limits);
YamlNode LimitsNode(Limits limits);

// docs/configuration-keys.md: every key with type, default and sentence.
std::string KeyReference();

}  // namespace vivace
