// The keys of storage.trace.gcs: Google Cloud Storage.
#include "config/keys/keys.h"

namespace vivace {

void DeclareGcs(ConfigBlock& block, GcsConfig& config) {
  block.Key("bucket_name", config.bucket_name, "Bucket.");
  block.Key("prefix", config.prefix, "Prefix of every object.");
  block.Key("chunk_buffer_size", config.chunk_buffer_size, "Size of an uploaded part.");
  block.Key("endpoint", config.endpoint, "Address, if not Google's.");
  block.Key("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  block.Key("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
  block.Key("insecure", config.insecure, "Plain HTTP and no credentials.");
  block.Key("object_cache_control", config.object_cache_control, "Cache-Control of objects.");
  block.Key("object_metadata", config.object_metadata, "Metadata of objects.");
  block.Key("list_blocks_concurrency", config.list_blocks_concurrency, "Listings at once.");
  block.Key("max_retries", config.max_retries, "How often a failed request is repeated.");
}

}  // namespace vivace
