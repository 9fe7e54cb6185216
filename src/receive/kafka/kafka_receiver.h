// KafkaReceiver: takes spans from the records of a Kafka topic (spec/api.md 3.5).
//
// A record is committed when the WAL has its spans, or when it never will: it is malformed, or a
// limit refuses it for good. What is refused for the moment (the disk, a full queue, a tenant's
// rate) is retried after the time that the refusal names. So nothing is lost when this process or a
// broker is killed; what is read twice then is dropped by the ingester. The header X-Scope-OrgID of
// a record names its tenant.
//
// A thread of its own reads and decodes. Memory: at most kInFlightBytesMax of records on their way,
// and what the consumer fetches ahead.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/rate_limited_log.h"
#include "config/sections/kafka_receiver_config.h"
#include "receive/kafka/kafka_consumer.h"
#include "receive/span_push.h"

namespace vivace {

struct KafkaOptions {
  ReceiverOptions receiver;
  KafkaReceiverConfig kafka;
};

class KafkaReceiver {
 public:
  // `sink` must outlive the receiver and every batch that is still on its way. INVALID_ARGUMENT for
  // options that cannot be used.
  static Result<std::unique_ptr<KafkaReceiver>> Start(KafkaOptions options, SpanSink& sink);
  ~KafkaReceiver() { Stop(); }

  // Reads no more, waits a moment for what is on its way and commits it.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Completion {
    std::shared_ptr<const KafkaRecord> record;
    PushOutcome outcome;
  };
  // Where the sink's threads put the outcomes of records.
  struct CompletionQueue {
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<Completion> done;  // guarded by mutex
  };
  struct Retry {
    std::shared_ptr<const KafkaRecord> record;
    Clock::time_point due;
  };

  KafkaReceiver(KafkaOptions options, SpanDecoder decode, SpanSink& sink);
  Result<std::unique_ptr<KafkaConsumer>> Open();

  void Run();
  std::string CertificateTimes() const;
  void ReopenOnNewCertificates();
  void Take(KafkaRecord record);
  void Push(const std::shared_ptr<const KafkaRecord>& record);
  Result<PushContext> ContextOf(const KafkaRecord& record) const;
  bool HasRoom() const;
  // Handles the completions, waiting for one if there is none.
  void HandleCompletions(std::chrono::milliseconds timeout);
  void Handle(Completion& done);
  void Complete(const KafkaRecord& record);
  void RetryDue();
  void CommitWhenDue();
  void HandleRevoked(const std::vector<KafkaPartition>& partitions);
  void Report(const std::string& problem) { log_.Report("kafka " + options_.kafka.topic, problem); }

  const KafkaOptions options_;
  const SpanDecoder decode_;
  SpanSink& sink_;
  RateLimitedLog log_{"Kafka records were not stored", "problems"};
  const std::shared_ptr<CompletionQueue> completions_ = std::make_shared<CompletionQueue>();
  std::atomic<bool> stopping_{false};

  // Of the thread.
  std::unique_ptr<KafkaConsumer> consumer_;
  KafkaOffsets offsets_;
  std::vector<Retry> retries_;
  // Hashes of the records that are with the sink: one that a producer has sent twice waits until
  // the first is stored, so that the ingester can drop it as a duplicate.
  std::unordered_set<uint64_t> in_flight_hashes_;
  size_t in_flight_records_ = 0;  // read and not complete, those to be retried included
  size_t in_flight_bytes_ = 0;
  Clock::time_point next_commit_;
  Clock::time_point next_certificate_check_;  // at the certificates' files
  std::string certificate_times_;
  std::thread thread_;
};

}  // namespace vivace
