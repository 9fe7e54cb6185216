// The keys of one entry of metrics_generator.storage.remote_write: Prometheus' own format, as strict as there.
//
// Apart from generator_keys.cc because it is another project's vocabulary.
#include "config/keys/keys.h"

namespace vivace {
namespace {

using StringMap = std::map<std::string, std::string>;

PromDuration Seconds(int seconds) { return {std::chrono::seconds(seconds)}; }
PromDuration Millis(int millis) { return {std::chrono::milliseconds(millis)}; }

void DeclareTls(Block& block) {
  block.Unused("ca", "", "CA as inline PEM.").Omit();
  block.Unused("cert", "", "Client certificate as inline PEM.").Omit();
  block.Unused("key", Secret{}, "Client key as inline PEM.").Omit();
  block.Unused("ca_file", "", "CA file.").Omit();
  block.Unused("cert_file", "", "Client certificate file.").Omit();
  block.Unused("key_file", "", "Client key file.").Omit();
  block.Unused("server_name", "", "Name that the server's certificate must have.").Omit();
  block.Unused("insecure_skip_verify", false, "Do not verify the server's certificate.");
  block.Unused("min_version", "", "Lowest TLS version.").Omit();
  block.Unused("max_version", "", "Highest TLS version.").Omit();
}

void DeclareCredentials(Block& block) {
  Block& basic = block.OptionalGroup("basic_auth", "config.BasicAuth", "HTTP Basic authentication.");
  basic.Unused("username", "", "User name.").Omit();
  basic.Unused("username_file", "", "File of the user name.").Omit();
  basic.Unused("password", Secret{}, "Password.").Omit();
  basic.Unused("password_file", "", "File of the password.").Omit();
  basic.OmitZero();
  Block& authorization = block.OptionalGroup("authorization", "config.Authorization", "Authorization header.");
  authorization.Unused("type", "", "Scheme; Bearer when empty.").Omit();
  authorization.Unused("credentials", Secret{}, "Credentials.").Omit();
  authorization.Unused("credentials_file", "", "File of the credentials.").Omit();
  authorization.OmitZero();
  block.Unused("bearer_token", Secret{}, "Bearer token.").Omit();
  block.Unused("bearer_token_file", "", "File of the bearer token.").Omit();
}

void DeclareQueue(Block& block) {
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

void DeclareProxy(Block& block) {
  block.Unused("follow_redirects", true, "Follow redirects.");
  block.Unused("enable_http2", false, "Use HTTP/2.");
  block.Unused("proxy_url", "", "Proxy.").Omit();
  block.Unused("no_proxy", "", "Hosts without proxy.").Omit();
  block.Unused("proxy_from_environment", false, "Take the proxy from the environment.").Omit();
  block.Unused("proxy_connect_header", YamlNode::Map(), "Headers for the proxy.").Omit();
  block.Unused("http_headers", YamlNode::Map(), "More headers.").Omit();
}

}  // namespace

void DeclareRemoteWrite(Block& block, NoFields&) {
  block.Unused("url", "", "Where samples are sent.");
  block.Unused("remote_timeout", Seconds(30), "Timeout of a request.");
  block.Unused("headers", StringMap{}, "Headers of every request.").Omit();
  block.Unused("write_relabel_configs", YamlNode::List(), "Relabelling of series.").Omit();
  block.Unused("name", "", "Name of the queue in metrics.").Omit();
  block.Unused("send_exemplars", false, "Send exemplars.").Omit();
  block.Unused("send_native_histograms", false, "Send native histograms.").Omit();
  block.Unused("round_robin_dns", false, "Spread connections over all addresses.").Omit();
  block.Unused("protobuf_message", "prometheus.WriteRequest", "Message type.");
  DeclareCredentials(block);
  block.Unused("oauth2", YamlNode(), "OAuth 2.").Omit();
  DeclareTls(block.Group("tls_config", "config.TLSConfig", "TLS."));
  DeclareProxy(block);
  DeclareQueue(block.Group("queue_config", "config.QueueConfig", "Queue."));
  Block& metadata = block.Group("metadata_config", "config.MetadataConfig", "Metadata of series.");
  metadata.Unused("send", true, "Send metadata.");
  metadata.Unused("send_interval", Seconds(60), "Time between requests.");
  metadata.Unused("max_samples_per_send", 2000, "Entries of a request.");
  block.Unused("sigv4", YamlNode(), "AWS Signature 4.").Omit();
  block.Unused("azuread", YamlNode(), "Azure AD.").Omit();
  block.Unused("google_iam", YamlNode(), "Google IAM.").Omit();
}

}  // namespace vivace
