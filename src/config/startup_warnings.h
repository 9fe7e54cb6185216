// Tempo's own warnings about a configuration that is valid but probably not meant: what
// -config.verify prints and fails on.
//
// Texts are Tempo's, because people search for them. Pure, any thread.
#pragma once

#include <vector>

#include "config/sections/config.h"
#include "config/yaml/parse_context.h"

namespace vivace {

std::vector<ConfigWarning> StartupWarnings(const Config& config, const YamlNode& effective,
                                           const YamlNode& defaults);

}  // namespace vivace
