#include "load_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>
#include <utility>

namespace vivace::bench {
namespace {

constexpr double kFirstPauseSeconds = 0.01;
constexpr double kLongestPauseSeconds = 1;

int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Without digits, so that messages that differ in a size or an id count as one.
std::string MessageKind(std::string message) {
  std::erase_if(message, [](char c) { return c >= '0' && c <= '9' && c != '0'; });
  return message.substr(0, 160);
}

void Merge(LoadReport part, LoadReport& whole) {
  whole.requests += part.requests;
  whole.spans += part.spans;
  whole.bytes += part.bytes;
  whole.rejected_spans += part.rejected_spans;
  whole.retries += part.retries;
  whole.errors += part.errors;
  for (const auto& [message, count] : part.messages) whole.messages[message] += count;
  whole.latencies_ms.insert(whole.latencies_ms.end(), part.latencies_ms.begin(),
                            part.latencies_ms.end());
  for (const auto& [id, outcome] : part.traces) {
    TraceOutcome& trace = whole.traces[id];
    trace.acknowledged += outcome.acknowledged;
    trace.unacknowledged += outcome.unacknowledged;
    trace.last_request = std::max(trace.last_request, outcome.last_request);
  }
}

}  // namespace

struct LoadRun::Connection {
  std::unique_ptr<Client> client;
  std::string body;
  bool ended = false;
};

LoadReport LoadRun::Run() {
  request_count_ = request_count();
  start_ = Clock::now();
  deadline_ = start_ + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(options_.seconds_max));
  std::vector<LoadReport> parts(options_.connections);
  {
    std::vector<std::jthread> workers;
    for (LoadReport& part : parts) workers.emplace_back([this, &part] { Work(part); });
  }
  LoadReport report;
  report.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  for (LoadReport& part : parts) Merge(std::move(part), report);
  std::sort(report.latencies_ms.begin(), report.latencies_ms.end());
  return report;
}

uint64_t LoadRun::request_count() const {
  const auto& requests = corpus_.requests();
  uint64_t spans = 0;
  uint64_t count = 0;
  const uint64_t per_round =
      std::accumulate(requests.begin(), requests.end(), uint64_t{0},
                      [](uint64_t sum, const auto& request) { return sum + request.span_count(); });
  if (per_round == 0) return 0;
  count = options_.spans / per_round * requests.size();
  for (spans = options_.spans / per_round * per_round; spans < options_.spans; ++count)
    spans += requests[count % requests.size()].span_count();
  return count;
}

void LoadRun::Fill(uint64_t number, std::string& out) {
  const auto& requests = corpus_.requests();
  requests[number % requests.size()].Fill(RoundOf(number), Mix(options_.seed ^ Mix(number)), out);
}

Round LoadRun::RoundOf(uint64_t number) {
  const uint64_t index = number / corpus_.requests().size();
  const std::lock_guard lock(rounds_mutex_);
  while (rounds_.size() <= index) {
    rounds_.push_back({Mix(Mix(options_.seed) + rounds_.size()),
                       NowNanos() - static_cast<int64_t>(corpus_.latest_nanos())});
  }
  return rounds_[index];
}

LoadRun::Clock::time_point LoadRun::ScheduledTime(uint64_t number) const {
  if (options_.rate_spans_per_s <= 0) return Clock::now();
  const double seconds = static_cast<double>(number) * static_cast<double>(options_.spans) /
                         static_cast<double>(request_count_) / options_.rate_spans_per_s;
  return start_ +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void LoadRun::Work(LoadReport& report) {
  Connection connection;
  while (!connection.ended && !Ended()) {
    const uint64_t number = next_request_++;
    if (number >= request_count_) return;
    SendOne(number, connection, report);
  }
}

void LoadRun::SendOne(uint64_t number, Connection& connection, LoadReport& report) {
  Fill(number, connection.body);
  const Clock::time_point scheduled = ScheduledTime(number);
  std::this_thread::sleep_until(std::min(scheduled, deadline_));
  const SendOutcome outcome = SendWithRetries(connection, report);
  if (outcome.kind == SendOutcome::Kind::kAcknowledged) {
    report.latencies_ms.push_back(
        std::chrono::duration<float, std::milli>(Clock::now() - scheduled).count());
    report.bytes += connection.body.size();
  }
  Record(number, outcome, report);
}

SendOutcome LoadRun::SendWithRetries(Connection& connection, LoadReport& report) {
  double pause = kFirstPauseSeconds;
  while (true) {
    SendOutcome outcome;
    if (!connection.client) {
      auto connected = options_.grpc ? ConnectGrpc(options_.port) : ConnectHttp(options_.port);
      if (connected) connection.client = std::move(*connected);
      if (!connected) outcome.message = connected.error().message;
    }
    if (connection.client) outcome = connection.client->Send(connection.body);
    if (outcome.kind == SendOutcome::Kind::kAcknowledged) return outcome;
    const bool lost = outcome.kind == SendOutcome::Kind::kLost;
    if (lost) connection.client.reset();
    ++report.messages[MessageKind(outcome.message)];
    const bool again = lost ? options_.reconnect
                            : options_.retry && outcome.kind == SendOutcome::Kind::kBackPressure;
    if (!again || !Pause(std::max(pause, outcome.retry_after_seconds))) {
      connection.ended = lost && !options_.reconnect;
      return outcome;
    }
    ++report.retries;
    pause = std::min(pause * 2, kLongestPauseSeconds);
  }
}

// False: the run ended meanwhile.
bool LoadRun::Pause(double seconds) const {
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
  while (!Ended() && Clock::now() < until) {
    std::this_thread::sleep_for(
        std::min<Clock::duration>(until - Clock::now(), std::chrono::milliseconds(50)));
  }
  return !Ended();
}

void LoadRun::Record(uint64_t number, const SendOutcome& outcome, LoadReport& report) {
  const bool acknowledged = outcome.kind == SendOutcome::Kind::kAcknowledged;
  const RequestTemplate& request = corpus_.requests()[number % corpus_.requests().size()];
  ++report.requests;
  report.rejected_spans += outcome.rejected_spans;
  if (acknowledged) report.spans += request.span_count();
  if (!acknowledged) ++report.errors;
  const Round round = RoundOf(number);
  for (const TracePart& part : request.traces()) {
    TraceOutcome& trace = report.traces[std::string(NewTraceId(round, part.id_number).View())];
    trace.last_request = std::max(trace.last_request, number);
    (acknowledged ? trace.acknowledged : trace.unacknowledged) += part.spans;
  }
}

float Quantile(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace vivace::bench
