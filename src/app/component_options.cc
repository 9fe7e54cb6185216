#include "app/component_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

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

size_t MemoryLimit(const Config& config) {
  if (config.vivace.memory_limit > 0) return config.vivace.memory_limit;
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<size_t>(sysconf(_SC_PAGE_SIZE)) / 2;
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

ListenOptions ServerListenOptions(const Config& config, const ServerTlsConfig& tls) {
  ListenOptions options;
  const ServerConfig& server = config.server;
  options.streams_max = StreamsMax(server.grpc_server_max_concurrent_streams);
  options.read_timeout = Milliseconds(server.http_server_read_timeout, options.read_timeout);
  options.header_timeout = Milliseconds(server.http_server_read_header_timeout,
                                        std::min(options.header_timeout, options.read_timeout));
  options.write_timeout = Milliseconds(server.http_server_write_timeout, options.write_timeout);
  options.idle_timeout = Milliseconds(server.http_server_idle_timeout, options.idle_timeout);
  if (!tls.cert_file.empty() && !tls.key_file.empty()) {
    options.tls = TlsOptions{.cert_file = tls.cert_file,
                             .key_file = tls.key_file,
                             .client_ca_file = tls.client_ca_file,
                             .client_auth = ClientAuthOf(tls.client_auth_type),
                             .min_version = TlsVersionOf(server.tls_min_version),
                             .cipher_suites = SplitList(server.tls_cipher_suites)};
  }
  return options;
}

}  // namespace

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
  options.segment_bytes_max = std::min<size_t>(
      {static_cast<size_t>(config.ingester.max_block_bytes), kSegmentBytesMax, memory / 6});
  options.queue_bytes_max = std::min<size_t>(options.queue_bytes_max, memory / 8);
  options.segment_age_max = config.ingester.max_block_duration;
  options.check_period = std::max<Duration>(config.ingester.flush_check_period, milliseconds(10));
  options.flush_on_stop = config.ingester.flush_all_on_shutdown;
  options.block = BlockOptionsOf(config);
  options.block_end_slack_seconds = static_cast<uint64_t>(
      duration_cast<std::chrono::seconds>(config.storage.wal.ingestion_time_range_slack).count());
  return options;
}

ListenOptions HttpListenOptionsOf(const Config& config) {
  ListenOptions options = ServerListenOptions(config, config.server.http_tls_config);
  options.address = config.server.http_listen_address;
  options.port = static_cast<uint16_t>(config.server.http_listen_port);
  if (config.server.http_listen_conn_limit > 0)
    options.connections_max = static_cast<size_t>(config.server.http_listen_conn_limit);
  // Queries come in the URL, and a byte of them may take three there.
  options.header_bytes_max += 3 * static_cast<size_t>(std::max<int64_t>(
                                      config.query_frontend.max_query_expression_size_bytes, 0));
  return options;
}

ListenOptions GrpcListenOptionsOf(const Config& config) {
  ListenOptions options = ServerListenOptions(config, config.server.grpc_tls_config);
  options.address = config.server.grpc_listen_address;
  options.port = static_cast<uint16_t>(config.server.grpc_listen_port);
  if (config.server.grpc_listen_conn_limit > 0)
    options.connections_max = static_cast<size_t>(config.server.grpc_listen_conn_limit);
  return options;
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
  if (receiver.tls.enabled()) {
    if (receiver.tls.cert_file.empty() || receiver.tls.key_file.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("receiver {}: tls needs cert_file and key_file", receiver.name));
    }
    options.tls = TlsOptions{
        .cert_file = receiver.tls.cert_file,
        .key_file = receiver.tls.key_file,
        .client_ca_file = receiver.tls.client_ca_file,
        .client_auth =
            receiver.tls.client_ca_file.empty() ? ClientAuth::kNone : ClientAuth::kRequireAndVerify,
        .min_version = TlsVersionOf(receiver.tls.min_version),
        .max_version = receiver.tls.max_version.empty() ? TlsVersion::k13
                                                        : TlsVersionOf(receiver.tls.max_version),
        .cipher_suites = receiver.tls.cipher_suites};
    if (receiver.tls.reload_interval > Duration::zero()) {
      options.tls->reload_interval =
          std::max(std::chrono::seconds(1),
                   duration_cast<std::chrono::seconds>(receiver.tls.reload_interval));
    }
  }
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

size_t QueryMemoryMax(const Config& config) {
  return std::max(MemoryLimit(config) / 4, kQueryMemoryMin);
}

}  // namespace vivace
