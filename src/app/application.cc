#include "app/application.h"

#include <fmt/format.h>
#include <mimalloc.h>

#include <algorithm>
#include <array>
#include <map>

#include "api/http_responses.h"
#include "api/routes/streaming_as_http.h"
#include "api/routes/streaming_querier.h"
#include "app/build_info.h"
#include "app/component_options.h"
#include "app/start_checks.h"
#include "base/ascii.h"
#include "base/compression/compress.h"
#include "base/error_context.h"
#include "base/log.h"
#include "base/unix_time.h"
#include "block/format/static_columns.h"
#include "config/dump.h"
#include "ingest/wal_replay.h"
#include "object/local_store.h"
#include "object/retrying_store.h"
#include "server/grpc/grpc_health.h"

namespace vivace {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// How long shutdown waits for forwarders.
constexpr milliseconds kForwarderStopTimeout{5000};

constexpr std::chrono::seconds kAccessReloadPeriod{5};

// What an answer is expected to take at most, reserved before it is made.
constexpr size_t kAnswerBytesExpected = size_t{4} << 20;

// The columns that blocks have for single attributes.
traceql::WellKnownAttributes WellKnownTags(const BlockConfig& config) {
  traceql::WellKnownAttributes tags;
  for (const std::string_view name : kStaticResourceNames) tags.emplace(name, ValueKind::kString);
  for (const std::string_view name : kStaticSpanNames) tags.emplace(name, ValueKind::kString);
  tags[std::string(kStaticSpanNames.back())] = ValueKind::kInt;
  for (const DedicatedColumnConfig& column : config.parquet_dedicated_columns) {
    if (column.type == "string")
      tags.emplace(column.name, ValueKind::kString);  // vParquet4 has no others
  }
  return tags;
}

std::vector<std::pair<traceql::Scope, std::string>> StaticColumns() {
  std::vector<std::pair<traceql::Scope, std::string>> columns;
  for (const std::string_view name : kStaticResourceNames)
    columns.emplace_back(traceql::Scope::kResource, name);
  for (const std::string_view name : kStaticSpanNames)
    columns.emplace_back(traceql::Scope::kSpan, name);
  return columns;
}

// What a streamed query asks for, as the audit log shows queries.
std::string QueryTextOf(const RpcRequest& request) {
  const auto as_http = StreamedAsHttp(request.method, request.message);
  return as_http ? as_http->query : "";
}

std::string AddressOf(const ListenOptions& options, uint16_t port) {
  return fmt::format("{}:{}", options.address.empty() ? "0.0.0.0" : options.address, port);
}

}  // namespace

Application::Application(LoadedConfig config)
    : loaded_(std::move(config)),
      config_(loaded_.config),
      receiver_metrics_(metrics_, config_.vivace.seed_metric_aliases),
      request_metrics_(metrics_, config_.query_frontend, config_.vivace.seed_metric_aliases) {}

Application::~Application() { Stop(); }

Status Application::Start() {
  VIVACE_TRY(CheckStart(config_));
  const BuildInfo build = ThisBuild();
  AddBuildMetrics(build);
  VIVACE_TRY(StartOverrides());
  VIVACE_TRY(StartStorage());
  VIVACE_TRY(StartAccess());
  VIVACE_TRY(StartLimits());
  Counter& handshake_failures =
      metrics_.GetCounter("vivace_tls_handshake_failures_total",
                          "Connections whose TLS handshake failed, on any port.");
  server_ = std::make_unique<Server>(
      ServerOptions{.on_handshake_failure = [&handshake_failures] { handshake_failures.Add(1); }});
  queries_ = std::make_unique<QueryScheduler>(QuerySchedulerOptionsOf(config_));
  VIVACE_TRY(StartApi());
  VIVACE_TRY(StartReceivers());
  running_ = true;
  LogInfo("Vivace started", {{"version", build.own_version},
                             {"revision", build.revision},
                             {"target", config_.target},
                             {"memory", fmt::to_string(MemoryLimit(config_))}});
  return {};
}

void Application::AddBuildMetrics(const BuildInfo& build) {
  const auto add = [&](const char* name, const char* help, const std::string& version) {
    metrics_
        .GetGauge(name, help,
                  {{"version", version},
                   {"revision", build.revision},
                   {"branch", build.branch},
                   {"goversion", ""}})
        .Set(1);
  };
  add("tempo_build_info", "The version of Tempo that this server is compatible with.",
      build.version);
  add("vivace_build_info", "Build information of the running server.", build.own_version);
}

Status Application::StartOverrides() {
  Gauge& succeeded = metrics_.GetGauge("tempo_runtime_config_last_reload_successful",
                                       "Whether the last reload of the overrides file succeeded.",
                                       {{"config", "overrides"}});
  succeeded.Set(1);
  const auto on_reload = [&succeeded](bool good, const std::string& /*hash*/) {
    succeeded.Set(good ? 1 : 0);
    mi_collect(
        true);  // reading the limits of many tenants takes several times the memory that they keep
  };
  const auto check = [this](const Limits& limits) { return CheckLimitsOf(limits, config_); };
  VIVACE_ASSIGN(overrides_, WithContext(RuntimeOverrides::Start(loaded_, on_reload, check),
                                        "overrides.per_tenant_override_config"));
  return {};
}

Status Application::StartStorage() {
  VIVACE_ASSIGN(store_, WithContext(LocalStore::Open(files_, config_.storage.local.path),
                                    "storage.trace.local.path"));
  blocks_ = std::make_unique<RetryingStore>(*store_);
  catalog_ = std::make_unique<BlockCatalog>(*blocks_, metrics_);
  if (!config_.multitenancy_enabled) {  // 0 before the first error
    BlockCatalog::DamagedReads(metrics_, std::string(kSingleTenant));
    ReplayErrors(metrics_, std::string(kSingleTenant));
  }
  VIVACE_ASSIGN(IngesterOptions options, IngesterOptionsOf(config_));
  options.overrides = [this] { return overrides_->Current(); };
  Counter* blocks_alias =
      config_.vivace.seed_metric_aliases
          ? &metrics_.GetCounter("tempo_ingester_blocks_total", "Blocks written.")
          : nullptr;
  const auto on_block = [this, blocks_alias](const BlockMeta& meta) {
    catalog_->Add(meta);
    if (blocks_alias != nullptr) blocks_alias->Add(1);
  };
  VIVACE_ASSIGN(ingester_, WithContext(Ingester::Start(std::move(options), files_, *store_,
                                                       metrics_, on_block),
                                       "storage.trace.wal.path"));
  VIVACE_TRY(catalog_->Start(config_.storage.blocklist_poll));
  LogInfo("data is kept in",
          {{"blocks", config_.storage.local.path}, {"wal", config_.storage.wal.path}});
  query_memory_ = std::make_unique<MemoryBudget>(QueryMemoryMax(config_));
  const auto trace_bytes_max = [this](const std::string& tenant) {
    return static_cast<uint64_t>(
        std::max<int64_t>(overrides_->For(tenant)->max_bytes_per_trace, 0));
  };
  finder_ =
      std::make_unique<TraceFinder>(*ingester_, *catalog_, trace_bytes_max, query_memory_.get());
  return {};
}

Status Application::StartAccess() {
  const VivaceConfig& own = config_.vivace;
  VIVACE_ASSIGN(const TrustedProxies proxies, TrustedProxies::Parse(own.trusted_proxies));
  if (!own.access_file.empty()) {
    VIVACE_ASSIGN(authenticator_,
                  WithContext(Authenticator::Start(own.access_file, kAccessReloadPeriod, proxies),
                              "vivace.access_file"));
  }
  if (!own.audit_log.empty()) {
    VIVACE_ASSIGN(audit_, AuditLog::Open(files_, {own.audit_log, own.audit_log_max_bytes,
                                                  static_cast<int>(own.audit_log_max_files)}));
  }
  guard_ = std::make_unique<Guard>(GuardOptions{
      authenticator_.get(), audit_.get(), config_.multitenancy_enabled,
      ToLowerAscii(own.tenant_header), proxies, authenticator_ ? RefusedRequests() : nullptr});
  return {};
}

// Counts requests that access control refuses. All series are there from the start, so that alerts
// see the first one.
std::function<void(Refusal)> Application::RefusedRequests() {
  std::array<Counter*, std::size(kRefusals)> counters{};
  for (const Refusal refusal : kRefusals)
    counters[static_cast<size_t>(refusal)] =
        &metrics_.GetCounter("vivace_access_refusals_total", "Requests refused by access control.",
                             {{"reason", RefusalName(refusal)}});
  return [counters](Refusal refusal) { counters[static_cast<size_t>(refusal)]->Add(1); };
}

Status Application::StartLimits() {
  VIVACE_TRY(StartUserLimits());
  VIVACE_TRY(StartForwarding());
  delays_ = std::make_unique<DelayQueue>();
  admission_ = std::make_unique<Admission>(
      AdmissionOptions{
          .overrides = [this] { return overrides_->Current(); },
          .trace_idle_period = config_.ingester.trace_idle_period,
          .retry_after = duration_cast<std::chrono::seconds>(
              config_.distributor.retry_after_on_resource_exhausted),
          .on_refused =
              [this](const PushContext& context, RefusalReason reason, uint64_t spans) {
                receiver_metrics_.OnRefused(context, reason, spans);
              },
          .on_refused_undecoded =
              [this](const PushContext& context) { receiver_metrics_.OnRefusedUndecoded(context); },
          .on_sampled_out = [this](
                                const PushContext& context,
                                uint64_t spans) { receiver_metrics_.OnSampledOut(context, spans); },
          .log_received = config_.distributor.log_received_spans,
          .log_discarded = config_.distributor.log_discarded_spans,
          .artificial_delay = config_.distributor.artificial_delay,
          .call_at = [this](
                         auto due,
                         std::function<void()> answer) { delays_->CallAt(due, std::move(answer)); },
          .on_delayed = [this](const PushContext& context,
                               double seconds) { receiver_metrics_.OnDelayed(context, seconds); }},
      forwarding_ ? static_cast<SpanSink&>(*forwarding_) : *ingester_);
  return {};
}

Status Application::StartUserLimits() {
  const UserOverridesConfig& user = config_.overrides.user_configurable;
  if (!user.enabled) return {};
  VIVACE_ASSIGN(user_limits_objects_, LocalStore::Open(files_, user.local_path));
  user_limits_ = UserLimitsStore::Start(
      *user_limits_objects_, std::max<Duration>(user.poll_interval, milliseconds(10)),
      [this](auto limits) { overrides_->SetUserLimits(std::move(limits)); }, metrics_);
  return {};
}

void Application::AddUserOverrides() {
  std::set<std::string> forwarders;
  for (const ForwarderConfig& forwarder : config_.distributor.forwarders)
    forwarders.insert(forwarder.name);
  AddUserOverridesRoutes(
      {.store = *user_limits_,
       .forwarders = std::move(forwarders),
       .merged = [this](const std::string& tenant) { return *overrides_->For(tenant); },
       .runtime =
           [this](const std::string& tenant) {
             return overrides_->WithoutUserLimits()->For(tenant);
           },
       .check_conflicts =
           config_.overrides.user_configurable.check_for_conflicting_runtime_overrides},
      *router_);
}

Status Application::StartForwarding() {
  if (config_.distributor.forwarders.empty()) return {};
  const auto names = [this](const std::string& tenant) {
    return overrides_->For(tenant)->forwarders;
  };
  VIVACE_ASSIGN(forwarding_,
                ForwardingSink::Make(config_.distributor.forwarders, names, metrics_, *ingester_));
  return {};
}

Status Application::StartReceivers() {
  receivers_ = std::make_unique<Receivers>(
      ReceiverOptions{.multitenancy = config_.multitenancy_enabled,
                      .on_decoded =
                          [this](const PushContext& context, uint64_t spans,
                                 const RejectedSpans& rejected, uint64_t truncated) {
                            receiver_metrics_.OnDecoded(context, spans, rejected, truncated);
                          },
                      .on_pushed =
                          [this](const PushContext& context, uint64_t accepted, uint64_t refused,
                                 double seconds) {
                            receiver_metrics_.OnPushed(context, accepted, refused, seconds);
                          },
                      .attribute_bytes_max =
                          [this](const std::string& tenant) {
                            const int64_t own =
                                overrides_->For(tenant)->ingestion.max_attribute_bytes;
                            return static_cast<size_t>(std::max<int64_t>(
                                own > 0 ? own : config_.distributor.max_attribute_bytes, 0));
                          }},
      *guard_, *admission_);
  for (const Receiver& receiver : config_.distributor.receivers)
    VIVACE_TRY(receivers_->Listen(receiver, *server_));
  return {};
}

Status Application::StartApi() {
  router_ = std::make_unique<Router>(
      RouterOptions{.http_path_prefix = config_.server.http_path_prefix,
                    .http_api_prefix = config_.http_api_prefix,
                    .multitenancy = config_.multitenancy_enabled,
                    .multi_tenant_queries = config_.query_frontend.multi_tenant_queries_enabled,
                    .compress = Compress,
                    .on_response = [this](std::string_view method, std::string_view route,
                                          int status, double seconds) {
                      request_metrics_.OnResponse(method, route, status, seconds);
                    }});
  VIVACE_ASSIGN(deny_list_, UrlDenyList::Make(config_.query_frontend.url_deny_list));
  AddRoutes();
  grpc_service_ = std::make_unique<GrpcService>();
  GrpcService& service = *grpc_service_;
  AddHealth(
      [this](std::string_view) {
        return running_ && !is_leaving_ ? Health::kServing : Health::kNotServing;
      },
      service);
  const StreamingQuerierOptions streaming{
      .multitenancy = config_.multitenancy_enabled,
      .multi_tenant_queries = config_.query_frontend.multi_tenant_queries_enabled,
      .reason_against =
          [this](const HttpRequest& as_http) { return deny_list_.ReasonAgainst(as_http); },
      .post = [this](QueryJob job) { return queries_->Post(std::move(job)); }};
  for (auto& [method, handler] : StreamingQuerierMethods(*query_context_, streaming)) {
    service.AddStream(method, guard_->Audited(std::move(handler), kReadTenants, QueryTextOf),
                      GrpcMessageLimitsOf(config_.server), guard_->JudgeOf(kReadTenants));
  }
  VIVACE_ASSIGN(const ListenOptions http, HttpListenOptionsOf(config_));
  VIVACE_ASSIGN(const ListenOptions grpc, GrpcListenOptionsOf(config_));
  VIVACE_ASSIGN(const uint16_t http_port, WithContext(server_->Listen(http, ApiService(), &service),
                                                      "server.http_listen_port"));
  VIVACE_ASSIGN(const uint16_t grpc_port,
                WithContext(server_->Listen(grpc, nullptr, &service), "server.grpc_listen_port"));
  LogInfo("API started", {{"http", AddressOf(http, http_port)},
                          {"grpc", AddressOf(grpc, grpc_port)},
                          {"http_tls", http.tls ? "true" : "false"},
                          {"grpc_tls", grpc.tls ? "true" : "false"}});
  if (http.tls.has_value() != grpc.tls.has_value())
    LogWarn("one of the API's two ports has TLS, and the same can be asked at the other without",
            {{"without_tls", http.tls ? "server.grpc_tls_config" : "server.http_tls_config"}});
  return {};
}

// The route is found once, by the head: guard, deny list, pool and router all go by it.
HttpService Application::ApiService() {
  return {.judge =
              [this](HttpRequest& head, HttpVerdict verdict) {
                const auto match = router_->Match(head);
                head.context = match;
                guard_->Judge(head, match->access, std::move(verdict));
              },
          .handle =
              [this](HttpRequest request, HttpResponder respond) {
                HandleApi(std::move(request), std::move(respond));
              }};
}

void Application::HandleApi(HttpRequest request, HttpResponder respond) {
  const auto& match = static_cast<const RouteMatch&>(*request.context);
  respond = guard_->Audited(request, match.access, std::move(respond));
  if (match.pool() == RoutePool::kConnection || request.path_was_cleaned)
    return router_->Handle(std::move(request), std::move(respond));
  if (auto refusal = deny_list_.RefusalFor(request)) return respond(*std::move(refusal));
  RunQuery(std::make_shared<HttpRequest>(std::move(request)), match.pool(), respond);
}

// Queries read files: they wait for their tenant's turn, and for room for their answers.
void Application::RunQuery(const std::shared_ptr<HttpRequest>& request, RoutePool pool,
                           const HttpResponder& respond) {
  QueryJob job{
      .tenant = QueueOf(config_.multitenancy_enabled, FindHeader(request->headers, kTenantHeader)),
      .lane = pool == RoutePool::kLookup ? QueryLane::kLookup : QueryLane::kScan,
      .bytes = request->query.size() + request->body.size(),
      .cancel_token = request->cancel_token,
      .run = {},
      .drop = [respond] {
        respond(QueryErrorResponse({ErrorCode::kCancelled, {}}));
      }};
  job.run = [this, request, pool, respond] {
    auto grant = AnswerRoom::Grant::kGranted;
    if (request->answer_room)
      grant = request->answer_room->Reserve(kAnswerBytesExpected, [this, request, pool, respond] {
        RunQuery(request, pool, respond);
      });
    if (grant == AnswerRoom::Grant::kGranted)
      router_->Handle(std::move(*request), respond);
    else if (grant == AnswerRoom::Grant::kRefused)
      respond(FrontendErrorResponse(503, "memory limit for answers reached, try again"));
  };
  if (!queries_->Post(std::move(job))) respond(FrontendErrorResponse(429, "job queue full"));
}

void Application::AddRoutes() {
  AddReadyRoute({.is_stopping = [this] { return is_leaving_.load(); },
                 .services = [this] { return Services(); },
                 .not_ready_reason = [this] { return NotReadyReason(); }},
                *router_);
  if (config_.server.register_instrumentation) AddMetricsRoute(metrics_, *router_);
  const auto config_text = [this](const std::string& mode) -> Result<std::string> {
    VIVACE_ASSIGN(const DumpMode dump, ParseDumpMode(mode));
    return DumpConfig(loaded_, dump);
  };
  const auto runtime_config = [this](const std::string& mode) -> Result<std::string> {
    VIVACE_ASSIGN(const DumpMode dump, ParseDumpMode(mode));
    return DumpOverrides(*overrides_->WithoutUserLimits(), dump) +
           (user_limits_ ? DumpUserLimits(*overrides_->Current()) : "");
  };
  AddBuildInfoRoute(ThisBuild(), *router_);
  AddEchoRoute(*router_);
  AddStatusRoutes({.build = ThisBuild(),
                   .services = [this] { return Services(); },
                   .config = config_text,
                   .runtime_config = runtime_config,
                   .target = config_.target},
                  *router_);
  AddOverridesRoutes({.reasons = {"rate", "live traces", "trace size"},
                      .tenants = [this] { return KnownTenants(); },
                      .limits = [this](const std::string& tenant) { return LimitsPageOf(tenant); }},
                     *router_);
  AddQueryRoutes();
  if (user_limits_) AddUserOverrides();
  AddFlushRoute(
      [this](std::string tenant, std::function<void(Status)> done) {
        ingester_->Flush(tenant.empty() ? std::nullopt : std::optional(tenant), std::move(done));
      },
      *router_);
  AddShutdownRoute([this] { shutdown_requested_ = true; }, *router_);
}

void Application::AddQueryRoutes() {
  const auto observe = [this](const QueryOutcome& outcome) {
    queries_->Charge(outcome.tenant, outcome.inspected_bytes);
    request_metrics_.OnQuery(outcome);
  };
  kept_parts_ = std::make_unique<PartCache>(KeptPartsMax(config_));
  query_context_ = std::make_unique<QueryContext>(QueryContext{
      .ingester = *ingester_,
      .catalog = *catalog_,
      .config = config_.query_frontend,
      .limits = [this](const std::string& tenant) { return overrides_->For(tenant)->read; },
      .now_unix_nanos = NowUnixNanos,
      .memory = query_memory_.get(),
      .timeouts = {config_.querier.search_query_timeout, config_.query_frontend.api_timeout},
      .well_known_tags = WellKnownTags(config_.storage.block),
      .static_columns = StaticColumns(),
      .observer = observe,
      .tasks =
          [this](const std::vector<std::string>& tenants) {
            return OrderedTasksOptions{.helpers = queries_->HelpersFor(QueueOf(tenants))};
          },
      .kept_parts = kept_parts_.get()});
  AddTraceByIdRoutes(
      *finder_, {config_.querier.trace_by_id_query_timeout, config_.query_frontend.api_timeout},
      *router_, observe);
  AddSearchRoute(*query_context_, *router_);
  AddSearchTagsRoutes(*query_context_, *router_);
  AddSearchTagValuesRoutes(*query_context_, *router_);
  AddMetricsQueryRangeRoute(*query_context_, *router_);
  AddMetricsQueryRoute(*query_context_, *router_);
  AddMetricsSummaryRoute(*query_context_, *router_);
}

std::vector<OverridesPages::Tenant> Application::KnownTenants() const {
  std::map<std::string, OverridesPages::Tenant> known;
  const auto entry = [&](const std::string& name) -> OverridesPages::Tenant& {
    OverridesPages::Tenant& tenant = known[name];
    tenant.name = name;
    tenant.refused_spans.resize(kRefusalReasons);
    return tenant;
  };
  for (const auto& [tenant, limits] : overrides_->WithoutUserLimits()->tenants)
    entry(tenant).has_runtime_limits = true;
  for (const auto& [tenant, limits] : overrides_->Current()->user_limits)
    entry(tenant).has_user_limits = true;
  for (const Admission::TenantState& state : admission_->Tenants()) {
    OverridesPages::Tenant& tenant = entry(state.tenant);
    tenant.live_traces = state.live_traces;
    tenant.refused_spans = {state.refused_spans.begin(), state.refused_spans.end()};
  }
  const bool has_wildcard = overrides_->WithoutUserLimits()->tenants.contains("*");
  std::vector<OverridesPages::Tenant> tenants;
  for (auto& [name, tenant] : known) {
    tenant.has_wildcard_limits = has_wildcard;
    tenants.push_back(std::move(tenant));
  }
  return tenants;
}

OverridesPages::TenantLimits Application::LimitsPageOf(const std::string& tenant) const {
  const auto runtime = overrides_->WithoutUserLimits();
  const auto merged = overrides_->Current();
  const auto user = merged->user_limits.find(tenant);
  return {.merged = DumpLimits(merged->For(tenant)),
          .runtime = DumpLimits(runtime->For(tenant)),
          .user = user == merged->user_limits.end() ? "" : WriteYaml(user->second),
          .source = runtime->tenants.contains(tenant) ? tenant
                    : runtime->tenants.contains("*")  ? "*"
                                                      : "default overrides"};
}

std::optional<std::string> Application::NotReadyReason() const {
  if (const Status status = ingester_->Ready(); !status) {
    return fmt::format("Ingester not ready: ingester check ready failed: {}",
                       status.error().message);
  }
  return std::nullopt;
}

std::vector<ServiceState> Application::Services() const {
  const char* state = stopping_ ? "Stopping" : running_ ? "Running" : "Starting";
  std::vector<ServiceState> services;
  for (const char* name :
       {"distributor", "ingester", "querier", "query-frontend", "server", "store"})
    services.push_back({name, state, ""});
  return services;
}

void Application::Stop() {
  is_leaving_ = true;
  if (stopping_.exchange(true)) return;
  const auto limit = duration_cast<milliseconds>(config_.server.graceful_shutdown_timeout);
  if (delays_) delays_->Stop();
  if (server_) server_->Stop(std::min(limit, milliseconds(5000)));
  if (receivers_) receivers_->Stop();
  authenticator_.reset();  // its pending checks must not use what is stopped below
  if (queries_) queries_->Stop();
  if (ingester_) ingester_->Stop(shutdown_requested_);
  if (forwarding_) forwarding_->Stop(kForwarderStopTimeout);
  if (catalog_) catalog_->Stop();
  if (running_) LogInfo("Vivace stopped");
}

}  // namespace vivace
