// The keys of storage.trace.gcs: Google Cloud Storage.
#include "config/keys/keys.h"

namespace vivace {

void DeclareGcs(ConfigSection& section, GcsConfig& config) {
  section.LaterKey("bucket_name", config.bucket_name, "Bucket.");
  section.LaterKey("prefix", config.prefix, "Prefix of every object.");
  section.LaterKey("chunk_buffer_size", config.chunk_buffer_size, "Size of an uploaded part.");
  section.LaterKey("endpoint", config.endpoint, "Address, if not Google's.");
  section.LaterKey("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  section.LaterKey("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
  section.LaterKey("insecure", config.insecure, "Plain HTTP and no credentials.");
  section.LaterKey("object_cache_control", config.object_cache_control,
                   "Cache-Control of objects.");
  section.LaterKey("object_metadata", config.object_metadata, "Metadata of objects.");
  section.LaterKey("list_blocks_concurrency", config.list_blocks_concurrency, "Listings at once.");
  section.LaterKey("max_retries", config.max_retries, "How often a failed request is repeated.");
}

}  // namespace vivace
