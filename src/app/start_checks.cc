#include "app/start_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "access/identities.h"
#include "access/trusted_proxies.h"
#include "api/url_deny_list.h"
#include "app/component_options.h"
#include "app/listener_checks.h"
#include "app/path_checks.h"
#include "base/error_context.h"
#include "base/log.h"
#include "config/tenant_overrides.h"
#include "forward/forwarding_sink.h"
#include "ingest/tail_policies.h"

namespace vivace {
namespace {

Status CheckUserLimits(const UserOverridesConfig& user) {
  if (!user.enabled) return {};
  if (user.backend != "local")
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("overrides.user_configurable_overrides.client.backend is \"{}\", must be local",
                    user.backend));
  if (user.local_path.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "overrides.user_configurable_overrides.client.local.path is empty");
  return CheckDataDirectory("overrides.user_configurable_overrides.client.local.path",
                            user.local_path);
}

Status CheckAccessFile(const std::string& path) {
  if (path.empty()) return {};
  VIVACE_ASSIGN(const std::string text, ReadTextFile(path));
  VIVACE_ASSIGN(const Identities identities, Identities::Parse(text, path));
  identities.LogDoubts();
  if (IsReadableByAll(path))
    LogWarn("every user of this machine can read the access file", {{"vivace.access_file", path}});
  return {};
}

Status CheckForwarderFiles(const std::vector<ForwarderConfig>& forwarders) {
  for (const ForwarderConfig& forwarder : forwarders) {
    const std::string place = ForwarderKey(forwarder) + ": otlpgrpc.tls.";
    VIVACE_TRY(CheckReadableFile(place + "cert_file", forwarder.cert_file));
    VIVACE_TRY(CheckReadableFile(place + "client_cert_file", forwarder.client_cert_file));
    VIVACE_TRY(CheckReadableFile(place + "client_key_file", forwarder.client_key_file));
  }
  return {};
}

Status CheckOwnKeys(const VivaceConfig& own) {
  if (!IsHeaderName(own.tenant_header))
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("vivace.tenant_header: \"{}\" is no header's name", own.tenant_header));
  VIVACE_TRY(WithContext(CheckAccessFile(own.access_file), "vivace.access_file"));
  VIVACE_TRY(WithContext(TrustedProxies::Parse(own.trusted_proxies), "vivace.trusted_proxies"));
  return own.audit_log.empty() ? Status() : CheckAppendableFile("vivace.audit_log", own.audit_log);
}

Status CheckMemory(const VivaceConfig& config) {
  constexpr size_t kLeastMemory = 16 << 20;
  if (config.memory_limit == 0 || config.memory_limit >= kLeastMemory) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("vivace.memory_limit is {} bytes, must be 0 or at least {}",
                          config.memory_limit, kLeastMemory));
}

}  // namespace

Status CheckLimitsOf(const Limits& limits, const Config& config) {
  for (const std::string& name : limits.forwarders) {
    if (std::ranges::find(config.distributor.forwarders, name, &ForwarderConfig::name) ==
        config.distributor.forwarders.end())
      LogWarn("limits name a forwarder that is not configured", {{"forwarder", name}});
  }
  VIVACE_TRY(TailPolicies::Make(limits.sampling.tail));
  return {};
}

Status CheckStart(const Config& config) {
  VIVACE_TRY(CheckMemory(config.vivace));
  VIVACE_TRY(CheckSupported(config));
  VIVACE_TRY(CheckDataDirectory("storage.trace.local.path", config.storage.local.path));
  VIVACE_TRY(CheckDataDirectory("storage.trace.wal.path", config.storage.wal.path));
  VIVACE_TRY(CheckUserLimits(config.overrides.user_configurable));
  VIVACE_TRY(WithContext(TailPolicies::Make(config.overrides.defaults.sampling.tail),
                         "overrides.defaults"));
  VIVACE_TRY(IngesterOptionsOf(config));
  VIVACE_TRY(CheckOwnKeys(config.vivace));
  VIVACE_TRY(ForwardingSink::Check(config.distributor.forwarders));
  VIVACE_TRY(CheckForwarderFiles(config.distributor.forwarders));
  VIVACE_TRY(UrlDenyList::Make(config.query_frontend.url_deny_list));
  return CheckListeners(config);
}

namespace {

Status CheckTenantFile(const LoadedConfig& loaded) {
  const Result<TenantOverrides> read = LoadTenantOverrides(loaded.config, loaded.command_line);
  if (!read && read.error().code == ErrorCode::kNotFound) {
    LogWarn("failed to load config, overrides.defaults hold for all tenants",
            {{"config", "overrides"}, {"err", read.error().message}});
    return {};
  }
  if (!read) return std::unexpected(read.error());
  for (const ConfigWarning& warning : read->warnings)
    LogWarn(warning.message, {{"config", "overrides"}});
  for (const auto& [tenant, limits] : read->tenants)
    VIVACE_TRY(WithContext(CheckLimitsOf(*limits, loaded.config), "tenant " + tenant));
  return {};
}

}  // namespace

Status CheckTenantLimits(const LoadedConfig& loaded) {
  VIVACE_TRY(CheckLimitsOf(loaded.config.overrides.defaults, loaded.config));
  return WithContext(CheckTenantFile(loaded), "overrides.per_tenant_override_config");
}

}  // namespace vivace
