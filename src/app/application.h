// Application: builds the components of one process from its configuration, starts them and stops
// them in order.
//
// Owned by main, on its thread. Everything is constructed here and handed down; there are no
// globals.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/guard.h"
#include "api/query_context.h"
#include "api/router.h"
#include "api/routes/routes.h"
#include "api/url_deny_list.h"
#include "app/receiver_metrics.h"
#include "app/receivers.h"
#include "app/request_metrics.h"
#include "base/delay_queue.h"
#include "base/metrics.h"
#include "base/posix_file_system.h"
#include "config/load.h"
#include "config/runtime_overrides.h"
#include "forward/forwarding_sink.h"
#include "ingest/ingester.h"
#include "object/object_store.h"
#include "query/block_catalog.h"
#include "query/query_scheduler.h"
#include "query/trace_finder.h"
#include "receive/admission/admission.h"
#include "server/server.h"
#include "user_limits/user_limits_store.h"

namespace vivace {

class Application {
 public:
  explicit Application(LoadedConfig config);
  ~Application();

  // Opens storage, replays the WAL and listens. An error names what could not be started.
  Status Start();
  // Whether /shutdown was called.
  bool shutdown_requested() const { return shutdown_requested_.load(); }
  // /ready says from now on that the server is about to stop, while it goes on serving.
  void AnnounceStop() { is_leaving_ = true; }
  // Stops listening, commits pending batches and joins all threads, within
  // graceful_shutdown_timeout.
  void Stop();

 private:
  Status StartOverrides();
  void AddBuildMetrics(const BuildInfo& build);
  Status StartStorage();
  Status StartAccess();
  std::function<void(Refusal)> RefusedRequests();
  Status StartLimits();
  Status StartUserLimits();
  Status StartForwarding();
  Status StartReceivers();
  Status StartApi();
  void AddRoutes();
  void AddQueryRoutes();
  void AddUserOverrides();
  HttpService ApiService();
  void HandleApi(HttpRequest request, HttpResponder respond);
  void RunQuery(const std::shared_ptr<HttpRequest>& request, RoutePool pool,
                const HttpResponder& respond);
  std::vector<OverridesPages::Tenant> KnownTenants() const;
  OverridesPages::TenantLimits LimitsPageOf(const std::string& tenant) const;
  std::optional<std::string> NotReadyReason() const;
  std::vector<ServiceState> Services() const;

  const LoadedConfig loaded_;
  const Config& config_;
  PosixFileSystem files_;
  Metrics metrics_;
  ReceiverMetrics receiver_metrics_;
  RequestMetrics request_metrics_;
  std::unique_ptr<RuntimeOverrides> overrides_;
  std::unique_ptr<ObjectStore> store_;
  std::unique_ptr<ObjectStore> blocks_;  // store_, as queries read it
  std::unique_ptr<MemoryBudget> query_memory_;
  std::unique_ptr<BlockCatalog> catalog_;
  std::unique_ptr<Ingester> ingester_;
  std::unique_ptr<ObjectStore> user_limits_objects_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<UserLimitsStore> user_limits_;  // null where tenants may not set any
  std::unique_ptr<ForwardingSink> forwarding_;    // null where none is configured
  std::unique_ptr<DelayQueue> delays_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<TraceFinder> finder_;
  std::unique_ptr<QueryContext> query_context_;
  std::unique_ptr<Receivers> receivers_;
  std::unique_ptr<GrpcService> grpc_service_;
  std::unique_ptr<Router> router_;
  UrlDenyList deny_list_;
  std::unique_ptr<QueryScheduler> queries_;
  std::unique_ptr<PartCache> kept_parts_;
  std::unique_ptr<Server> server_;
  std::atomic<bool> running_{false};
  std::atomic<bool> is_leaving_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> shutdown_requested_{false};
};

}  // namespace vivace
