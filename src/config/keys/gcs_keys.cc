// The keys of storage.trace.gcs: Google Cloud Storage.
#include "config/keys/keys.h"

namespace vivace {

void DeclareGcs(ConfigSection& section, GcsConfig& config) {
  section.Key("bucket_name", config.bucket_name, "Bucket.");
  section.Key("prefix", config.prefix, "Prefix of every object.");
  section.Key("chunk_buffer_size", config.chunk_buffer_size, "Size of an uploaded part.");
  section.Key("endpoint", config.endpoint, "Address, if not Google's.");
  section.Key("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  section.Key("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
  section.Key("insecure", config.insecure, "Plain HTTP and no credentials.");
  section.Key("object_cache_control", config.object_cache_control, "Cache-Control of objects.");
  section.Key("object_metadata", config.object_metadata, "Metadata of objects.");
  section.Key("list_blocks_concurrency", config.list_blocks_concurrency, "Listings at once.");
  section.Key("max_retries", config.max_retries, "How often a failed request is repeated.");
}

}  // namespace vivace
