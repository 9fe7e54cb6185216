// Conditions in OTTL, the collector's language, as forwarders use them to leave spans out:
// `attributes["http.route"] == "/health"`.
//
// Known are the paths of spans, span events, scopes and resources; comparisons, and, or, not; the
// functions IsMatch, HasPrefix, HasSuffix, IsRootSpan, IsString, IsInt, IsDouble, IsBool, Len,
// TraceID and SpanID; enums of kinds and status codes. Everything else is refused when the
// condition is parsed. A condition is immutable, any thread; evaluating it costs some calls, and
// for most no allocation.
#pragma once

#include <functional>
#include <string_view>

#include "forward/ottl_value.h"

namespace vivace {

using OttlCondition = std::function<bool(const OttlRow& row)>;

// INVALID_ARGUMENT says what is wrong and where.
Result<OttlCondition> ParseOttl(std::string_view text, OttlContext context);

}  // namespace vivace
