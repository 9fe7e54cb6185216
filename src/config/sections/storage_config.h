// The `storage.trace` block: where blocks live, how they are written and how often the list of them
// is read again.
//
// Member initialisers are the defaults; what each key means stands in storage_keys.cc and
// block_keys.cc. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/sections/value_types.h"

namespace vivace {

// An attribute that gets a column of its own.
struct DedicatedColumnConfig {
  std::string scope = "span";  // resource, span or event
  std::string name;
  std::string type = "string";  // string or int
  std::vector<std::string> options;
  bool operator==(const DedicatedColumnConfig&) const = default;
};

// Tempo's fourteen.
std::vector<DedicatedColumnConfig> DefaultDedicatedColumnConfigs();

struct BlockConfig {
  double bloom_filter_false_positive = 0.01;
  int64_t bloom_filter_shard_size_bytes = 102400;
  std::string version = "vParquet4";
  int64_t parquet_row_group_size_bytes = 100000000;
  std::vector<DedicatedColumnConfig> parquet_dedicated_columns = DefaultDedicatedColumnConfigs();
};

struct WalConfig {
  std::string path = "/var/tempo/wal";
  Duration ingestion_time_range_slack = std::chrono::minutes(2);
};

struct LocalConfig {
  std::string path;
};

// Client TLS, inlined wherever tls_* keys are.
struct ClientTlsConfig {
  std::string tls_cert_path;
  std::string tls_key_path;
  std::string tls_ca_path;
  std::string tls_server_name;
  bool tls_insecure_skip_verify = false;
  std::string tls_cipher_suites;
  std::string tls_min_version;
};

struct S3Config {
  ClientTlsConfig tls{.tls_min_version = "VersionTLS12"};
  std::string bucket;
  std::string prefix;
  std::string endpoint;
  std::string region;
  std::string access_key;
  Secret secret_key;
  Secret session_token;
  bool insecure = false;
  uint64_t part_size = 0;
  Duration hedge_requests_at{};
  int64_t hedge_requests_up_to = 2;
  bool forcepathstyle = false;
  int64_t bucket_lookup_type = 0;
  std::map<std::string, std::string> tags;
  std::string storage_class;
  std::map<std::string, std::string> metadata;
  int64_t list_blocks_concurrency = 3;
  std::string sse_type;
  std::string sse_kms_key_id;
  std::string sse_kms_encryption_context;
  Secret sse_encryption_key;
};

struct GcsConfig {
  std::string bucket_name;
  std::string prefix;
  int64_t chunk_buffer_size = 10485760;
  std::string endpoint;
  Duration hedge_requests_at{};
  int64_t hedge_requests_up_to = 2;
  bool insecure = false;
  std::string object_cache_control;
  std::map<std::string, std::string> object_metadata;
  int64_t list_blocks_concurrency = 3;
  int64_t max_retries = 3;
};

struct AzureConfig {
  std::string storage_account_name;
  Secret storage_account_key;
  bool use_managed_identity = false;
  bool use_federated_token = false;
  std::string user_assigned_id;
  std::string container_name;
  std::string prefix;
  std::string endpoint_suffix = "blob.core.windows.net";
  int64_t max_buffers = 4;
  int64_t buffer_size = 3145728;
  Duration hedge_requests_at{};
  int64_t hedge_requests_up_to = 2;
};

struct StorageConfig {
  WalConfig wal;
  BlockConfig block;
  Duration blocklist_poll = std::chrono::minutes(5);
  uint64_t blocklist_poll_concurrency = 50;
  std::string backend;  // local, s3, gcs, azure
  LocalConfig local;
  GcsConfig gcs;
  S3Config s3;
  AzureConfig azure;
};

}  // namespace vivace
