// QueryScheduler: the threads that queries run on, and which of those that wait is next.
//
// Two lanes: lookups (a trace by id: milliseconds) and scans (all else). Lookups have threads of
// their own, so that they do not wait behind scans. In each lane tenants take turns by the work
// that they have caused: bytes read, and a byte for each nanosecond of CPU time. The tenant that
// has had least is next; a query is charged at its start with what the tenant's queries cost of
// late, and at its end with what it did cost. Whoever comes back after a pause starts level with
// the others. A tenant that already runs a scan leaves the last quarter of the threads to those
// that run none: one tenant's heavy scans do not keep another's light query waiting.
//
// A scan may ask for help with its tasks (ordered_tasks.h): a thread that has no scan to begin does
// one of them, tenants in turn by work as above, so that a query uses all processors where nobody
// else needs them.
//
// What waits is bounded per tenant, in number and in bytes altogether. A query whose client leaves
// while it waits leaves too, at once. Any thread, but for Stop.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/cancel_token.h"
#include "query/ordered_tasks.h"

namespace vivace {

enum class QueryLane : uint8_t { kLookup, kScan, kHelp };
inline constexpr size_t kQueryLanes = 3;

struct QueryJob {
  std::string tenant;  // or several, "a|b": charged to the one that has had most
  QueryLane lane = QueryLane::kScan;
  size_t bytes = 0;                                 // that it holds while it waits
  std::shared_ptr<const CancelToken> cancel_token;  // may be null
  std::function<void()> run;
  std::function<void()> drop;  // in place of `run`, where nobody waits for the answer any more; of
                               // kHelp it may be null
};

struct QuerySchedulerOptions {
  size_t threads = 4;  // at least 1; a quarter of them, and at least one of two, for lookups only
  size_t waiting_max_per_tenant = 2000;
  size_t waiting_max = 20'000;
  size_t waiting_bytes_max = size_t{64} << 20;
  int lookup_nice = 0;  // as of LowerPriority
  int scan_nice = 0;
};

// The name under which the queries of these tenants wait: QueryOutcome's. Those of malformed names,
// which are refused later, wait together.
std::string QueueOf(bool multitenancy, std::string_view tenant_header);
std::string QueueOf(const std::vector<std::string>& tenants);

class QueryScheduler {
 public:
  explicit QueryScheduler(const QuerySchedulerOptions& options);
  ~QueryScheduler() { Stop(); }
  // Drops what waits, takes nothing more and joins.
  void Stop();

  // False where too many wait already: the job is not taken.
  bool Post(QueryJob job);
  // For the queries of a tenant, named as above. May outlive the scheduler.
  std::shared_ptr<TaskHelpers> HelpersFor(std::string tenant) const;

  // Notes what a query of the tenant has read.
  void Charge(const std::string& tenant, uint64_t bytes);

  size_t waiting() const;
  size_t waiting(const std::string& tenant) const;

 private:
  struct State;
  class Helpers;
  static void Run(State& state, bool is_for_lookups);

  const std::shared_ptr<State> state_;  // callbacks of clients that leave may outlive the scheduler
  std::vector<std::thread> threads_;
};

}  // namespace vivace
