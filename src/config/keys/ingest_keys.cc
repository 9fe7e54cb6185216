// The keys of `ingest`: Tempo's way through Kafka, which Vivace does not have.
#include "config/keys/keys.h"

namespace vivace {
void DeclareKafka(ConfigSection& section, bool zero) {
  section.Unused("address", "localhost:9092", "Address of Kafka.");
  section.Unused("topic", "", "Topic.");
  section.Unused("client_id", "", "Client id.");
  section.Unused("dial_timeout", std::chrono::seconds(2), "Timeout of a connection.");
  section.Unused("write_timeout", std::chrono::seconds(10), "Timeout of a write.");
  section.Unused("sasl_username", "", "SASL user name.");
  section.Unused("sasl_password", Secret{}, "SASL password.");
  section.Unused("consumer_group", "", "Consumer group.");
  section.Unused("consumer_group_offset_commit_interval", std::chrono::seconds(1),
                 "Time between commits of offsets.");
  section.Unused("last_produced_offset_retry_timeout", std::chrono::seconds(10),
                 "How long to ask for the last offset.");
  section.Unused("auto_create_topic_enabled", true, "Create the topic.");
  section.Unused("auto_create_topic_default_partitions", 1000, "Partitions of a topic created so.");
  section.Unused("producer_max_record_size_bytes", 15983616, "Largest record.");
  section.Unused("producer_max_buffered_bytes", 1073741824, "Bytes waiting to be sent.");
  section.Unused("target_consumer_lag_at_startup", std::chrono::seconds(2),
                 "Lag to reach before serving.");
  section.Unused("max_consumer_lag_at_startup", std::chrono::seconds(15),
                 "Lag that is tolerated at start.");
  section.Unused("disable_kafka_telemetry", false, "No telemetry to the broker.");
  section.Unused("consumer_group_lag_metric_update_interval", std::chrono::minutes(1),
                 "Time between updates of the lag metric.");
  if (zero) section.Clear();
}

void DeclareIngest(ConfigSection& section, bool& enabled) {
  section.Key("enabled", enabled, "Ingest through Kafka; refused.");
  DeclareKafka(section.Group("kafka", "ingest.KafkaConfig", "Kafka."), false);
}

}  // namespace vivace
