// What the server refuses to start with, as far as it can be told without opening storage or ports:
// -config.verify fails on the same as the start.
//
// Reads the files that the configuration names and writes nothing. Once, on main's thread.
#pragma once

#include "config/load.h"

namespace vivace {

// Everything but the per-tenant file. The message is what the start ends with.
Status CheckStart(const Config& config);
// The per-tenant file, which may be missing; at the start, reading it is the check.
Status CheckTenantLimits(const LoadedConfig& loaded);

}  // namespace vivace
