#include "receive/kafka/kafka_consumer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <librdkafka/rdkafka.h>

#include <cstring>

#include "base/ascii.h"

namespace vivace {
namespace {

// What librdkafka prefetches at most, in KiB.
constexpr int kFetchedKilobytesMax = 16 << 10;
// Reading stops while the ingester is full, which is no reason to lose the partitions: heartbeats
// go on.
constexpr int kPollIntervalMaxMs = 86'400'000;
// How soon a topic created later and brokers that are back are found.
constexpr int kMetadataRefreshMs = 10'000;
constexpr int kReconnectMaxMs = 1000;

using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   decltype(&rd_kafka_topic_partition_list_destroy)>;
using Settings = std::vector<std::pair<std::string, std::string>>;

Partitions MakeList(size_t size) {
  return {rd_kafka_topic_partition_list_new(static_cast<int>(size)),
          rd_kafka_topic_partition_list_destroy};
}

std::string Milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

void AddSecurity(const KafkaReceiverConfig& config, Settings& settings) {
  const KafkaTlsConfig& tls = config.tls;
  const bool has_tls = tls.is_set && !tls.insecure;
  const bool has_sasl = !config.sasl.username.empty();
  settings.emplace_back("security.protocol", has_sasl  ? (has_tls ? "sasl_ssl" : "sasl_plaintext")
                                             : has_tls ? "ssl"
                                                       : "plaintext");
  if (has_sasl) {
    settings.emplace_back("sasl.mechanisms",
                          config.sasl.mechanism.empty() ? "PLAIN" : config.sasl.mechanism);
    settings.emplace_back("sasl.username", config.sasl.username);
    settings.emplace_back("sasl.password", config.sasl.password.value);
  }
  if (!has_tls) return;
  if (!tls.ca_file.empty()) settings.emplace_back("ssl.ca.location", tls.ca_file);
  if (!tls.cert_file.empty()) settings.emplace_back("ssl.certificate.location", tls.cert_file);
  if (!tls.key_file.empty()) settings.emplace_back("ssl.key.location", tls.key_file);
  if (tls.insecure_skip_verify)
    settings.emplace_back("enable.ssl.certificate.verification", "false");
}

Settings SettingsOf(const KafkaReceiverConfig& config) {
  Settings settings = {
      {"bootstrap.servers", fmt::to_string(fmt::join(config.brokers, ","))},
      {"group.id", config.group_id},
      {"client.id", config.client_id},
      {"auto.offset.reset", config.initial_offset},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"session.timeout.ms", Milliseconds(config.session_timeout)},
      {"heartbeat.interval.ms", Milliseconds(config.heartbeat_interval)},
      {"max.poll.interval.ms", std::to_string(kPollIntervalMaxMs)},
      {"fetch.min.bytes", std::to_string(config.min_fetch_size)},
      {"max.partition.fetch.bytes", std::to_string(config.default_fetch_size)},
      {"fetch.wait.max.ms", Milliseconds(config.max_fetch_wait)},
      {"queued.max.messages.kbytes", std::to_string(kFetchedKilobytesMax)},
      {"topic.metadata.refresh.interval.ms", std::to_string(kMetadataRefreshMs)},
      {"reconnect.backoff.max.ms", std::to_string(kReconnectMaxMs)},
      {"partition.assignment.strategy", config.group_rebalance_strategy == "sticky"
                                            ? "cooperative-sticky"
                                            : config.group_rebalance_strategy},
  };
  if (!config.group_instance_id.empty())
    settings.emplace_back("group.instance.id", config.group_instance_id);
  AddSecurity(config, settings);
  return settings;
}

HttpHeaders HeadersOf(const rd_kafka_message_t* message) {
  HttpHeaders headers;
  rd_kafka_headers_t* raw = nullptr;
  if (rd_kafka_message_headers(message, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(raw, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.emplace_back(ToLowerAscii(name),
                         std::string(static_cast<const char*>(value), value == nullptr ? 0 : size));
  }
  return headers;
}

std::vector<KafkaPartition> PartitionsOf(const rd_kafka_topic_partition_list_t* list) {
  std::vector<KafkaPartition> partitions;
  for (int i = 0; i < list->cnt; ++i)
    partitions.push_back({list->elems[i].topic, list->elems[i].partition});
  return partitions;
}

}  // namespace

// What librdkafka calls, always from within Poll or Close.
struct KafkaConsumer::Callbacks {
  static void OnRebalance(rd_kafka_t* kafka, rd_kafka_resp_err_t event,
                          rd_kafka_topic_partition_list_t* list, void* self) {
    const bool is_assignment = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (!is_assignment) static_cast<KafkaConsumer*>(self)->listener_.on_revoked(PartitionsOf(list));
    if (std::strcmp(rd_kafka_rebalance_protocol(kafka), "COOPERATIVE") == 0) {
      rd_kafka_error_destroy(is_assignment ? rd_kafka_incremental_assign(kafka, list)
                                           : rd_kafka_incremental_unassign(kafka, list));
    } else {
      rd_kafka_assign(kafka, is_assignment ? list : nullptr);
    }
  }

  static void OnError(rd_kafka_t* /*kafka*/, int /*code*/, const char* reason, void* self) {
    static_cast<KafkaConsumer*>(self)->listener_.on_problem(reason);
  }

  static void OnCommit(rd_kafka_t* /*kafka*/, rd_kafka_resp_err_t code,
                       rd_kafka_topic_partition_list_t* /*list*/, void* self) {
    const bool is_good = code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET;
    if (!is_good) static_cast<KafkaConsumer*>(self)->listener_.on_commit_failed();
  }

  // Everything worth saying comes as an error as well.
  static void OnLog(const rd_kafka_t* /*kafka*/, int /*level*/, const char* /*facility*/,
                    const char* /*text*/) {}
};

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::Open(const KafkaReceiverConfig& config,
                                                           Listener listener) {
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(std::move(listener)));
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(),
                                                                          rd_kafka_conf_destroy);
  char problem[512];
  for (const auto& [name, value] : SettingsOf(config)) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), problem, sizeof problem) !=
        RD_KAFKA_CONF_OK)
      return Fail(ErrorCode::kInvalidArgument, problem);
  }
  rd_kafka_conf_set_opaque(conf.get(), consumer.get());
  rd_kafka_conf_set_rebalance_cb(conf.get(), Callbacks::OnRebalance);
  rd_kafka_conf_set_offset_commit_cb(conf.get(), Callbacks::OnCommit);
  rd_kafka_conf_set_error_cb(conf.get(), Callbacks::OnError);
  rd_kafka_conf_set_log_cb(conf.get(), Callbacks::OnLog);
  consumer->kafka_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), problem, sizeof problem);
  if (consumer->kafka_ == nullptr) return Fail(ErrorCode::kInvalidArgument, problem);
  (void)conf.release();  // the consumer has it now
  rd_kafka_poll_set_consumer(consumer->kafka_);
  const Partitions topics = MakeList(1);
  rd_kafka_topic_partition_list_add(topics.get(), config.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto code = rd_kafka_subscribe(consumer->kafka_, topics.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("subscribe to {}: {}", config.topic, rd_kafka_err2str(code)));
  return consumer;
}

KafkaConsumer::~KafkaConsumer() {
  if (kafka_ != nullptr) rd_kafka_destroy(kafka_);
}

void KafkaConsumer::Close() { rd_kafka_consumer_close(kafka_); }

std::optional<KafkaRecord> KafkaConsumer::Poll(std::chrono::milliseconds timeout) {
  const std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> message(
      rd_kafka_consumer_poll(kafka_, static_cast<int>(timeout.count())), rd_kafka_message_destroy);
  if (message == nullptr) return std::nullopt;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    listener_.on_problem(rd_kafka_message_errstr(message.get()));
    return std::nullopt;
  }
  KafkaRecord record;
  record.partition = {rd_kafka_topic_name(message->rkt), message->partition};
  record.offset = message->offset;
  record.headers = HeadersOf(message.get());
  if (message->payload != nullptr)
    record.payload.assign(static_cast<const char*>(message->payload), message->len);
  return record;
}

Status KafkaConsumer::Commit(const std::vector<KafkaPosition>& positions, bool wait) {
  if (positions.empty()) return {};
  const Partitions list = MakeList(positions.size());
  for (const KafkaPosition& position : positions) {
    rd_kafka_topic_partition_list_add(list.get(), position.partition.topic.c_str(),
                                      position.partition.number)
        ->offset = position.next_offset;
  }
  const auto code = rd_kafka_commit(kafka_, list.get(), wait ? 0 : 1);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Fail(ErrorCode::kUnavailable,
              fmt::format("commit of offsets: {}", rd_kafka_err2str(code)));
}

}  // namespace vivace
