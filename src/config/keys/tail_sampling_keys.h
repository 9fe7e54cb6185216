// Declares the keys of a tenant's tail sampling.
#pragma once

#include "config/schema/schema.h"
#include "config/sections/tail_sampling_config.h"

namespace vivace {

void DeclareTailSampling(Block& block, TailSamplingConfig& config);

}  // namespace vivace
