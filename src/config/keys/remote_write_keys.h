// The keys of one entry of metrics_generator.storage.remote_write: Prometheus' own format, as strict as there.
//
// Apart from keys_generator.cc because it is another project's vocabulary. Called at start, one thread.
#pragma once

#include "config/schema/schema.h"

namespace vivace {

void DeclareRemoteWrite(Block& block, NoFields&);

}  // namespace vivace
