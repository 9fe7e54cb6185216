// Keys that Tempo does not know but that files in the wild have: old names, other products' names,
// keys of old Helm charts.
//
// Applied to the parsed file before the strict reading, so that everything else stays an error. One
// warning for each alias met.
#pragma once

#include <string>

#include "config/yaml/parse_context.h"

namespace vivace {

// Renames and drops keys of a whole configuration file.
void ApplyAliases(YamlNode& root, ParseContext& context);
// The same for one set of limits (overrides.defaults or a tenant), whose place in the file is
// `path`.
void ApplyLimitsAliases(YamlNode& limits, const std::string& path, ParseContext& context);

}  // namespace vivace
