// The components' options, taken from the configuration: the only code that depends on both.
// Pure functions.
#pragma once

#include "block/block_writer.h"
#include "config/sections/config.h"
#include "ingest/ingester.h"
#include "query/query_scheduler.h"
#include "server/grpc/grpc_service.h"
#include "server/transport/listen_options.h"
#include "server/udp_listener.h"

namespace vivace {

// Bytes that the ceilings of docs/limits.md are taken from.
size_t MemoryLimit(const Config& config);
BlockOptions BlockOptionsOf(const Config& config);
// INVALID_ARGUMENT for an unknown vivace.wal_fsync.
Result<IngesterOptions> IngesterOptionsOf(const Config& config);
// INVALID_ARGUMENT for TLS settings that leave open whether there is TLS.
Result<ListenOptions> HttpListenOptionsOf(const Config& config);
Result<ListenOptions> GrpcListenOptionsOf(const Config& config);
GrpcMessageLimits GrpcMessageLimitsOf(const ServerConfig& server);
// INVALID_ARGUMENT for TLS settings that are not supported.
Result<ListenOptions> ReceiverListenOptionsOf(const Receiver& receiver);
UdpOptions ReceiverUdpOptionsOf(const Receiver& receiver);
size_t ReceiverMessageBytesMax(const Receiver& receiver);
size_t ReceiverBodyBytesMax(const Receiver& receiver);
// Bytes that all queries together may take for what they read of blocks: a quarter of the process's
// memory, 256 MiB at least.
QuerySchedulerOptions QuerySchedulerOptionsOf(const Config& config);
size_t QueryMemoryMax(const Config& config);
// What queries have collected of blocks, kept for when they are asked again.
size_t KeptPartsMax(const Config& config);

}  // namespace vivace
