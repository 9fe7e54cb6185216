// The keys of a receiver of type kafka.
#include <fmt/format.h>

#include "config/keys/receivers_keys.h"

namespace vivace {
namespace {

void DeclareTls(ConfigSection& section, KafkaTlsConfig& tls) {
  section.Key("insecure", tls.insecure, "Disable TLS.");
  section.Key("insecure_skip_verify", tls.insecure_skip_verify,
              "Do not verify the broker's certificate.");
  section.Key("ca_file", tls.ca_file, "CA file; empty means the system's.");
  section.Key("cert_file", tls.cert_file, "Client certificate file.");
  section.Key("key_file", tls.key_file, "Client key file.");
  section.Later("server_name_override", "", "Name that the broker's certificate must have.")
      .Lacks("it must have the name by which the broker is asked for");
  section.Later("reload_interval", Duration{}, "Read certificates again after this time.")
      .Lacks("a new certificate needs a restart");
}

void DeclareSasl(ConfigSection& section, KafkaSaslConfig& sasl) {
  section.Key("username", sasl.username, "User.");
  section.Key("password", sasl.password, "Password.");
  section.Key("mechanism", sasl.mechanism, "SASL mechanism.")
      .OneOf({"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"},
             "auth.sasl.mechanism should be one of PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. "
             "configured value {}");
  section.Unused("version", 0, "Version of the handshake.");
}

void DeclareAuth(ConfigSection& section, KafkaReceiverConfig& config) {
  ConfigSection& plain = section.Group("plain_text", "configkafka.PlainTextConfig",
                                       "User and password as SASL/PLAIN.");
  plain.Key("username", config.sasl.username, "User.");
  plain.Key("password", config.sasl.password, "Password.");
  DeclareSasl(section.Group("sasl", "configkafka.SASLConfig", "SASL."), config.sasl);
  DeclareTls(section.Group("tls", "configtls.ClientConfig", "TLS, at its deprecated path."),
             config.tls);
}

void DeclareMetadata(ConfigSection& section) {
  section.Unused("full", true, "Keep metadata of all topics.");
  section.Unused("refresh_interval", std::chrono::minutes(10),
                 "Time between readings; every ten seconds here.");
  ConfigSection& retry =
      section.Group("retry", "configkafka.MetadataRetryConfig", "When that fails.");
  retry.Unused("max", 3, "Attempts; unlimited here.");
  retry.Unused("backoff", std::chrono::milliseconds(250), "Time between them.");
}

// What Vivace does in its own way: offsets are committed when the WAL has the records, and a record
// is repeated as long as that helps.
void DeclareFixedBehavior(ConfigSection& section) {
  ConfigSection& marking = section.Group("message_marking", "kafkareceiver.MessageMarking",
                                         "When a record counts as read.");
  marking.Unused("after", false, "After it is processed; here always.");
  marking.Unused("on_error", false, "Also where that failed.");
  marking.Unused("on_permanent_error", false, "Also where it cannot succeed; here always.");
  ConfigSection& backoff = section.Group("error_backoff", "configretry.BackOffConfig",
                                         "Time between attempts; chosen by the limit here.");
  backoff.Unused("enabled", false, "Retry.");
  backoff.Unused("initial_interval", Duration{}, "First pause.");
  backoff.Unused("max_interval", Duration{}, "Longest pause.");
  backoff.Unused("max_elapsed_time", Duration{}, "When to give up.");
  backoff.Unused("multiplier", 0.0, "Growth of pauses.");
  backoff.Unused("randomization_factor", 0.0, "Jitter of pauses.");
}

void DeclareFetch(ConfigSection& section, KafkaReceiverConfig& config) {
  section.Key("min_fetch_size", config.min_fetch_size, "Bytes that a broker waits for.")
      .Range(1, 1e8);
  section
      .Key("default_fetch_size", config.default_fetch_size,
           "Bytes of one partition in one response.")
      .Range(1, 1e9);
  section.Unused("max_fetch_size", 0, "Most bytes of one partition in one response.");
  section.Key("max_fetch_wait", config.max_fetch_wait, "How long a broker waits for them.");
}

}  // namespace

void DeclareKafkaReceiver(ConfigSection& section, KafkaReceiverConfig& config,
                          const YamlNode& node) {
  section.Key("brokers", config.brokers, "Brokers as host:port.");
  section.Unused("protocol_version", "2.1.0",
                 "Version of the protocol; negotiated with the broker.");
  section.Unused("resolve_canonical_bootstrap_servers_only", false,
                 "Resolve the brokers' names first.");
  section.Key("topic", config.topic, "Topic; a regular expression where it begins with ^.");
  section.Key("encoding", config.encoding, "What a record holds.")
      .OneOf({"otlp_proto", "otlp_json", "jaeger_proto", "jaeger_json", "zipkin_proto",
              "zipkin_json", "zipkin_thrift"},
             "unrecognized traces encoding \"{}\"");
  ConfigSection& traces = section.Group("traces", "kafkareceiver.TopicEncodingConfig",
                                        "Topic and encoding, at their newer path.");
  traces.Key("topic", config.topic, "Topic.");
  traces.Key("encoding", config.encoding, "What a record holds.");
  section.Key("group_id", config.group_id, "Consumer group.");
  section.Key("group_instance_id", config.group_instance_id,
              "Name of a static member of the group.");
  section.Key("client_id", config.client_id, "Name of this client.");
  section.Key("initial_offset", config.initial_offset, "Where a group without offsets begins.")
      .OneOf({"latest", "earliest"},
             "initial_offset should be one of 'latest' or 'earliest'. configured value {}");
  section
      .Key("group_rebalance_strategy", config.group_rebalance_strategy,
           "How partitions are shared out.")
      .OneOf({"range", "roundrobin", "sticky", "cooperative-sticky"},
             "rebalance strategy should be one of 'range', 'roundrobin', or 'sticky'. configured "
             "value {}");
  section.Key("session_timeout", config.session_timeout,
              "A member that is silent this long is dropped.");
  section.Key("heartbeat_interval", config.heartbeat_interval, "Time between heartbeats.");
  DeclareFetch(section, config);
  ConfigSection& commit =
      section.Group("autocommit", "configkafka.AutoCommitConfig", "Commits of offsets.");
  commit.Unused("enable", true, "Commit; always.");
  commit.Key("interval", config.commit_interval, "Time between commits.");
  ConfigSection& headers = section.Group("header_extraction", "kafkareceiver.HeaderExtraction",
                                         "Headers of records as attributes of resources.");
  headers.Key("extract_headers", config.extract_headers, "Turn headers into attributes.");
  headers.Key("headers", config.headers, "Which headers.");
  DeclareAuth(section.Group("auth", "configkafka.AuthenticationConfig", "Credentials."), config);
  DeclareTls(section.Group("tls", "configtls.ClientConfig", "TLS."), config.tls);
  DeclareMetadata(
      section.Group("metadata", "configkafka.MetadataConfig", "Metadata of the cluster."));
  DeclareFixedBehavior(section);
  const YamlNode* auth = node.Find("auth");
  config.tls.is_set =
      node.Find("tls") != nullptr || (auth != nullptr && auth->Find("tls") != nullptr);
}

Status CheckKafkaReceiver(const KafkaReceiverConfig& config) {
  if (config.brokers.empty()) return Fail(ErrorCode::kInvalidArgument, "brokers is empty");
  if (config.topic.empty()) return Fail(ErrorCode::kInvalidArgument, "topic is empty");
  const KafkaSaslConfig& sasl = config.sasl;
  if (!sasl.mechanism.empty() && (sasl.username.empty() || sasl.password.value.empty()))
    return Fail(ErrorCode::kInvalidArgument, "auth.sasl needs a username and a password");
  return {};
}

}  // namespace vivace
