#include "app/component_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/machine_memory.h"

namespace vivace {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// Upper bound of a segment, so that memory stays bounded whatever max_block_bytes is.
constexpr size_t kSegmentBytesMax = size_t{96} << 20;

// Queries run at lower priority than ingest: they get the CPU time that it leaves, at least a
// third. Lookups are short, and people wait for them.
constexpr int kScanNice = 5;
constexpr int kLookupNice = 2;

// Enough for one query to run.
constexpr size_t kQueryMemoryMin = size_t{256} << 20;

// No UDP datagram is longer.
constexpr int64_t kDatagramBytesMax = 65'535;

DedicatedColumns DedicatedColumnsOf(const std::vector<DedicatedColumnConfig>& configured) {
  DedicatedColumns columns;
  for (const DedicatedColumnConfig& from : configured) {
    DedicatedColumn column;
    column.scope = from.scope == "resource" ? DedicatedScope::kResource
                   : from.scope == "event"  ? DedicatedScope::kEvent
                                            : DedicatedScope::kSpan;
    column.name = from.name;
    column.type = from.type == "int" ? DedicatedType::kInt : DedicatedType::kString;
    column.options = from.options;
    columns.push_back(std::move(column));
  }
  return FilterForV4(columns);
}

milliseconds Milliseconds(Duration duration, milliseconds otherwise) {
  return duration > Duration::zero() ? duration_cast<milliseconds>(duration) : otherwise;
}

// 0 means no limit; on the wire it would mean no streams at all.
uint32_t StreamsMax(uint64_t configured) {
  return configured == 0 ? UINT32_MAX
                         : static_cast<uint32_t>(std::min<uint64_t>(configured, UINT32_MAX));
}

TlsVersion TlsVersionOf(std::string_view name) {
  if (name == "VersionTLS10" || name == "1.0") return TlsVersion::k10;
  if (name == "VersionTLS11" || name == "1.1") return TlsVersion::k11;
  if (name == "VersionTLS13" || name == "1.3") return TlsVersion::k13;
  return TlsVersion::k12;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string_view part = text.substr(begin, end - begin);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

ClientAuth ClientAuthOf(std::string_view name) {
  if (name == "RequestClientCert") return ClientAuth::kRequest;
  if (name == "RequireAnyClientCert" || name == "RequireClientCert") return ClientAuth::kRequireAny;
  if (name == "VerifyClientCertIfGiven") return ClientAuth::kVerifyIfGiven;
  if (name == "RequireAndVerifyClientCert") return ClientAuth::kRequireAndVerify;
  return ClientAuth::kNone;
}

ListenNetwork NetworkOf(std::string_view name) {
  if (name == "tcp4") return ListenNetwork::kIpv4;
  return name == "tcp6" ? ListenNetwork::kIpv6 : ListenNetwork::kAny;
}

// 0: gRPC's own default, `otherwise`.
milliseconds KeepaliveTime(Duration time, milliseconds otherwise) {
  if (time >= kForever / 2) return KeepaliveOptions::kNever;
  return Milliseconds(time, otherwise);
}

KeepaliveOptions KeepaliveOf(const KeepaliveConfig& config) {
  KeepaliveOptions options;
  options.age_max = KeepaliveTime(config.max_connection_age, options.age_max);
  options.age_grace = KeepaliveTime(config.max_connection_age_grace, options.age_grace);
  options.ping_after = KeepaliveTime(config.time, options.ping_after);
  options.ping_timeout = KeepaliveTime(config.timeout, options.ping_timeout);
  return options;
}

// The idle time of connections to a gRPC port: that of the port, where gRPC's own is not set.
milliseconds IdleTimeout(const KeepaliveConfig& config, milliseconds otherwise) {
  return config.max_connection_idle >= kForever / 2
             ? otherwise
             : Milliseconds(config.max_connection_idle, otherwise);
}

// A certificate, a key or a CA may be a file or text, and a certificate needs a key: a mistake in
// that must not end in a port without TLS.
Status CheckTlsPair(const TlsOptions& tls, std::string_view place) {
  const auto bad = [place](std::string_view what) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", place, what));
  };
  if (!tls.cert_file.empty() && !tls.cert_pem.empty())
    return bad("the certificate is given inline and as a file");
  if (!tls.key_file.empty() && !tls.key_pem.empty())
    return bad("the key is given inline and as a file");
  if (!tls.client_ca_file.empty() && !tls.client_ca_pem.empty())
    return bad("the client CA is given inline and as a file");
  const bool has_certificate = !tls.cert_file.empty() || !tls.cert_pem.empty();
  const bool has_key = !tls.key_file.empty() || !tls.key_pem.empty();
  if (has_certificate != has_key) return bad("tls needs a certificate and a key");
  if (tls.min_version > tls.max_version) return bad("min_version is above max_version");
  const bool wants_clients = !tls.client_ca_file.empty() || !tls.client_ca_pem.empty() ||
                             tls.client_auth != ClientAuth::kNone;
  if (!has_key && wants_clients)
    return bad("client certificates need tls: a certificate and a key");
  return {};
}

bool IsTlsOn(const TlsOptions& tls) { return !tls.cert_file.empty() || !tls.cert_pem.empty(); }

Result<ListenOptions> ServerListenOptions(const ServerConfig& server, const ServerTlsConfig& tls,
                                          std::string_view place) {
  ListenOptions options;
  options.streams_max = StreamsMax(server.grpc_server_max_concurrent_streams);
  options.read_timeout = Milliseconds(server.http_server_read_timeout, options.read_timeout);
  options.header_timeout = Milliseconds(server.http_server_read_header_timeout,
                                        std::min(options.header_timeout, options.read_timeout));
  options.write_timeout = Milliseconds(server.http_server_write_timeout, options.write_timeout);
  options.idle_timeout = Milliseconds(server.http_server_idle_timeout, options.idle_timeout);
  TlsOptions own{.cert_file = tls.cert_file,
                 .key_file = tls.key_file,
                 .client_ca_file = tls.client_ca_file,
                 .cert_pem = tls.cert,
                 .key_pem = tls.key.value_or(Secret{}).value,
                 .client_ca_pem = tls.client_ca,
                 .client_auth = ClientAuthOf(tls.client_auth_type),
                 .min_version = TlsVersionOf(server.tls_min_version),
                 .cipher_suites = SplitList(server.tls_cipher_suites)};
  VIVACE_TRY(CheckTlsPair(own, place));
  if (IsTlsOn(own)) options.tls = std::move(own);
  return options;
}

TlsOptions ReceiverTlsOptions(const ReceiverTlsConfig& config) {
  TlsOptions tls{.cert_file = config.cert_file,
                 .key_file = config.key_file,
                 .client_ca_file = config.client_ca_file,
                 .cert_pem = config.cert_pem,
                 .key_pem = config.key_pem.value,
                 .client_auth = config.client_ca_file.empty() ? ClientAuth::kNone
                                                              : ClientAuth::kRequireAndVerify,
                 .min_version = TlsVersionOf(config.min_version),
                 .max_version = config.max_version.empty() ? TlsVersion::k13
                                                           : TlsVersionOf(config.max_version),
                 .cipher_suites = config.cipher_suites};
  if (config.reload_interval > Duration::zero()) {
    tls.reload_interval = std::max(std::chrono::seconds(1),
                                   duration_cast<std::chrono::seconds>(config.reload_interval));
  }
  return tls;
}

}  // namespace

size_t MemoryLimit(const Config& config) {
  if (config.vivace.memory_limit > 0) return config.vivace.memory_limit;
  return static_cast<size_t>(MachineMemoryBytes() / 2);
}

BlockOptions BlockOptionsOf(const Config& config) {
  const BlockConfig& block = config.storage.block;
  BlockOptions options;
  options.dedicated_columns = DedicatedColumnsOf(block.parquet_dedicated_columns);
  options.bloom_false_positives = block.bloom_filter_false_positive;
  options.row_group_bytes = static_cast<uint64_t>(block.parquet_row_group_size_bytes);
  options.bloom_shard_bytes = static_cast<uint64_t>(block.bloom_filter_shard_size_bytes);
  return options;
}

Result<IngesterOptions> IngesterOptionsOf(const Config& config) {
  IngesterOptions options;
  options.wal_path = config.storage.wal.path;
  if (config.vivace.wal_fsync == "always") {
    options.wal_sync = WalSync::kAlways;
  } else if (config.vivace.wal_fsync == "interval") {
    options.wal_sync = WalSync::kInterval;
  } else if (config.vivace.wal_fsync == "never") {
    options.wal_sync = WalSync::kNever;
  } else {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("vivace.wal_fsync is \"{}\", must be always, interval or never",
                            config.vivace.wal_fsync));
  }
  options.wal_sync_interval = duration_cast<milliseconds>(config.vivace.wal_fsync_interval);
  const size_t memory = MemoryLimit(config);
  const auto block_bytes_max = static_cast<size_t>(config.ingester.max_block_bytes);
  options.segment_bytes_max = std::min<size_t>(
      {block_bytes_max > 0 ? block_bytes_max : kSegmentBytesMax, kSegmentBytesMax, memory / 6});
  options.queue_bytes_max = std::min<size_t>(options.queue_bytes_max, memory / 8);
  options.backlog_bytes_max = 2 * options.segment_bytes_max;
  options.segments_bytes_max = std::max(memory / 2, 4 * options.segment_bytes_max);
  options.tenants_max = config.vivace.max_tenants;
  options.segment_age_max = config.ingester.max_block_duration;
  options.check_period = std::max<Duration>(config.ingester.flush_check_period, milliseconds(10));
  options.flush_on_stop = config.ingester.flush_all_on_shutdown;
  options.flusher.block = BlockOptionsOf(config);
  options.flusher.block_end_slack_seconds = static_cast<uint64_t>(
      duration_cast<std::chrono::seconds>(config.storage.wal.ingestion_time_range_slack).count());
  options.flusher.workers = static_cast<size_t>(std::clamp<int64_t>(
      config.ingester.concurrent_flushes, 1, std::thread::hardware_concurrency()));
  options.flusher.in_flight_bytes_max = options.segment_bytes_max;
  options.flusher.helped_bytes = options.segment_bytes_max;
  return options;
}

Result<ListenOptions> HttpListenOptionsOf(const Config& config) {
  const ServerConfig& server = config.server;
  VIVACE_ASSIGN(ListenOptions options,
                ServerListenOptions(server, server.http_tls_config, "server.http_tls_config"));
  options.address = server.http_listen_address;
  options.network = NetworkOf(server.http_listen_network);
  options.port = static_cast<uint16_t>(server.http_listen_port);
  if (server.http_listen_conn_limit > 0)
    options.connections_max = static_cast<size_t>(server.http_listen_conn_limit);
  // Queries come in the URL, and a byte of them may take three there.
  options.header_bytes_max += 3 * static_cast<size_t>(std::max<int64_t>(
                                      config.query_frontend.max_query_expression_size_bytes, 0));
  return options;
}

Result<ListenOptions> GrpcListenOptionsOf(const Config& config) {
  const ServerConfig& server = config.server;
  VIVACE_ASSIGN(ListenOptions options,
                ServerListenOptions(server, server.grpc_tls_config, "server.grpc_tls_config"));
  options.address = server.grpc_listen_address;
  options.network = NetworkOf(server.grpc_listen_network);
  options.port = static_cast<uint16_t>(server.grpc_listen_port);
  options.keepalive = KeepaliveOf(server.grpc_keepalive);
  options.idle_timeout = IdleTimeout(server.grpc_keepalive, options.idle_timeout);
  if (server.grpc_listen_conn_limit > 0)
    options.connections_max = static_cast<size_t>(server.grpc_listen_conn_limit);
  return options;
}

GrpcMessageLimits GrpcMessageLimitsOf(const ServerConfig& server) {
  return {.received_bytes_max = static_cast<size_t>(server.grpc_server_max_recv_msg_size),
          .sent_bytes_max = static_cast<size_t>(server.grpc_server_max_send_msg_size)};
}

UdpOptions ReceiverUdpOptionsOf(const Receiver& receiver) {
  UdpOptions options{.address = receiver.host, .port = receiver.port};
  options.datagram_bytes_max =
      static_cast<size_t>(std::clamp<int64_t>(receiver.max_packet_size, 1, kDatagramBytesMax));
  if (receiver.socket_buffer_size > 0)
    options.socket_buffer_bytes = static_cast<size_t>(receiver.socket_buffer_size);
  return options;
}

Result<ListenOptions> ReceiverListenOptionsOf(const Receiver& receiver) {
  ListenOptions options;
  options.address = receiver.host;
  options.port = receiver.port;
  options.body_bytes_max = ReceiverBodyBytesMax(receiver);
  options.connection_body_bytes_max =
      std::max({options.connection_body_bytes_max, options.body_bytes_max * 2,
                ReceiverMessageBytesMax(receiver) * 2});
  if (receiver.max_concurrent_streams > 0)
    options.streams_max = StreamsMax(receiver.max_concurrent_streams);
  options.read_timeout = Milliseconds(receiver.read_timeout, options.read_timeout);
  options.header_timeout = Milliseconds(receiver.read_header_timeout, options.header_timeout);
  options.write_timeout = Milliseconds(receiver.write_timeout, options.write_timeout);
  options.idle_timeout = Milliseconds(receiver.idle_timeout, options.idle_timeout);
  options.keep_alive = receiver.keep_alives_enabled;
  options.keepalive = KeepaliveOf(receiver.keepalive);
  options.idle_timeout = IdleTimeout(receiver.keepalive, options.idle_timeout);
  TlsOptions tls = ReceiverTlsOptions(receiver.tls);
  VIVACE_TRY(CheckTlsPair(tls, "receiver " + receiver.name));
  if (IsTlsOn(tls)) options.tls = std::move(tls);
  return options;
}

size_t ReceiverMessageBytesMax(const Receiver& receiver) {
  return receiver.max_recv_msg_size_mib > 0
             ? static_cast<size_t>(receiver.max_recv_msg_size_mib) << 20
             : size_t{4} << 20;
}

size_t ReceiverBodyBytesMax(const Receiver& receiver) {
  return receiver.max_request_body_size > 0 ? static_cast<size_t>(receiver.max_request_body_size)
                                            : size_t{20} << 20;
}

QuerySchedulerOptions QuerySchedulerOptionsOf(const Config& config) {
  QuerySchedulerOptions options;
  const size_t useful = std::max<size_t>(size_t{2} * std::thread::hardware_concurrency(), 4);
  options.threads = static_cast<size_t>(
      std::clamp<int64_t>(config.querier.max_concurrent_queries, 1, static_cast<int64_t>(useful)));
  options.waiting_max_per_tenant =
      static_cast<size_t>(std::max<int64_t>(config.query_frontend.max_outstanding_per_tenant, 1));
  options.waiting_max = std::max(options.waiting_max, options.waiting_max_per_tenant);
  options.lookup_nice = kLookupNice;
  options.scan_nice = kScanNice;
  return options;
}

size_t KeptPartsMax(const Config& config) {
  return std::min(MemoryLimit(config) / 16, size_t{64} << 20);
}

size_t QueryMemoryMax(const Config& config) {
  return std::max(MemoryLimit(config) / 4, kQueryMemoryMin);
}

}  // namespace vivace
