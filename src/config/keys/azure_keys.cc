// The keys of storage.trace.azure: Azure Blob Storage.
#include "config/keys/keys.h"

namespace vivace {

void DeclareAzure(ConfigBlock& block, AzureConfig& config) {
  block.Key("storage_account_name", config.storage_account_name, "Storage account.");
  block.Key("storage_account_key", config.storage_account_key, "Its key.");
  block.Key("use_managed_identity", config.use_managed_identity, "Use the machine's identity.");
  block.Key("use_federated_token", config.use_federated_token, "Use a federated token.");
  block.Key("user_assigned_id", config.user_assigned_id, "Identity to use.");
  block.Key("container_name", config.container_name, "Container.");
  block.Key("prefix", config.prefix, "Prefix of every object.");
  block.Key("endpoint_suffix", config.endpoint_suffix, "Suffix of the account's address.");
  block.Key("max_buffers", config.max_buffers, "Parts that are uploaded at once.");
  block.Key("buffer_size", config.buffer_size, "Size of an uploaded part.");
  block.Key("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  block.Key("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
}

}  // namespace vivace
