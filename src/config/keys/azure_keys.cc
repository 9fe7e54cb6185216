// The keys of storage.trace.azure: Azure Blob Storage.
#include "config/keys/keys.h"

namespace vivace {

void DeclareAzure(ConfigSection& section, AzureConfig& config) {
  section.Key("storage_account_name", config.storage_account_name, "Storage account.");
  section.Key("storage_account_key", config.storage_account_key, "Its key.");
  section.Key("use_managed_identity", config.use_managed_identity, "Use the machine's identity.");
  section.Key("use_federated_token", config.use_federated_token, "Use a federated token.");
  section.Key("user_assigned_id", config.user_assigned_id, "Identity to use.");
  section.Key("container_name", config.container_name, "Container.");
  section.Key("prefix", config.prefix, "Prefix of every object.");
  section.Key("endpoint_suffix", config.endpoint_suffix, "Suffix of the account's address.");
  section.Key("max_buffers", config.max_buffers, "Parts that are uploaded at once.");
  section.Key("buffer_size", config.buffer_size, "Size of an uploaded part.");
  section.Key("hedge_requests_at", config.hedge_requests_at, kHedgeAt);
  section.Key("hedge_requests_up_to", config.hedge_requests_up_to, kHedgeUpTo);
}

}  // namespace vivace
