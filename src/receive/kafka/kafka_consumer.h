// KafkaConsumer: a member of a consumer group: records of a topic, one at a time, and commits of
// offsets. Wraps librdkafka.
//
// One thread calls everything; librdkafka's own threads fetch ahead, at most 16 MiB. Nothing is
// committed but by Commit().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "config/sections/kafka_receiver_config.h"
#include "receive/kafka/kafka_offsets.h"

struct rd_kafka_s;

namespace vivace {

// A record. It owns what it holds: it may be on its way to the WAL when the client that read it is
// replaced, because certificates were renewed, or gone.
struct KafkaRecord {
  KafkaPartition partition;
  int64_t offset = 0;
  HttpHeaders headers;  // names in lower case
  std::string payload;
};

class KafkaConsumer {
 public:
  struct Listener {
    // Partitions go to another member: what is complete of them has to be committed before this
    // returns.
    std::function<void(const std::vector<KafkaPartition>& partitions)> on_revoked;
    // Something is wrong that may pass: no broker answers, the topic is missing.
    std::function<void(const std::string& problem)> on_problem;
    // An asynchronous commit failed.
    std::function<void()> on_commit_failed;
  };

  // Joins the group. INVALID_ARGUMENT for options that librdkafka refuses; brokers need not be
  // there yet.
  static Result<std::unique_ptr<KafkaConsumer>> Open(const KafkaReceiverConfig& config,
                                                     Listener listener);
  ~KafkaConsumer();

  // Leaves the group, which takes its partitions away. Nothing may be called after it.
  void Close();

  // The next record, if one comes within `timeout`. Calls the listener.
  std::optional<KafkaRecord> Poll(std::chrono::milliseconds timeout);
  // Commits the positions; `wait`: returns when the broker has answered, or has not in time.
  Status Commit(const std::vector<KafkaPosition>& positions, bool wait);

 private:
  struct Callbacks;
  explicit KafkaConsumer(Listener listener) : listener_(std::move(listener)) {}

  const Listener listener_;
  rd_kafka_s* kafka_ = nullptr;
};

}  // namespace vivace
