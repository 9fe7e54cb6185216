// What the server refuses to start with, as far as it can be told without opening storage or ports:
// -config.verify fails on the same as the start. What the machine does meanwhile (a port that is
// taken, a full disk) is found out at the start only.
//
// Reads the files that the configuration names and writes nothing; logs what is risky. Once, on
// main's thread.
#pragma once

#include "config/load.h"

namespace vivace {

// Everything but the per-tenant file. The message names the key, and is what the start ends with.
Status CheckStart(const Config& config);
// What reading limits checks at the start: the defaults, and the per-tenant file, which may be
// missing: that is a warning.
Status CheckTenantLimits(const LoadedConfig& loaded);
// Of the defaults or of one tenant: what its limits name and there is not. Warns about forwarders,
// fails on policies.
Status CheckLimitsOf(const Limits& limits, const Config& config);

}  // namespace vivace
