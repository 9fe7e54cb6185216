// The statuses that errors travel with: what every HTTP receiver answers, and what senders of any
// protocol act on.
//
// The mapping is that of OTLP/HTTP (spec/api.md 3.2), which the receivers of other protocols share.
// Pure functions, any thread.
#pragma once

#include "base/result.h"

namespace vivace {

// The HTTP status of a gRPC code, as OTLP/HTTP maps them.
int HttpStatusOf(ErrorCode code);

// An error as receivers send it: one without a status of its own (UNKNOWN) becomes UNAVAILABLE.
Error AsReceiverError(Error error);

}  // namespace vivace
