// Tempo's own warnings about a configuration that is valid but probably not meant: what
// -config.verify prints and fails on.
//
// Texts are Tempo's, because people search for them. Pure, any thread.
#pragma once

#include <optional>
#include <vector>

#include "config/sections/config.h"
#include "config/yaml/parse_context.h"

namespace vivace {

// What every start with compaction switched on, as it is by default, should say; nothing where one
// of `warnings`, about a key of compaction, says it.
std::optional<ConfigWarning> RetentionWarning(const YamlNode& effective,
                                              const std::vector<ConfigWarning>& warnings);

std::vector<ConfigWarning> StartupWarnings(const Config& config, const YamlNode& effective,
                                           const YamlNode& defaults);

}  // namespace vivace
