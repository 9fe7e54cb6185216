// User limits: the document in which a tenant sets some of its own limits (spec/api.md 1.7): its
// fields, their order and their checks.
//
// The same document as Tempo stores. Pure functions, any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/sections/limits.h"

namespace vivace {

// The document as it is stored and shown: known fields only, in their order, durations as Go prints
// them. INVALID_ARGUMENT, with Tempo's text, for what is no JSON object, has unknown fields or
// values of the wrong type.
Result<std::string> NormalizeUserLimits(std::string_view json);

// Whether the values of a normalized document make sense. INVALID_ARGUMENT with Tempo's text
// otherwise.
Status CheckUserLimits(std::string_view json, const std::set<std::string>& known_forwarders);

// `json` changed by an RFC 7396 merge patch, normalized. An error of the patch's syntax is
// DATA_LOSS, others as of NormalizeUserLimits.
Result<std::string> PatchUserLimits(std::string_view json, std::string_view patch);

// What of a tenant's limits such a document can contain, as one.
std::string UserLimitsOf(const Limits& limits);

}  // namespace vivace
