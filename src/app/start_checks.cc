#include "app/start_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "access/identities.h"
#include "api/url_deny_list.h"
#include "app/component_options.h"
#include "base/error_context.h"
#include "config/tenant_overrides.h"
#include "forward/forwarding_sink.h"
#include "ingest/tail_policies.h"
#include "server/transport/tls_context.h"

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
  return {};
}

bool IsHeader(const std::string& name, const std::string& value) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
  const auto is_token = [&](unsigned char c) {
    return std::isalnum(c) != 0 || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  };
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; };
  return !name.empty() && std::ranges::all_of(name, is_token) &&
         std::ranges::none_of(value, is_control);
}

Status CheckResponseHeaders(const Receiver& receiver) {
  for (const auto& [name, value] : receiver.response_headers) {
    if (!IsHeader(name, value))
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("receiver {}: response_headers: \"{}: {}\" is no header",
                              receiver.name, name, value));
  }
  return {};
}

Status CheckListener(const ListenOptions& options) {
  if (options.tls) VIVACE_TRY(TlsContext::Load(*options.tls));
  return {};
}

Status CheckListeners(const Config& config) {
  VIVACE_ASSIGN(const ListenOptions http, HttpListenOptionsOf(config));
  VIVACE_TRY(WithContext(CheckListener(http), "server.http_tls_config"));
  VIVACE_ASSIGN(const ListenOptions grpc, GrpcListenOptionsOf(config));
  VIVACE_TRY(WithContext(CheckListener(grpc), "server.grpc_tls_config"));
  for (const Receiver& receiver : config.distributor.receivers) {
    VIVACE_TRY(CheckResponseHeaders(receiver));
    VIVACE_ASSIGN(const ListenOptions options, ReceiverListenOptionsOf(receiver));
    VIVACE_TRY(WithContext(CheckListener(options), "receiver " + receiver.name));
  }
  return {};
}

Status CheckAccessFile(const std::string& path) {
  if (path.empty()) return {};
  VIVACE_ASSIGN(const std::string text, ReadTextFile(path));
  VIVACE_TRY(Identities::Parse(text, path));
  return {};
}

Status CheckMemory(const VivaceConfig& config) {
  constexpr size_t kLeastMemory = 16 << 20;
  if (config.memory_limit == 0 || config.memory_limit >= kLeastMemory) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("vivace.memory_limit is {} bytes, must be 0 or at least {}",
                          config.memory_limit, kLeastMemory));
}

}  // namespace

Status CheckStart(const Config& config) {
  VIVACE_TRY(CheckMemory(config.vivace));
  VIVACE_TRY(CheckSupported(config));
  VIVACE_TRY(CheckUserLimits(config.overrides.user_configurable));
  VIVACE_TRY(TailPolicies::Make(config.overrides.defaults.sampling.tail));
  VIVACE_TRY(IngesterOptionsOf(config));
  VIVACE_TRY(CheckAccessFile(config.vivace.access_file));
  VIVACE_TRY(ForwardingSink::Check(config.distributor.forwarders));
  VIVACE_TRY(UrlDenyList::Make(config.query_frontend.url_deny_list));
  return CheckListeners(config);
}

Status CheckTenantLimits(const LoadedConfig& loaded) {
  const Result<TenantOverrides> read = LoadTenantOverrides(loaded.config, loaded.command_line);
  if (!read && read.error().code == ErrorCode::kNotFound) return {};
  if (!read) return std::unexpected(read.error());
  for (const auto& [tenant, limits] : read->tenants)
    VIVACE_TRY(WithContext(TailPolicies::Make(limits->sampling.tail), "tenant " + tenant));
  return {};
}

}  // namespace vivace
