// LoadRun: sends a corpus round after round over several connections and measures what the server
// makes of it.
//
// With a rate the load is open-loop: each request has a scheduled time, and its latency counts from
// then, so that a server that stalls is charged for all that had to wait. Without one each
// connection sends as fast as it is answered. `Run` blocks until all is sent; `Stop` may be called
// from any thread or signal handler and ends it after the requests under way.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "client.h"
#include "corpus.h"

namespace vivace::bench {

struct LoadOptions {
  bool grpc = true;
  int port = 4317;
  uint64_t spans = 1'000'000;   // rounded up to whole requests
  double rate_spans_per_s = 0;  // 0: as fast as possible
  int connections = 4;
  uint64_t seed = 1;
  bool retry = false;        // sends again what met back-pressure
  bool reconnect = false;    // sends again what was lost with its connection; without it that
                             // connection's work ends
  double seconds_max = 600;  // nothing is sent later than this
};

// What became of the spans of one trace.
struct TraceOutcome {
  uint32_t acknowledged = 0;
  uint32_t unacknowledged = 0;  // sent, perhaps stored, never acknowledged
  uint64_t last_request = 0;    // the number of the last one that held any of them
};

struct LoadReport {
  double seconds = 0;
  uint64_t requests = 0;
  uint64_t spans = 0;  // acknowledged
  uint64_t bytes = 0;  // of acknowledged requests
  uint64_t rejected_spans = 0;
  uint64_t retries = 0;
  uint64_t errors = 0;                       // requests that were given up
  std::map<std::string, uint64_t> messages;  // why requests were retried or given up, and how often
  std::vector<float> latencies_ms;           // of acknowledged requests, sorted
  std::unordered_map<std::string, TraceOutcome> traces;  // by the 16 bytes of the id
};

class LoadRun {
 public:
  LoadRun(const Corpus& corpus, const LoadOptions& options) : corpus_(corpus), options_(options) {}

  LoadReport Run();
  void Stop() { stopped_ = true; }

  // The request with this number, from 0, as the server gets it; the same in every call.
  void Fill(uint64_t number, std::string& out);
  // How many requests hold the wanted number of spans.
  uint64_t request_count() const;

 private:
  struct Connection;
  using Clock = std::chrono::steady_clock;

  void Work(LoadReport& report);
  void SendOne(uint64_t number, Connection& connection, LoadReport& report);
  SendOutcome SendWithRetries(Connection& connection, LoadReport& report);
  void Record(uint64_t number, const SendOutcome& outcome, LoadReport& report);
  bool Ended() const { return stopped_ || Clock::now() >= deadline_; }
  bool Pause(double seconds) const;
  Clock::time_point ScheduledTime(uint64_t number) const;
  Round RoundOf(uint64_t number);

  const Corpus& corpus_;
  const LoadOptions options_;
  std::atomic<bool> stopped_ = false;
  std::atomic<uint64_t> next_request_ = 0;
  uint64_t request_count_ = 0;
  Clock::time_point start_;
  Clock::time_point deadline_;
  std::mutex rounds_mutex_;
  std::vector<Round> rounds_;  // as far as they have begun
};

// The latency that `share` (0 to 1) of the sorted latencies do not exceed; 0 without any.
float Quantile(const std::vector<float>& sorted, double share);

}  // namespace vivace::bench
