#include "query/query_scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/tenant.h"
#include "base/thread_name.h"
#include "base/unix_time.h"

namespace vivace {
namespace {

// What a query costs of which nothing is known yet.
constexpr uint64_t kFirstCost = 1 << 20;
// A query's part in what is expected of the tenant's next one.
constexpr uint64_t kCostDecay = 4;
// Tenants that do nothing are remembered up to this number, for what they have had.
constexpr size_t kIdleTenantsMax = 10'000;

uint64_t ThreadCpuNanos() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanosPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

constexpr size_t IndexOf(QueryLane lane) { return static_cast<size_t>(lane); }

size_t LookupThreads(size_t threads) { return threads < 2 ? 0 : std::max<size_t>(1, threads / 4); }

struct WaitingQuery {
  uint64_t id = 0;
  QueryJob job;
};
using QueryQueue = std::list<WaitingQuery>;

struct QueryTenant {
  std::string name;
  std::array<QueryQueue, kQueryLanes> waiting;
  uint64_t work = 0;  // that it has had, level with the others' when it came back
  uint64_t expected_cost = kFirstCost;
  size_t running = 0;
  size_t running_scans = 0;

  // Of queries.
  size_t waiting_count() const {
    return waiting[IndexOf(QueryLane::kLookup)].size() + waiting[IndexOf(QueryLane::kScan)].size();
  }
  bool is_idle() const {
    return running == 0 && waiting_count() == 0 && waiting[IndexOf(QueryLane::kHelp)].empty();
  }
};

struct LessWork {
  bool operator()(const QueryTenant* a, const QueryTenant* b) const {
    return a->work != b->work ? a->work < b->work : a->name < b->name;
  }
};

}  // namespace

// All of it is guarded by the mutex.
struct QueryScheduler::State {
  // A query that was chosen.
  struct Chosen {
    QueryJob job;
    QueryTenant* tenant;
    uint64_t charged;  // in advance
  };
  // Where a query waits.
  struct Place {
    QueryTenant* tenant;
    QueryLane lane;
    QueryQueue::iterator position;
  };

  explicit State(const QuerySchedulerOptions& scheduler_options)
      : options(scheduler_options),
        scan_threads(options.threads - LookupThreads(options.threads)),
        reserved_scans(scan_threads < 2 ? 0 : std::max<size_t>(1, scan_threads / 4)) {}

  std::string BusiestOf(const std::string& names) const;
  QueryTenant& TenantOf(const std::string& name);
  // Takes the mutex itself.
  std::optional<uint64_t> Post(QueryJob job);
  std::optional<uint64_t> Add(QueryJob job);
  std::optional<QueryJob> Take(uint64_t id);
  QueryJob Remove(const Place& place);
  std::optional<Chosen> ChooseFrom(QueryLane lane, bool on_scan_thread);
  std::optional<Chosen> Choose(bool is_for_lookups);
  void End(const Chosen& chosen, bool on_scan_thread, uint64_t cost);
  void SetWork(QueryTenant& tenant, uint64_t work);
  void ForgetIdle();

  const QuerySchedulerOptions options;
  const size_t scan_threads;
  const size_t reserved_scans;  // threads for tenants that run no scan

  std::mutex mutex;
  std::condition_variable lookup_wake, scan_wake;
  bool stopping = false;
  bool lookup_was_last = false;  // of a single thread
  std::map<std::string, QueryTenant> tenants;
  std::array<std::set<QueryTenant*, LessWork>, kQueryLanes> order;  // tenants with waiting queries
  std::unordered_map<uint64_t, Place> places;                       // of all that wait, by id
  uint64_t next_id = 1;
  uint64_t level = 0;  // the work of the tenant that was chosen last
  size_t waiting_bytes = 0;
  size_t busy_scan_threads = 0;
};

// The tenant to whom a query of several is charged: the one that has had most. Naming others beside
// him costs nothing, so it must not earn a place of its own.
std::string QueryScheduler::State::BusiestOf(const std::string& names) const {
  std::string busiest = names.substr(0, names.find('|'));
  std::optional<uint64_t> most;
  for (size_t begin = 0; begin <= names.size();) {
    const size_t end = std::min(names.find('|', begin), names.size());
    const auto found = tenants.find(names.substr(begin, end - begin));
    begin = end + 1;
    if (found == tenants.end()) continue;
    const uint64_t work = std::max(found->second.work, level);
    if (most && *most >= work) continue;
    most = work;
    busiest = found->first;
  }
  return busiest;
}

QueryTenant& QueryScheduler::State::TenantOf(const std::string& name) {
  const auto [found, is_new] = tenants.try_emplace(name);
  QueryTenant& tenant = found->second;
  if (is_new) tenant.name = name;
  if (tenant.is_idle()) tenant.work = std::max(tenant.work, level);
  return tenant;
}

std::optional<uint64_t> QueryScheduler::State::Add(QueryJob job) {
  if (stopping || places.size() >= options.waiting_max ||
      waiting_bytes + job.bytes > options.waiting_bytes_max)
    return std::nullopt;
  QueryTenant& tenant = TenantOf(BusiestOf(job.tenant));
  const QueryLane lane = job.lane;
  if (lane != QueryLane::kHelp && tenant.waiting_count() >= options.waiting_max_per_tenant)
    return std::nullopt;
  QueryQueue& queue = tenant.waiting[IndexOf(lane)];
  waiting_bytes += job.bytes;
  queue.push_back({next_id, std::move(job)});
  order[IndexOf(lane)].insert(&tenant);
  places.emplace(next_id, Place{&tenant, lane, std::prev(queue.end())});
  return next_id++;
}

QueryJob QueryScheduler::State::Remove(const Place& place) {
  QueryQueue& queue = place.tenant->waiting[IndexOf(place.lane)];
  QueryJob job = std::move(place.position->job);
  waiting_bytes -= job.bytes;
  places.erase(place.position->id);
  queue.erase(place.position);
  if (queue.empty()) order[IndexOf(place.lane)].erase(place.tenant);
  return job;
}

std::optional<QueryJob> QueryScheduler::State::Take(uint64_t id) {
  const auto found = places.find(id);
  if (found == places.end()) return std::nullopt;
  const Place place = found->second;
  return Remove(place);
}

std::optional<QueryScheduler::State::Chosen> QueryScheduler::State::ChooseFrom(
    QueryLane lane, bool on_scan_thread) {
  const bool only_reserved = lane != QueryLane::kLookup && reserved_scans > 0 &&
                             busy_scan_threads + reserved_scans >= scan_threads;
  auto& candidates = order[IndexOf(lane)];
  // At most as many tenants are passed over as there are threads.
  const auto chosen = std::ranges::find_if(candidates, [&](const QueryTenant* tenant) {
    return !only_reserved || tenant->running_scans == 0;
  });
  if (chosen == candidates.end()) return std::nullopt;
  QueryTenant& tenant = **chosen;
  QueryQueue& queue = tenant.waiting[IndexOf(lane)];
  QueryJob job = Remove({&tenant, lane, queue.begin()});
  level = std::max(level, tenant.work);
  ++tenant.running;
  tenant.running_scans += lane == QueryLane::kLookup ? 0 : 1;
  busy_scan_threads += on_scan_thread ? 1 : 0;
  const uint64_t expected_cost = lane == QueryLane::kHelp ? 0 : tenant.expected_cost;
  SetWork(tenant, tenant.work + expected_cost);
  return Chosen{std::move(job), &tenant, expected_cost};
}

// Threads for lookups take nothing else; the others take lookups where no scan may start, and help
// where there is neither.
std::optional<QueryScheduler::State::Chosen> QueryScheduler::State::Choose(bool is_for_lookups) {
  if (is_for_lookups) return ChooseFrom(QueryLane::kLookup, false);
  // A single thread takes both in turn.
  const bool lookup_first = LookupThreads(options.threads) == 0 && !lookup_was_last;
  const QueryLane first = lookup_first ? QueryLane::kLookup : QueryLane::kScan;
  const QueryLane second = lookup_first ? QueryLane::kScan : QueryLane::kLookup;
  std::optional<Chosen> chosen = ChooseFrom(first, true);
  if (!chosen.has_value()) chosen = ChooseFrom(second, true);
  if (!chosen.has_value()) return ChooseFrom(QueryLane::kHelp, true);
  if (chosen.has_value()) lookup_was_last = chosen->job.lane == QueryLane::kLookup;
  return chosen;
}

void QueryScheduler::State::End(const Chosen& chosen, bool on_scan_thread, uint64_t cost) {
  QueryTenant& tenant = *chosen.tenant;
  --tenant.running;
  tenant.running_scans -= chosen.job.lane == QueryLane::kLookup ? 0 : 1;
  busy_scan_threads -= on_scan_thread ? 1 : 0;
  if (chosen.job.lane != QueryLane::kHelp)
    tenant.expected_cost += cost / kCostDecay - tenant.expected_cost / kCostDecay;
  SetWork(tenant, tenant.work - std::min(tenant.work, chosen.charged) + cost);
  ForgetIdle();
}

void QueryScheduler::State::SetWork(QueryTenant& tenant, uint64_t work) {
  std::array<bool, kQueryLanes> is_in;
  for (size_t lane = 0; lane < kQueryLanes; ++lane) is_in[lane] = order[lane].erase(&tenant) > 0;
  tenant.work = work;
  for (size_t lane = 0; lane < kQueryLanes; ++lane) {
    if (is_in[lane]) order[lane].insert(&tenant);
  }
}

void QueryScheduler::State::ForgetIdle() {
  if (tenants.size() <= kIdleTenantsMax) return;
  std::erase_if(tenants, [](const auto& entry) { return entry.second.is_idle(); });
}

std::string QueueOf(bool multitenancy, std::string_view tenant_header) {
  const auto tenants = ResolveTenants(multitenancy, true, tenant_header);
  return tenants.has_value() ? QueueOf(*tenants) : "";
}

std::string QueueOf(const std::vector<std::string>& tenants) {
  return fmt::format("{}", fmt::join(tenants, "|"));
}

QueryScheduler::QueryScheduler(const QuerySchedulerOptions& options)
    : state_(std::make_shared<State>(options)) {
  for (size_t i = 0; i < options.threads; ++i)
    threads_.emplace_back(Run, std::ref(*state_), i < LookupThreads(options.threads));
}

void QueryScheduler::Stop() {
  std::vector<QueryJob> dropped;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    while (!state_->places.empty()) {
      const State::Place place = state_->places.begin()->second;
      dropped.push_back(state_->Remove(place));
    }
  }
  state_->lookup_wake.notify_all();
  state_->scan_wake.notify_all();
  for (const QueryJob& job : dropped) {
    if (job.drop) job.drop();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

class QueryScheduler::Helpers final : public TaskHelpers {
 public:
  Helpers(std::weak_ptr<State> state, size_t count, std::string tenant)
      : state_(std::move(state)), count_(count), tenant_(std::move(tenant)) {}

  size_t count() const override { return count_; }
  void Ask(std::function<void()> help) override {
    const std::shared_ptr<State> state = state_.lock();
    if (state == nullptr) return;
    state->Post({.tenant = tenant_,
                 .lane = QueryLane::kHelp,
                 .bytes = 0,
                 .cancel_token = nullptr,
                 .run = std::move(help),
                 .drop = nullptr});
  }

 private:
  const std::weak_ptr<State> state_;
  const size_t count_;
  const std::string tenant_;
};

// As many as processors beside the query's own.
std::shared_ptr<TaskHelpers> QueryScheduler::HelpersFor(std::string tenant) const {
  const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  const size_t count = std::min(processors, state_->scan_threads) - 1;
  return std::make_shared<Helpers>(state_, count, std::move(tenant));
}

std::optional<uint64_t> QueryScheduler::State::Post(QueryJob job) {
  const QueryLane lane = job.lane;
  std::optional<uint64_t> id;
  {
    const std::lock_guard lock(mutex);
    id = Add(std::move(job));
  }
  if (!id.has_value()) return id;
  if (lane == QueryLane::kLookup) lookup_wake.notify_one();
  scan_wake.notify_one();
  return id;
}

bool QueryScheduler::Post(QueryJob job) {
  const std::shared_ptr<const CancelToken> cancel_token = job.cancel_token;
  const std::optional<uint64_t> id = state_->Post(std::move(job));
  if (!id.has_value()) return false;
  if (cancel_token == nullptr) return true;
  cancel_token->OnCancel([weak = std::weak_ptr(state_), id = *id] {
    const std::shared_ptr<State> state = weak.lock();
    if (state == nullptr) return;
    std::optional<QueryJob> left;
    {
      const std::lock_guard lock(state->mutex);
      left = state->Take(id);
    }
    if (left.has_value()) left->drop();
  });
  return true;
}

void QueryScheduler::Charge(const std::string& tenant, uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->tenants.find(state_->BusiestOf(tenant));
  if (found != state_->tenants.end()) state_->SetWork(found->second, found->second.work + bytes);
}

size_t QueryScheduler::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->places.size();
}

size_t QueryScheduler::waiting(const std::string& tenant) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->tenants.find(tenant);
  return found == state_->tenants.end() ? 0 : found->second.waiting_count();
}

void QueryScheduler::Run(State& state, bool is_for_lookups) {
  NameThread(is_for_lookups ? "lookup" : "query");
  LowerPriority(is_for_lookups ? state.options.lookup_nice : state.options.scan_nice);
  std::condition_variable& wake = is_for_lookups ? state.lookup_wake : state.scan_wake;
  std::unique_lock lock(state.mutex);
  while (true) {
    std::optional<State::Chosen> chosen;
    wake.wait(lock, [&] {
      if (!state.stopping) chosen = state.Choose(is_for_lookups);
      return state.stopping || chosen.has_value();
    });
    if (!chosen.has_value()) return;
    lock.unlock();
    const uint64_t begin = ThreadCpuNanos();
    chosen->job.run();
    chosen->job.run = nullptr;  // what it holds goes here, not under the lock
    chosen->job.drop = nullptr;
    const uint64_t cost = ThreadCpuNanos() - begin;
    lock.lock();
    state.End(*chosen, !is_for_lookups, cost);
    // A tenant that had to leave threads to others may be next now.
    if (!state.places.empty()) state.scan_wake.notify_all();
  }
}

}  // namespace vivace
