// The keys of `distributor`; its receivers are declared in receivers_keys.cc.
#include "config/keys/keys.h"
#include "config/keys/receivers_keys.h"

namespace vivace {
namespace {

void DeclareRing(ConfigSection& section) {
  DeclareKvStore(
      section.Group("kvstore", "kv.Config",
                    "Where the ring is stored; only used with the global rate strategy."),
      "memberlist");
  section.Unused("heartbeat_period", std::chrono::seconds(5), "Time between heartbeats.");
  section.Unused("heartbeat_timeout", std::chrono::minutes(5),
                 "A member without heartbeat for this long is unhealthy.");
  DeclareRingInstance(section);
}

void DeclareLogSpans(ConfigSection& section, LogSpansConfig& config) {
  section.Key("enabled", config.enabled, "Log spans; for debugging.");
  section.Key("include_all_attributes", config.include_all_attributes, "Log all attributes too.");
  section.Key("filter_by_status_error", config.filter_by_status_error, "Log failed spans only.");
  section.OmitZero();
}

void DeclareForwarder(ConfigSection& section, ForwarderConfig& config) {
  section.Key("name", config.name, "Name that overrides.forwarders uses.");
  section.Key("backend", config.backend, "Protocol; must be otlpgrpc.");
  ConfigSection& otlp = section.Group("otlpgrpc", "otlpgrpc.Config", "OTLP over gRPC.");
  otlp.Key("endpoints", config.endpoints, "Targets as host:port; each gets all spans.");
  ConfigSection& tls = otlp.Group("tls", "otlpgrpc.TLSConfig", "TLS of the connection.");
  tls.Key("insecure", config.insecure, "No TLS.");
  tls.Key("cert_file", config.cert_file, "CA file.");
  tls.Key("client_cert_file", config.client_cert_file,
          "Vivace: certificate that is shown to the target.")
      .OmitZero();
  tls.Key("client_key_file", config.client_key_file, "Vivace: its key.").OmitZero();
  ConfigSection& traces =
      section.Group("filter", "forwarder.FilterConfig", "What is not forwarded.")
          .Group("traces", "forwarder.TraceFiltersConfig", "Conditions on traces.");
  traces.Key("span", config.dropped_spans, "OTTL conditions that drop a span.");
  traces.Key("spanevent", config.dropped_events, "OTTL conditions that drop a span event.");
}

void DeclareUsage(ConfigSection& section) {
  ConfigSection& cost = section.Group("cost_attribution", "usage.PerTrackerConfig",
                                      "Bytes per attribute at /usage_metrics.");
  cost.Later("enabled", false, "Count bytes per attribute.")
      .Lacks("no bytes per attribute are counted")
      .OmitZero();
  cost.Unused("max_cardinality", 10000u, "Most series per tenant.");
  cost.Unused("stale_duration", std::chrono::minutes(15), "Drop series that are idle this long.");
}

void DeclareDebugMetrics(ConfigSection& section) {
  section.Later("enabled", false, "Export tempo_distributor_debug_spans_received_total.")
      .Lacks("the counter does not exist");
  section.Unused("root_only", false, "Count root spans only.");
  section.OmitZero();
}

}  // namespace

void DeclareDistributor(ConfigSection& section, DistributorConfig& config) {
  DeclareRing(section.Group("ring", "distributor.RingConfig", "Ring of distributors."));
  DeclareReceivers(section, config.receivers);
  section.Unused("override_ring_key", "distributor", "Key of the ring in its store.");
  DeclareLogSpans(
      section.Group("log_received_spans", "distributor.LogSpansConfig", "Log of received spans."),
      config.log_received_spans);
  DeclareLogSpans(
      section.Group("log_discarded_spans", "distributor.LogSpansConfig", "Log of refused spans."),
      config.log_discarded_spans);
  DeclareDebugMetrics(section.Group("metric_received_spans",
                                    "distributor.MetricReceivedSpansConfig",
                                    "Counter per tenant, name and service."));
  section.Groups("forwarders", "forwarder.Config", config.forwarders,
                 "Where spans are sent as well.", DeclareForwarder);
  DeclareUsage(section.Group("usage", "usage.Config", "Usage counters."));
  section.Unused("ingester_write_path_enabled", true, "Send spans to ingesters.");
  section.Later("kafka_write_path_enabled", false, "Send spans to Kafka.")
      .Lacks("nothing is sent to Kafka");
  DeclareKafka(section.Group("kafka_config", "ingest.KafkaConfig", "Overwritten by ingest.kafka."),
               true);
  section.Unused("extend_writes", true, "Write to the next ingester when one is unhealthy.");
  section.Key("retry_after_on_resource_exhausted", config.retry_after_on_resource_exhausted,
              "Retry delay that is sent to refused clients; 0 means the time until the rate allows "
              "the request.");
  section.Key("max_attribute_bytes", config.max_attribute_bytes,
              "Longer attribute keys and values are cut.");
  section
      .Key("artificial_delay", config.artificial_delay,
           "Shortest time that a push takes, give or take a tenth.")
      .OmitZero();
}

}  // namespace vivace
