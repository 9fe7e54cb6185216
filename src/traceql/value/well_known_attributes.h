// WellKnownAttributes: keys of spans and resources that blocks keep in columns of their own, and
// the kind of their values.
//
// Tag requests list them wherever their filter passes any span, compare() counts the spans that
// lack them, and select() shows that they are missing. Made once from the configuration, read-only,
// any thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "columns/span_batch.h"

namespace vivace::traceql {

using WellKnownAttributes = std::map<std::string, ValueKind, std::less<>>;

}  // namespace vivace::traceql
