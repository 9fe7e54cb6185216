// RuntimeOverrides: the limits of all tenants as they are now: the per-tenant file, read again
// while the server runs.
//
// The file is read every per_tenant_override_period on a thread of its own. One that is broken or
// gone changes nothing but a metric and a line in the log. Where it is missing at start the
// defaults hold until it appears; a broken one is then an error. Any thread may ask, and never
// waits for a change that is being read; what it gets stays as it is for as long as it is held.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "config/tenant_overrides.h"

namespace vivace {

class RuntimeOverrides {
 public:
  using Snapshot = std::shared_ptr<const TenantOverrides>;
  // Called whenever the file has changed, with whether it is valid and the hash of its content.
  using OnReload = std::function<void(bool is_good, const std::string& hash)>;

  // Checks what this layer cannot: whether the queries in limits are valid. Called for the limits
  // of each tenant, from the file and as changed by what tenants have set.
  using Check = std::function<Status(const Limits& limits)>;

  // Limits that do not pass `check` are an error like any other of the file.
  static Result<std::unique_ptr<RuntimeOverrides>> Start(const LoadedConfig& loaded,
                                                         OnReload on_reload = nullptr,
                                                         Check check = nullptr);
  ~RuntimeOverrides();

  Snapshot Current() const;
  // The tenant's limits as they are now.
  SharedLimits For(const std::string& tenant) const;

  // The same without what tenants have set themselves.
  Snapshot WithoutUserLimits() const;
  // What tenants have set themselves from now on, by tenant (see ApplyUserLimits). What cannot be
  // read is logged and left out.
  void SetUserLimits(std::map<std::string, YamlNode, std::less<>> limits);

  // Reads the file now. On error the limits stay as they were.
  Status Reload();

 private:
  RuntimeOverrides(const LoadedConfig& loaded, OnReload on_reload, Check check);
  Result<TenantOverrides> Parse(const Result<std::string>& text) const;
  Status Install(Result<TenantOverrides> read, std::string hash);
  Status RecordReload(const Result<TenantOverrides>& read, std::string hash, bool& is_new);
  void Run(std::promise<Status>& first);
  void Replace(Snapshot from_file);

  const LoadedConfig& loaded_;
  const OnReload on_reload_;
  const Check check_;

  // Held while limits are changed, from reading to replacing, which takes seconds with many
  // tenants; taken before mutex_, which is held for moments only, because ingest needs it.
  std::mutex change_mutex_;
  std::map<std::string, YamlNode, std::less<>> user_limits_;  // guarded by change_mutex_
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Snapshot from_file_;        // guarded by mutex_, changed with both
  Snapshot current_;          // guarded by mutex_, changed with both: with what tenants have set
  std::string content_hash_;  // guarded by mutex_: of the file when it was last read
  std::string loaded_hash_;   // guarded by mutex_: of the file that from_file_ came from
  Status last_reload_;        // guarded by mutex_: how that went
  bool stopping_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace vivace
