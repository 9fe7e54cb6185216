// The keys of storage.trace.azure: Azure Blob Storage.
#include "config/keys/keys.h"

namespace vivace {

void DeclareAzure(ConfigSection& section, AzureConfig& config) {
  section.LaterKey("storage_account_name", config.storage_account_name, "Storage account.");
  section.LaterKey("storage_account_key", config.storage_account_key, "Its key.");
  section.LaterKey("use_managed_identity", config.use_managed_identity,
                   "Use the machine's identity.");
  section.LaterKey("use_federated_token", config.use_federated_token, "Use a federated token.");
  section.LaterKey("user_assigned_id", config.user_assigned_id, "Identity to use.");
  section.LaterKey("container_name", config.container_name, "Container.");
  section.LaterKey("prefix", config.prefix, "Prefix of every object.");
  section.LaterKey("endpoint_suffix", config.endpoint_suffix, "Suffix of the account's address.");
  section.LaterKey("max_buffers", config.max_buffers, "Parts that are uploaded at once.");
  section.LaterKey("buffer_size", config.buffer_size, "Size of an uploaded part.");
  section.LaterKey("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  section.LaterKey("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
}

}  // namespace vivace
