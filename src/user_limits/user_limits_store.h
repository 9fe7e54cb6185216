// UserLimitsStore: the documents in which tenants set their limits, as objects
// "overrides/<tenant>/overrides.json" of a store.
//
// A document's version is a hash of its content, checked when it is changed; version "0" stands for
// any, as with Tempo's local store. Check and change are one step among the callers of this
// process; of two processes that change a document at the same time the later one wins. Other
// processes' changes are seen at the next poll, on a thread of its own. Any thread may call; calls
// read and write the store.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "config/yaml/yaml.h"
#include "object/object_store.h"

namespace vivace {

struct UserLimitsDocument {
  std::string json;
  std::string version;
};

class UserLimitsStore {
 public:
  using Limits = std::map<std::string, YamlNode, std::less<>>;
  // Called with the documents of all tenants, at the start and whenever one has changed.
  using OnChange = std::function<void(Limits)>;

  // Both must outlive the store. Reads all documents; one that is broken is reported and counted.
  static std::unique_ptr<UserLimitsStore> Start(ObjectStore& store,
                                                std::chrono::nanoseconds poll_interval,
                                                OnChange on_change, Metrics& metrics);
  ~UserLimitsStore();

  // NOT_FOUND where the tenant has none, DATA_LOSS where it is broken.
  Result<UserLimitsDocument> Get(const std::string& tenant) const;
  // Stands for the version of a document that is not there.
  static constexpr const char* kNoDocument = "";

  // The new version; `json` is normalized and checked. FAILED_PRECONDITION where the document is
  // not at `version`.
  Result<std::string> Put(const std::string& tenant, const std::string& json,
                          const std::string& version);
  // Also where there is none. FAILED_PRECONDITION as of Put.
  Status Delete(const std::string& tenant, const std::string& version);

 private:
  UserLimitsStore(ObjectStore& store, OnChange on_change, Metrics& metrics);

  void Run(std::chrono::nanoseconds poll_interval);
  void Reload();
  void ReloadTenant(const std::string& tenant, std::map<std::string, std::string>& found);
  void NotifyChange() const;
  Status CheckVersion(const std::string& tenant, const std::string& version) const;

  ObjectStore& store_;
  const OnChange on_change_;
  Metrics& metrics_;
  std::mutex change_mutex_;                       // one change or poll at a time
  std::map<std::string, std::string> documents_;  // guarded by change_mutex_: by tenant
  std::mutex stop_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by stop_mutex_
  std::thread thread_;
};

}  // namespace vivace
