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

void DeclareTls(ConfigBlock& block) {
  block.Unused("ca", "", "CA as inline PEM.").OmitZero();
  block.Unused("cert", "", "Client certificate as inline PEM.").OmitZero();
  block.Unused("key", Secret{}, "Client key as inline PEM.").OmitZero();
  block.Unused("ca_file", "", "CA file.").OmitZero();
  block.Unused("cert_file", "", "Client certificate file.").OmitZero();
  block.Unused("key_file", "", "Client key file.").OmitZero();
  block.Unused("server_name", "", "Name that the server's certificate must have.").OmitZero();
  block.Unused("insecure_skip_verify", false, "Do not verify the server's certificate.");
  block.Unused("min_version", "", "Lowest TLS version.").OmitZero();
  block.Unused("max_version", "", "Highest TLS version.").OmitZero();
}

void DeclareCredentials(ConfigBlock& block) {
  ConfigBlock& basic =
      block.OptionalGroup("basic_auth", "config.BasicAuth", "HTTP Basic authentication.");
  basic.Unused("username", "", "User name.").OmitZero();
  basic.Unused("username_file", "", "File of the user name.").OmitZero();
  basic.Unused("password", Secret{}, "Password.").OmitZero();
  basic.Unused("password_file", "", "File of the password.").OmitZero();
  basic.OmitZero();
  ConfigBlock& authorization =
      block.OptionalGroup("authorization", "config.Authorization", "Authorization header.");
  authorization.Unused("type", "", "Scheme; Bearer when empty.").OmitZero();
  authorization.Unused("credentials", Secret{}, "Credentials.").OmitZero();
  authorization.Unused("credentials_file", "", "File of the credentials.").OmitZero();
  authorization.OmitZero();
  block.Unused("bearer_token", Secret{}, "Bearer token.").OmitZero();
  block.Unused("bearer_token_file", "", "File of the bearer token.").OmitZero();
}

void DeclareQueue(ConfigBlock& block) {
  block.Unused("capacity", 10000, "Samples that wait per shard.");
  block.Unused("max_shards", 50, "Most shards.");
  block.Unused("min_shards", 1, "Fewest shards.");
  block.Unused("max_samples_per_send", 2000, "Samples of a request.");
  block.Unused("batch_send_deadline", Seconds(5), "How long a request waits to fill up.");
  block.Unused("min_backoff", Millis(30), "Shortest pause between attempts.");
  block.Unused("max_backoff", Seconds(5), "Longest pause between attempts.");
  block.Unused("retry_on_http_429", false, "Try again when the receiver is overloaded.");
  block.Unused("sample_age_limit", PromDuration{}, "Older samples are dropped; 0 means none are.");
}

void DeclareProxy(ConfigBlock& block) {
  block.Unused("follow_redirects", true, "Follow redirects.");
  block.Unused("enable_http2", false, "Use HTTP/2.");
  block.Unused("proxy_url", "", "Proxy.").OmitZero();
  block.Unused("no_proxy", "", "Hosts without proxy.").OmitZero();
  block.Unused("proxy_from_environment", false, "Take the proxy from the environment.").OmitZero();
  block.Unused("proxy_connect_header", YamlNode::Map(), "Headers for the proxy.").OmitZero();
  block.Unused("http_headers", YamlNode::Map(), "More headers.").OmitZero();
}

}  // namespace

void DeclareRemoteWrite(ConfigBlock& block, NoFields&) {
  block.Unused("url", "", "Where samples are sent.");
  block.Unused("remote_timeout", Seconds(30), "Timeout of a request.");
  block.Unused("headers", StringMap{}, "Headers of every request.").OmitZero();
  block.Unused("write_relabel_configs", YamlNode::List(), "Relabelling of series.").OmitZero();
  block.Unused("name", "", "Name of the queue in metrics.").OmitZero();
  block.Unused("send_exemplars", false, "Send exemplars.").OmitZero();
  block.Unused("send_native_histograms", false, "Send native histograms.").OmitZero();
  block.Unused("round_robin_dns", false, "Spread connections over all addresses.").OmitZero();
  block.Unused("protobuf_message", "prometheus.WriteRequest", "Message type.");
  DeclareCredentials(block);
  block.Unused("oauth2", YamlNode(), "OAuth 2.").OmitZero();
  DeclareTls(block.Group("tls_config", "config.TLSConfig", "TLS."));
  DeclareProxy(block);
  DeclareQueue(block.Group("queue_config", "config.QueueConfig", "Queue."));
  ConfigBlock& metadata =
      block.Group("metadata_config", "config.MetadataConfig", "Metadata of series.");
  metadata.Unused("send", true, "Send metadata.");
  metadata.Unused("send_interval", Seconds(60), "Time between requests.");
  metadata.Unused("max_samples_per_send", 2000, "Entries of a request.");
  block.Unused("sigv4", YamlNode(), "AWS Signature 4.").OmitZero();
  block.Unused("azuread", YamlNode(), "Azure AD.").OmitZero();
  block.Unused("google_iam", YamlNode(), "Google IAM.").OmitZero();
}

}  // namespace vivace
