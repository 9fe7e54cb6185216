// The keys of `server` and `internal_server`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

constexpr double kPortMax = 65535;

void DeclareServerTls(ConfigSection& section, ServerTlsConfig& config) {
  section.Key("cert", config.cert, "Server certificate as inline PEM.");
  section.Key("key", config.key, "Server private key as inline PEM.");
  section.Key("client_ca", config.client_ca, "CA for client certificates as inline PEM.");
  section.Key("cert_file", config.cert_file,
              "PEM file of the server certificate; with key_file it turns TLS on.");
  section.Key("key_file", config.key_file, "PEM file of the server private key.");
  section.Key("client_auth_type", config.client_auth_type, "Policy for client certificates.")
      .OneOf({"", "NoClientCert", "RequestClientCert", "RequireAnyClientCert", "RequireClientCert",
              "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"},
             "Unknown ClientAuth type: {}");
  section.Key("client_ca_file", config.client_ca_file,
              "PEM file of the CA for client certificates.");
}

void DeclareListeners(ConfigSection& section, ServerConfig& config) {
  section
      .Key("http_listen_network", config.http_listen_network,
           "Network of the HTTP listener: tcp, tcp4 or tcp6.")
      .OneOf({"", "tcp", "tcp4", "tcp6"}, "unknown network {}");
  section.Key("http_listen_address", config.http_listen_address,
              "Address of the HTTP listener; empty means all.");
  section
      .Key("http_listen_port", config.http_listen_port,
           "Port of the HTTP listener; 0 means any free one.")
      .Range(0, kPortMax);
  section.Key("http_listen_conn_limit", config.http_listen_conn_limit,
              "Most simultaneous HTTP connections; 0 means 10,000.");
  section
      .Key("grpc_listen_network", config.grpc_listen_network,
           "Network of the gRPC listener: tcp, tcp4 or tcp6.")
      .OneOf({"", "tcp", "tcp4", "tcp6"}, "unknown network {}");
  section.Key("grpc_listen_address", config.grpc_listen_address,
              "Address of the gRPC listener; empty means all.");
  section
      .Key("grpc_listen_port", config.grpc_listen_port,
           "Port of the gRPC listener; 0 means any free one.")
      .Range(0, kPortMax);
  section.Key("grpc_listen_conn_limit", config.grpc_listen_conn_limit,
              "Most simultaneous gRPC connections; 0 means 10,000.");
  section.Unused("grpc_collect_max_streams_by_conn", true,
                 "Export a gauge of the most streams per connection.");
  section.Later("proxy_protocol_enabled", false, "Accept the PROXY protocol on both listeners.")
      .Refused("every request of such a proxy would fail");
  section.Key("tls_cipher_suites", config.tls_cipher_suites,
              "Cipher suites of both listeners, separated by commas.");
  section.Key("tls_min_version", config.tls_min_version, "Lowest TLS version of both listeners.")
      .OneOf({"", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"},
             "TLS version \"{}\" not recognized");
  DeclareServerTls(
      section.Group("http_tls_config", "server.TLSConfig", "TLS of the HTTP listener."),
      config.http_tls_config);
  DeclareServerTls(
      section.Group("grpc_tls_config", "server.TLSConfig", "TLS of the gRPC listener."),
      config.grpc_tls_config);
}

void DeclareHttp(ConfigSection& section, ServerConfig& config) {
  section.Key("register_instrumentation", config.register_instrumentation,
              "Serve /metrics; there is no /debug/pprof.");
  section.Unused("report_grpc_codes_in_instrumentation_label_enabled", false,
                 "Metrics carry gRPC code names instead of success and error.");
  section.Key("graceful_shutdown_timeout", config.graceful_shutdown_timeout,
              "How long running requests may take at shutdown.");
  section.Key("http_server_read_timeout", config.http_server_read_timeout,
              "Limit for reading a whole request.");
  section.Key("http_server_read_header_timeout", config.http_server_read_header_timeout,
              "Limit for reading the header; 0 means the read limit.");
  section.Key("http_server_write_timeout", config.http_server_write_timeout,
              "Limit for writing a response.");
  section.Key("http_server_idle_timeout", config.http_server_idle_timeout,
              "Limit for an idle keep-alive connection.");
  section.Later("http_log_closed_connections_without_response_enabled", false,
                "Log connections that close without a response.");
}

void DeclareGrpc(ConfigSection& section, ServerConfig& config) {
  section
      .Key("grpc_server_max_recv_msg_size", config.grpc_server_max_recv_msg_size,
           "Largest gRPC message that is accepted, in bytes.")
      .Range(0, 2147483647);
  section
      .Key("grpc_server_max_send_msg_size", config.grpc_server_max_send_msg_size,
           "Largest gRPC message that is sent, in bytes.")
      .Range(0, 2147483647);
  section.Key("grpc_server_max_concurrent_streams", config.grpc_server_max_concurrent_streams,
              "Streams per connection; 0 means no limit.");
  KeepaliveConfig& keepalive = config.grpc_keepalive;
  section.Key(
      "grpc_server_max_connection_idle", keepalive.max_connection_idle,
      "Close a gRPC connection that is idle this long, instead of http_server_idle_timeout.");
  section.Key("grpc_server_max_connection_age", keepalive.max_connection_age,
              "Close a connection that is this old, give or take a tenth.");
  section.Key("grpc_server_max_connection_age_grace", keepalive.max_connection_age_grace,
              "Extra time before an old connection is cut.");
  section.Key("grpc_server_keepalive_time", keepalive.time,
              "Ping a silent client after this time.");
  section.Key("grpc_server_keepalive_timeout", keepalive.timeout,
              "How long to wait for the answer to a ping.");
  section.Unused("grpc_server_min_time_between_pings", std::chrono::seconds(10),
                 "Clients that ping more often are disconnected; see docs/limits.md for floods.");
  section.Unused("grpc_server_ping_without_stream_allowed", true,
                 "Clients may ping without streams.");
  section.Unused("grpc_server_num_workers", 0,
                 "Worker threads of streams; 0 means one per stream.");
  section.Unused("grpc_server_stats_tracking_enabled", true,
                 "Export message sizes and requests in flight.");
  section.Unused("grpc_server_recv_buffer_pools_enabled", false, "Without effect in Tempo too.");
  section.Unused("grpc_server_read_buffer_size", 32768, "Read buffer of a connection, in bytes.");
  section.Unused("grpc_server_write_buffer_size", 32768, "Write buffer of a connection, in bytes.");
}

void DeclareLogging(ConfigSection& section, ServerConfig& config) {
  section.Key("log_format", config.log_format, "Format of log lines: logfmt or json.")
      .OneOf({"", "logfmt", "json"}, "\"{}\" is neither logfmt nor json")
      .Else("logfmt");
  section.Key("log_level", config.log_level, "Lowest level that is logged.")
      .OneOf({"debug", "info", "warn", "error"}, "unrecognized log level \"{}\"");
  section.Later("log_source_ips_enabled", false, "Log the client's address.");
  section.Later("log_source_ips_full", false, "Log every address of the forwarding chain.");
  section.Later("log_source_ips_header", "", "Header that holds the client's address.");
  section.Later("log_source_ips_regex", "", "Pattern that takes the address out of the header.");
  section.Later("log_request_headers", false, "Log request headers.");
  section.Later("log_request_at_info_level_enabled", false,
                "Log requests at level info instead of debug.");
  section.Later("log_request_exclude_headers_list", "", "Headers that are not logged.");
  section.Unused("trace_request_headers", false, "Put request headers into Tempo's own spans.");
  section.Unused("trace_request_exclude_headers_list", "", "Headers that are not put into spans.");
  section.Key("http_path_prefix", config.http_path_prefix, "Serve everything below this path.");
}

void DeclareClusterValidation(ConfigSection& section) {
  section.Unused("label", "", "Name of the cluster that incoming requests must carry.");
  section.Unused("additional_labels", CsvList{}, "Other names that are accepted.");
  ConfigSection& grpc = section.Group("grpc", "clusterutil.ClusterValidationProtocolConfig",
                                      "Check of gRPC requests.");
  grpc.Later("enabled", false, "Refuse gRPC requests with another name.")
      .Refused("requests of other clusters would be accepted");
  grpc.Unused("soft_validation", false, "Only log them.");
  ConfigSection& http = section.Group("http", "clusterutil.ClusterValidationProtocolConfigForHTTP",
                                      "Check of HTTP requests.");
  http.Later("enabled", false, "Refuse HTTP requests with another name.")
      .Refused("requests of other clusters would be accepted");
  http.Unused("soft_validation", false, "Only log them.");
  http.Unused("excluded_paths", CsvList{}, "Paths that are not checked.");
  http.Unused("excluded_user_agents", CsvList{}, "User agents that are not checked.");
}

}  // namespace

void DeclareServer(ConfigSection& section, ServerConfig& config) {
  DeclareListeners(section, config);
  DeclareHttp(section, config);
  DeclareGrpc(section, config);
  DeclareLogging(section, config);
  DeclareClusterValidation(section.Group("cluster_validation",
                                         "clusterutil.ServerClusterValidationConfig",
                                         "Names of clusters that may talk to this one."));
  section.Unused("create_new_traces", false, "Do not continue the trace of an incoming request.");
}

void DeclareInternalServer(ConfigSection& section) {
  DeclareServer(section, section.Own(ServerConfig{.http_listen_port = 3101}));
  // It serves no gRPC: those keys are zero by default.
  for (const auto& entry : section.entries()) {
    if (entry->name().starts_with("grpc_") || entry->name() == "register_instrumentation")
      entry->Clear();
  }
  section.Later("enable", false, "Serve /ready and /metrics on a port of their own.");
  section.NotYet("nothing listens there");
}

}  // namespace vivace
