// The keys of storage.trace.s3.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareSse(ConfigSection& section, S3Config& config) {
  section.LaterKey("type", config.sse_type, "Kind of encryption.")
      .OneOf({"", "SSE-KMS", "SSE-S3", "SSE-C"}, "unsupported S3 SSE type {}");
  section.LaterKey("kms_key_id", config.sse_kms_key_id, "KMS key.");
  section.LaterKey("kms_encryption_context", config.sse_kms_encryption_context,
                   "KMS context, as JSON.");
  section.LaterKey("encryption_key", config.sse_encryption_key, "Key of SSE-C.");
}

}  // namespace

void DeclareS3(ConfigSection& section, S3Config& config) {
  DeclareClientTls(section, config.tls);
  section.LaterKey("bucket", config.bucket, "Bucket.");
  section.LaterKey("prefix", config.prefix, "Prefix of every object.");
  section.LaterKey("endpoint", config.endpoint, "Address as host or host:port, without scheme.");
  section.LaterKey("region", config.region, "Region.");
  section
      .LaterKey("access_key", config.access_key,
                "Access key; without it the environment, files and roles are tried.")
      .Masked();
  section.LaterKey("secret_key", config.secret_key, "Secret of the access key.");
  section.LaterKey("session_token", config.session_token, "Session token.");
  section.LaterKey("insecure", config.insecure, "Plain HTTP.");
  section.LaterKey("part_size", config.part_size, "Size of an uploaded part; 0 means automatic.");
  section.LaterKey("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  section.LaterKey("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
  section.Unused("signature_v2", false, "Old signatures.");
  section.LaterKey("forcepathstyle", config.forcepathstyle,
                   "Bucket in the path instead of the host name.");
  section.Unused("enable_dual_stack", false, "Use dual-stack addresses.");
  section
      .LaterKey("bucket_lookup_type", config.bucket_lookup_type,
                "0 automatic, 1 in the host name, 2 in the path.")
      .Range(0, 2);
  section.LaterKey("tags", config.tags, "Tags of objects.");
  section.LaterKey("storage_class", config.storage_class, "Storage class of objects.");
  section.LaterKey("metadata", config.metadata, "Metadata of objects.");
  section.Unused("native_aws_auth_enabled", false, "Deprecated.");
  section.LaterKey("list_blocks_concurrency", config.list_blocks_concurrency, "Listings at once.");
  DeclareSse(section.Group("sse", "s3.SSEConfig", "Encryption by the server."), config);
}

}  // namespace vivace
