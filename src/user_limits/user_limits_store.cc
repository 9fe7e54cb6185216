#include "user_limits/user_limits_store.h"

#include <fmt/format.h>

#include "base/hash/murmur3.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "user_limits/user_limits.h"

namespace vivace {
namespace {

constexpr const char* kFolder = "overrides";
constexpr const char* kAnyVersion = "0";

std::string KeyOf(const std::string& tenant) {
  return fmt::format("{}/{}/overrides.json", kFolder, tenant);
}
// The same in every process and for ever, unlike FastHash.
std::string VersionOf(const std::string& json) { return fmt::format("{:016x}", Murmur3(json)[0]); }

Counter& TenantCounter(Metrics& metrics, const char* what, const std::string& tenant) {
  return metrics.GetCounter(
      fmt::format("tempo_overrides_user_configurable_overrides_{}_total", what),
      "Operations on user-configurable overrides by tenant.", {{"tenant", tenant}});
}

}  // namespace

UserLimitsStore::UserLimitsStore(ObjectStore& store, OnChange on_change, Metrics& metrics)
    : store_(store), on_change_(std::move(on_change)), metrics_(metrics) {}

std::unique_ptr<UserLimitsStore> UserLimitsStore::Start(ObjectStore& store,
                                                        std::chrono::nanoseconds poll_interval,
                                                        OnChange on_change, Metrics& metrics) {
  std::unique_ptr<UserLimitsStore> limits(
      new UserLimitsStore(store, std::move(on_change), metrics));
  limits->Reload();
  limits->thread_ = std::thread([raw = limits.get(), poll_interval] { raw->Run(poll_interval); });
  return limits;
}

UserLimitsStore::~UserLimitsStore() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void UserLimitsStore::Run(std::chrono::nanoseconds poll_interval) {
  NameThread("user-limits");
  for (;;) {
    {
      std::unique_lock lock(stop_mutex_);
      if (wake_.wait_for(lock, poll_interval, [this] { return stopping_; })) return;
    }
    Reload();
  }
}

void UserLimitsStore::Reload() {
  const std::lock_guard lock(change_mutex_);
  metrics_
      .GetCounter("tempo_overrides_user_configurable_overrides_list_total",
                  "Listings of the tenants with user-configurable overrides.")
      .Add(1);
  const Result<std::vector<std::string>> tenants = store_.List(kFolder);
  if (!tenants) {
    metrics_
        .GetCounter("tempo_overrides_user_configurable_overrides_reload_failed_total",
                    "Failed listings of user-configurable overrides.")
        .Add(1);
    return LogError("cannot list user-configurable overrides", {{"err", tenants.error().message}});
  }
  std::map<std::string, std::string> found;
  for (const std::string& tenant : *tenants) ReloadTenant(tenant, found);
  if (found == documents_) return;
  documents_ = std::move(found);
  NotifyChange();
}

// What cannot be read now stays as it was.
void UserLimitsStore::ReloadTenant(const std::string& tenant,
                                   std::map<std::string, std::string>& found) {
  TenantCounter(metrics_, "fetch", tenant).Add(1);
  Result<std::string> json = store_.Read(KeyOf(tenant));
  if (!json && json.error().code == ErrorCode::kNotFound) return;
  if (json) json = NormalizeUserLimits(*json);
  if (json) {
    found[tenant] = *std::move(json);
    return;
  }
  TenantCounter(metrics_, "fetch_failed", tenant).Add(1);
  LogError("cannot read user-configurable overrides",
           {{"tenant", tenant}, {"err", json.error().message}});
  if (const auto known = documents_.find(tenant); known != documents_.end()) found.insert(*known);
}

// `change_mutex_` must be held.
void UserLimitsStore::NotifyChange() const {
  Limits limits;
  for (const auto& [tenant, json] : documents_) {
    if (Result<YamlNode> node = ParseYaml(json)) limits.emplace(tenant, *std::move(node));
  }
  on_change_(std::move(limits));
}

Result<UserLimitsDocument> UserLimitsStore::Get(const std::string& tenant) const {
  VIVACE_ASSIGN(const std::string stored, store_.Read(KeyOf(tenant)));
  Result<std::string> json = NormalizeUserLimits(stored);
  if (!json)
    return Fail(ErrorCode::kDataLoss,
                KeyOf(tenant) + ": " + json.error().message);  // somebody else wrote it
  return UserLimitsDocument{*std::move(json), VersionOf(stored)};
}

// `change_mutex_` must be held.
Status UserLimitsStore::CheckVersion(const std::string& tenant, const std::string& version) const {
  if (version == kAnyVersion) return {};
  const Result<std::string> stored = store_.Read(KeyOf(tenant));
  if (!stored && stored.error().code != ErrorCode::kNotFound)
    return std::unexpected(stored.error());
  const std::string found = stored ? VersionOf(*stored) : kNoDocument;
  return found == version ? Status()
                          : Fail(ErrorCode::kFailedPrecondition, "version does not match");
}

Result<std::string> UserLimitsStore::Put(const std::string& tenant, const std::string& json,
                                         const std::string& version) {
  const std::lock_guard lock(change_mutex_);
  VIVACE_TRY(CheckVersion(tenant, version));
  VIVACE_TRY(store_.Write(KeyOf(tenant), json));
  documents_[tenant] = json;
  NotifyChange();
  return VersionOf(json);
}

Status UserLimitsStore::Delete(const std::string& tenant, const std::string& version) {
  const std::lock_guard lock(change_mutex_);
  const Result<std::string> stored = store_.Read(KeyOf(tenant));
  if (!stored && stored.error().code == ErrorCode::kNotFound) return {};
  VIVACE_TRY(CheckVersion(tenant, version));
  VIVACE_TRY(store_.DeleteAll(fmt::format("{}/{}", kFolder, tenant)));
  documents_.erase(tenant);
  NotifyChange();
  return {};
}

}  // namespace vivace
