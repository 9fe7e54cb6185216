// The keys of storage.trace.s3.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareSse(ConfigBlock& block, S3Config& config) {
  block.Key("type", config.sse_type, "Kind of encryption.")
      .OneOf({"", "SSE-KMS", "SSE-S3", "SSE-C"}, "unsupported S3 SSE type {}");
  block.Key("kms_key_id", config.sse_kms_key_id, "KMS key.");
  block.Key("kms_encryption_context", config.sse_kms_encryption_context, "KMS context, as JSON.");
  block.Key("encryption_key", config.sse_encryption_key, "Key of SSE-C.");
}

}  // namespace

void DeclareS3(ConfigBlock& block, S3Config& config) {
  DeclareClientTls(block, config.tls);
  block.Key("bucket", config.bucket, "Bucket.");
  block.Key("prefix", config.prefix, "Prefix of every object.");
  block.Key("endpoint", config.endpoint, "Address as host or host:port, without scheme.");
  block.Key("region", config.region, "Region.");
  block
      .Key("access_key", config.access_key,
           "Access key; without it the environment, files and roles are tried.")
      .Masked();
  block.Key("secret_key", config.secret_key, "Secret of the access key.");
  block.Key("session_token", config.session_token, "Session token.");
  block.Key("insecure", config.insecure, "Plain HTTP.");
  block.Key("part_size", config.part_size, "Size of an uploaded part; 0 means automatic.");
  block.Key("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  block.Key("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
  block.Unused("signature_v2", false, "Old signatures.");
  block.Key("forcepathstyle", config.forcepathstyle,
            "Bucket in the path instead of the host name.");
  block.Unused("enable_dual_stack", false, "Use dual-stack addresses.");
  block
      .Key("bucket_lookup_type", config.bucket_lookup_type,
           "0 automatic, 1 in the host name, 2 in the path.")
      .Range(0, 2);
  block.Key("tags", config.tags, "Tags of objects.");
  block.Key("storage_class", config.storage_class, "Storage class of objects.");
  block.Key("metadata", config.metadata, "Metadata of objects.");
  block.Unused("native_aws_auth_enabled", false, "Deprecated.");
  block.Key("list_blocks_concurrency", config.list_blocks_concurrency, "Listings at once.");
  DeclareSse(block.Group("sse", "s3.SSEConfig", "Encryption by the server."), config);
}

}  // namespace vivace
