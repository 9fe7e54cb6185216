// CheckLimits: what no single key of a tenant's limits can tell.
//
// Pure; called where limits are read.
#pragma once

#include <string>

#include "config/sections/limits.h"
#include "config/yaml/parse_context.h"

namespace vivace {

// Reports to `context`, as problems of the line where the tenant's limits begin. What a tenant has
// from `defaults` is not checked again where Tempo does not check those.
void CheckLimits(const Limits& limits, const Limits& defaults, const std::string& tenant, int line,
                 int64_t replication_factor, ParseContext& context);

}  // namespace vivace
