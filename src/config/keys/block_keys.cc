// The keys of a block configuration, of a write-ahead log and of reading blocks, which several
// modules have.
#include "config/keys/keys.h"

namespace vivace {
namespace {

const std::vector<std::string>& Encodings() {
  static const std::vector<std::string> names = {"",       "none", "gzip",   "lz4-64k", "lz4-256k",
                                                 "lz4-1M", "lz4",  "snappy", "zstd",    "s2"};
  return names;
}

}  // namespace

std::vector<DedicatedColumnConfig> DefaultDedicatedColumnConfigs() {
  std::vector<DedicatedColumnConfig> columns;
  for (const char* name :
       {"k8s.cluster.name", "k8s.namespace.name", "k8s.pod.name", "k8s.container.name"}) {
    columns.push_back({.scope = "resource", .name = name});
  }
  for (const char* name : {"http.request.method", "http.response.status_code", "url.path",
                           "url.route", "server.address", "server.port", "http.method", "http.url",
                           "http.route", "http.status_code"}) {
    const std::string text = name;
    columns.push_back(
        {.scope = "span",
         .name = text,
         .type = text.ends_with("_code") || text.ends_with("port") ? "int" : "string"});
  }
  return columns;
}

void DeclareDedicatedColumn(ConfigSection& section, DedicatedColumnConfig& column) {
  section.Key("scope", column.scope, "Where the attribute is.")
      .OneOf({"resource", "span", "event"}, "invalid dedicated column scope: {}");
  section.Key("name", column.name, "Name of the attribute.");
  section.Key("type", column.type, "Type of its values.")
      .OneOf({"string", "int"}, "invalid dedicated column type: {}");
  section.Key("options", column.options, "Options of the column.");
}

void DeclareBlockConfig(ConfigSection& section, BlockConfig& config) {
  section.Key("bloom_filter_false_positive", config.bloom_filter_false_positive,
              "False-positive rate of the bloom filter.");
  section.Key("bloom_filter_shard_size_bytes", config.bloom_filter_shard_size_bytes,
              "Size of a bloom filter shard.");
  section
      .Key("version", config.version, "Format of new blocks; they are vParquet4 whatever it says.")
      .OneOf({"", "v2", "vParquet", "vParquet2", "vParquet3", "vParquet4", "vParquet5"},
             "{} is not a valid block version");
  section.Unused("search_encoding", "snappy", "Deprecated.")
      .OneOf(Encodings(), "encoding {} does not exist")
      .Always();
  section.Unused("search_page_size_bytes", 1048576, "Deprecated.");
  section.Unused("v2_index_downsample_bytes", 1048576, "Of v2 blocks.");
  section.Unused("v2_index_page_size_bytes", 256000, "Of v2 blocks.");
  section.Unused("v2_encoding", "zstd", "Of v2 blocks.")
      .OneOf(Encodings(), "encoding {} does not exist")
      .Always();
  section
      .Key("parquet_row_group_size_bytes", config.parquet_row_group_size_bytes,
           "Size of a row group.")
      .Range(1, 1e15);
  section.Groups("parquet_dedicated_columns", "backend.DedicatedColumn",
                 config.parquet_dedicated_columns, "Attributes with columns of their own.",
                 DeclareDedicatedColumn);
}

void DeclareWal(ConfigSection& section, WalConfig& config, const char* encoding,
                const char* version) {
  section.Key("path", config.path, "Directory of the write-ahead log.");
  section.Unused("v2_encoding", encoding, "Of v2 blocks.")
      .OneOf(Encodings(), "encoding {} does not exist")
      .Always();
  section.Unused("search_encoding", "none", "Deprecated.")
      .OneOf(Encodings(), "encoding {} does not exist")
      .Always();
  section.Key("ingestion_time_range_slack", config.ingestion_time_range_slack,
              "Spans further from now do not widen a block's time range.");
  section.Unused("version", version, "Format of the log; empty means the blocks'.").OmitZero();
}

void DeclareBlockSearch(ConfigSection& section) {
  section.Unused("chunk_size_bytes", 1000000u, "Of v2 blocks.");
  section.Unused("prefetch_trace_count", 1000, "Of v2 blocks.");
  section.Unused("read_buffer_count", 32, "Read buffers of a block.");
  section.Unused("read_buffer_size_bytes", 1048576, "Size of a read buffer.");
  ConfigSection& cache =
      section.Group("cache_control", "tempodb.CacheControlConfig", "Deprecated.");
  cache.Unused("footer", false, "Cache footers.");
  cache.Unused("column_index", false, "Cache column indexes.");
  cache.Unused("offset_index", false, "Cache offset indexes.");
}

}  // namespace vivace
