// The keys of one entry of metrics_generator.storage.remote_write: Prometheus' own format, as
// strict as there.
//
// Apart from generator_keys.cc because it is another project's vocabulary.
#include "config/keys/keys.h"

namespace vivace {
namespace {

using StringMap = std::map<std::string, std::string>;

PromDuration Seconds(int seconds) { return {std::chrono::seconds(seconds)}; }
PromDuration Millis(int millis) { return {std::chrono::milliseconds(millis)}; }

void DeclareTls(ConfigSection& section) {
  section.Unused("ca", "", "CA as inline PEM.").OmitZero();
  section.Unused("cert", "", "Client certificate as inline PEM.").OmitZero();
  section.Unused("key", Secret{}, "Client key as inline PEM.").OmitZero();
  section.Unused("ca_file", "", "CA file.").OmitZero();
  section.Unused("cert_file", "", "Client certificate file.").OmitZero();
  section.Unused("key_file", "", "Client key file.").OmitZero();
  section.Unused("server_name", "", "Name that the server's certificate must have.").OmitZero();
  section.Unused("insecure_skip_verify", false, "Do not verify the server's certificate.");
  section.Unused("min_version", "", "Lowest TLS version.").OmitZero();
  section.Unused("max_version", "", "Highest TLS version.").OmitZero();
}

void DeclareCredentials(ConfigSection& section) {
  ConfigSection& basic =
      section.OptionalGroup("basic_auth", "config.BasicAuth", "HTTP Basic authentication.");
  basic.Unused("username", "", "User name.").OmitZero();
  basic.Unused("username_file", "", "File of the user name.").OmitZero();
  basic.Unused("password", Secret{}, "Password.").OmitZero();
  basic.Unused("password_file", "", "File of the password.").OmitZero();
  basic.OmitZero();
  ConfigSection& authorization =
      section.OptionalGroup("authorization", "config.Authorization", "Authorization header.");
  authorization.Unused("type", "", "Scheme; Bearer when empty.").OmitZero();
  authorization.Unused("credentials", Secret{}, "Credentials.").OmitZero();
  authorization.Unused("credentials_file", "", "File of the credentials.").OmitZero();
  authorization.OmitZero();
  section.Unused("bearer_token", Secret{}, "Bearer token.").OmitZero();
  section.Unused("bearer_token_file", "", "File of the bearer token.").OmitZero();
}

void DeclareQueue(ConfigSection& section) {
  section.Unused("capacity", 10000, "Samples that wait per shard.");
  section.Unused("max_shards", 50, "Most shards.");
  section.Unused("min_shards", 1, "Fewest shards.");
  section.Unused("max_samples_per_send", 2000, "Samples of a request.");
  section.Unused("batch_send_deadline", Seconds(5), "How long a request waits to fill up.");
  section.Unused("min_backoff", Millis(30), "Shortest pause between attempts.");
  section.Unused("max_backoff", Seconds(5), "Longest pause between attempts.");
  section.Unused("retry_on_http_429", false, "Try again when the receiver is overloaded.");
  section.Unused("sample_age_limit", PromDuration{},
                 "Older samples are dropped; 0 means none are.");
}

void DeclareProxy(ConfigSection& section) {
  section.Unused("follow_redirects", true, "Follow redirects.");
  section.Unused("enable_http2", false, "Use HTTP/2.");
  section.Unused("proxy_url", "", "Proxy.").OmitZero();
  section.Unused("no_proxy", "", "Hosts without proxy.").OmitZero();
  section.Unused("proxy_from_environment", false, "Take the proxy from the environment.")
      .OmitZero();
  section.Unused("proxy_connect_header", YamlNode::Map(), "Headers for the proxy.").OmitZero();
  section.Unused("http_headers", YamlNode::Map(), "More headers.").OmitZero();
}

}  // namespace

void DeclareRemoteWrite(ConfigSection& section, NoFields&) {
  section.Unused("url", "", "Where samples are sent.");
  section.Unused("remote_timeout", Seconds(30), "Timeout of a request.");
  section.Unused("headers", StringMap{}, "Headers of every request.").OmitZero();
  section.Unused("write_relabel_configs", YamlNode::List(), "Relabelling of series.").OmitZero();
  section.Unused("name", "", "Name of the queue in metrics.").OmitZero();
  section.Unused("send_exemplars", false, "Send exemplars.").OmitZero();
  section.Unused("send_native_histograms", false, "Send native histograms.").OmitZero();
  section.Unused("round_robin_dns", false, "Spread connections over all addresses.").OmitZero();
  section.Unused("protobuf_message", "prometheus.WriteRequest", "Message type.");
  DeclareCredentials(section);
  section.Unused("oauth2", YamlNode(), "OAuth 2.").OmitZero();
  DeclareTls(section.Group("tls_config", "config.TLSConfig", "TLS."));
  DeclareProxy(section);
  DeclareQueue(section.Group("queue_config", "config.QueueConfig", "Queue."));
  ConfigSection& metadata =
      section.Group("metadata_config", "config.MetadataConfig", "Metadata of series.");
  metadata.Unused("send", true, "Send metadata.");
  metadata.Unused("send_interval", Seconds(60), "Time between requests.");
  metadata.Unused("max_samples_per_send", 2000, "Entries of a request.");
  section.Unused("sigv4", YamlNode(), "AWS Signature 4.").OmitZero();
  section.Unused("azuread", YamlNode(), "Azure AD.").OmitZero();
  section.Unused("google_iam", YamlNode(), "Google IAM.").OmitZero();
}

}  // namespace vivace
