#include "config/runtime_overrides.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_context.h"
#include "base/hash/fast_hash.h"
#include "base/log.h"
#include "base/thread_name.h"

namespace vivace {
namespace {

constexpr std::chrono::milliseconds kPeriodMin{10};

}  // namespace

RuntimeOverrides::RuntimeOverrides(const LoadedConfig& loaded, OnReload on_reload, Check check)
    : loaded_(loaded),
      on_reload_(std::move(on_reload)),
      check_(std::move(check)),
      from_file_(std::make_shared<const TenantOverrides>(TenantOverrides{
          .defaults = std::make_shared<const Limits>(loaded.config.overrides.defaults)})),
      current_(from_file_) {}

Result<std::unique_ptr<RuntimeOverrides>> RuntimeOverrides::Start(const LoadedConfig& loaded,
                                                                  OnReload on_reload, Check check) {
  if (check) VIVACE_TRY(check(loaded.config.overrides.defaults));
  std::unique_ptr<RuntimeOverrides> overrides(
      new RuntimeOverrides(loaded, std::move(on_reload), std::move(check)));
  if (loaded.config.overrides.per_tenant_override_config.empty()) return overrides;
  std::promise<Status> first;
  std::future<Status> read = first.get_future();
  overrides->thread_ = std::thread([self = overrides.get(), &first] { self->Run(first); });
  if (const Status status = read.get(); !status && status.error().code != ErrorCode::kNotFound)
    return std::unexpected(status.error());
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

RuntimeOverrides::Snapshot RuntimeOverrides::WithoutUserLimits() const {
  const std::lock_guard lock(mutex_);
  return from_file_;
}

void RuntimeOverrides::SetUserLimits(std::map<std::string, YamlNode, std::less<>> limits) {
  const std::lock_guard changing(change_mutex_);
  user_limits_ = std::move(limits);
  Replace(WithoutUserLimits());
}

// `change_mutex_` must be held.
void RuntimeOverrides::Replace(Snapshot from_file) {
  Snapshot current = from_file;
  if (!user_limits_.empty()) {
    auto both = std::make_shared<TenantOverrides>(*from_file);
    if (const Status applied = ApplyUserLimits(user_limits_, check_, *both); !applied)
      LogError("cannot parse user-configurable overrides", {{"err", applied.error().message}});
    current = std::move(both);
  }
  // What is replaced may be large: it goes after the lock.
  const std::lock_guard lock(mutex_);
  from_file_.swap(from_file);
  current_.swap(current);
}

SharedLimits RuntimeOverrides::For(const std::string& tenant) const {
  return Current()->SharedFor(tenant);
}

Result<TenantOverrides> RuntimeOverrides::Parse(const Result<std::string>& text) const {
  if (!text) return std::unexpected(text.error());
  const std::string& path = loaded_.config.overrides.per_tenant_override_config;
  VIVACE_ASSIGN(TenantOverrides overrides,
                ParseTenantOverrides(*text, path, loaded_.config, loaded_.command_line));
  for (const auto& [tenant, limits] : overrides.tenants) {
    if (check_) VIVACE_TRY(WithContext(check_(*limits), "tenant " + tenant));
  }
  return overrides;
}

// A file that is as it was is not parsed again: with a hundred thousand tenants that takes seconds.
Status RuntimeOverrides::Reload() {
  const Result<std::string> text =
      ReadTextFile(loaded_.config.overrides.per_tenant_override_config);
  const std::string hash = fmt::format("{:016x}", text ? FastHash(*text) : 0);
  {
    const std::lock_guard lock(mutex_);
    if (text && hash == content_hash_) return last_reload_;
  }
  Status status = Install(Parse(text), text ? hash : "");
  if (on_reload_) on_reload_(status.has_value(), hash);
  return status;
}

// `hash` is that of the file, empty where there is none. `is_new`: whether the file is another one
// than the limits came from.
Status RuntimeOverrides::RecordReload(const Result<TenantOverrides>& read, std::string hash,
                                      bool& is_new) {
  const std::lock_guard lock(mutex_);
  content_hash_ = std::move(hash);
  if (!read) {
    // Once per problem, not once per reading.
    const bool is_new_problem =
        last_reload_ || read.error().message != last_reload_.error().message;
    // A file may come later than the server.
    const bool is_missing = read.error().code == ErrorCode::kNotFound && loaded_hash_.empty();
    if (is_new_problem)
      Log(is_missing ? LogLevel::kWarn : LogLevel::kError, "failed to load config",
          {{"config", "overrides"}, {"err", read.error().message}});
    last_reload_ = std::unexpected(read.error());
    return last_reload_;
  }
  last_reload_ = {};
  is_new = content_hash_ != loaded_hash_;  // else it was broken or gone in between
  loaded_hash_ = content_hash_;
  return {};
}

Status RuntimeOverrides::Install(Result<TenantOverrides> read, std::string hash) {
  const std::lock_guard changing(change_mutex_);
  bool is_new = false;
  VIVACE_TRY(RecordReload(read, std::move(hash), is_new));
  if (!is_new) return {};
  for (const ConfigWarning& warning : read->warnings)
    LogWarn(warning.message, {{"config", "overrides"}});
  LogInfo("tenant overrides loaded", {{"tenants", std::to_string(read->tenants.size())}});
  Replace(std::make_shared<const TenantOverrides>(*std::move(read)));
  return {};
}

// All readings are made by this thread, because memory returns most easily to the one that took it.
void RuntimeOverrides::Run(std::promise<Status>& first) {
  NameThread("overrides");
  first.set_value(Reload());
  const auto period =
      std::max<Duration>(loaded_.config.overrides.per_tenant_override_period.value, kPeriodMin);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, period, [this] { return stopping_; })) return;
    }
    (void)Reload();  // it has logged what is wrong
  }
}

}  // namespace vivace
