#include "config/runtime_overrides.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/short_hash.h"
#include "base/thread_name.h"

namespace vivace {
namespace {

constexpr std::chrono::milliseconds kPeriodMin{10};

}  // namespace

RuntimeOverrides::RuntimeOverrides(const LoadedConfig& loaded, OnReload on_reload, Check check)
    : loaded_(loaded),
      on_reload_(std::move(on_reload)),
      check_(std::move(check)),
      from_file_(std::make_shared<const TenantOverrides>(TenantOverrides{.defaults = loaded.config.overrides.defaults})),
      current_(from_file_) {}

Result<std::unique_ptr<RuntimeOverrides>> RuntimeOverrides::Start(const LoadedConfig& loaded, OnReload on_reload, Check check) {
  if (check) VIVACE_TRY(check(loaded.config.overrides.defaults));
  std::unique_ptr<RuntimeOverrides> overrides(new RuntimeOverrides(loaded, std::move(on_reload), std::move(check)));
  if (loaded.config.overrides.per_tenant_override_config.empty()) return overrides;
  if (const Status status = overrides->Reload(); !status && status.error().code != ErrorCode::kNotFound)
    return std::unexpected(status.error());
  overrides->thread_ = std::thread([self = overrides.get()] { self->Run(); });
  return overrides;
}

RuntimeOverrides::~RuntimeOverrides() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

RuntimeOverrides::Snapshot RuntimeOverrides::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

RuntimeOverrides::Snapshot RuntimeOverrides::FromFile() const {
  const std::lock_guard lock(mutex_);
  return from_file_;
}

void RuntimeOverrides::SetUserLimits(std::map<std::string, YamlNode, std::less<>> limits) {
  const std::lock_guard lock(mutex_);
  user_limits_ = std::move(limits);
  Combine();
}

// `mutex_` must be held.
void RuntimeOverrides::Combine() {
  if (user_limits_.empty()) {
    current_ = from_file_;
    return;
  }
  auto both = std::make_shared<TenantOverrides>(*from_file_);
  if (const Status applied = ApplyUserLimits(user_limits_, *both); !applied)
    LogError("limits that a tenant has set cannot be read", {{"err", applied.error().message}});
  current_ = std::move(both);
}

std::shared_ptr<const Limits> RuntimeOverrides::For(const std::string& tenant) const {
  const Snapshot snapshot = Current();
  return {snapshot, &snapshot->For(tenant)};
}

Result<TenantOverrides> RuntimeOverrides::Read(std::string& text) const {
  const std::string& path = loaded_.config.overrides.per_tenant_override_config;
  VIVACE_ASSIGN(text, ReadTextFile(path));
  VIVACE_ASSIGN(TenantOverrides overrides, ParseTenantOverrides(text, path, loaded_.config, loaded_.command_line));
  for (const auto& [tenant, limits] : overrides.tenants) {
    if (Status good = check_ ? check_(limits) : Status(); !good) return std::unexpected(std::move(good).error().At("tenant " + tenant));
  }
  return overrides;
}

Status RuntimeOverrides::Reload() {
  std::string text;
  Result<TenantOverrides> read = Read(text);
  const std::string hash = fmt::format("{:016x}", ShortHash(text));
  if (on_reload_) on_reload_(read.has_value(), hash);
  const std::lock_guard lock(mutex_);
  if (!read) {
    // Once per problem, not once per reading.
    if (read.error().message != last_problem_) LogError("failed to load config", {{"config", "overrides"}, {"err", read.error().message}});
    last_problem_ = read.error().message;
    return std::unexpected(std::move(read).error());
  }
  last_problem_.clear();
  if (text == content_) return {};
  for (const ConfigWarning& warning : read->warnings) LogWarn(warning.message, {{"config", "overrides"}});
  LogInfo("limits of tenants read", {{"tenants", std::to_string(read->tenants.size())}});
  from_file_ = std::make_shared<const TenantOverrides>(*std::move(read));
  Combine();
  content_ = std::move(text);
  return {};
}

void RuntimeOverrides::Run() {
  NameThread("overrides");
  const auto period = std::max<Duration>(loaded_.config.overrides.per_tenant_override_period.value, kPeriodMin);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, period, [this] { return stopping_; })) return;
    }
    (void)Reload();  // it has said what is wrong
  }
}

}  // namespace vivace
