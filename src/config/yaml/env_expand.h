// ${NAME} and its shell-like forms in configuration files.
//
// With -config.expand-env=true the whole text is expanded before it is YAML (comments too). Without
// that flag Vivace still expands a value that is nothing but ${NAME}, ${NAME:default} or
// ${NAME:-default}. Pure functions over the given environment.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/yaml/parse_context.h"

namespace vivace {

// The value of a variable, if it is set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
std::optional<std::string> ProcessEnvironment(std::string_view name);

// ${A} ${A:-d} ${A:=d} ${A=d} ${A:?d} ${A:+d} ${#A} ${A^} ${A^^} ${A,} ${A,,} ${A:from}
// ${A:from:length} ${A#p} ${A##p} ${A%p} ${A%%p}
// ${A/x/y} ${A//x/y} ${A/#x/y} ${A/%x/y}, nested at will (at most 20 deep); $$ is a dollar sign, $A
// is left alone. Beyond that list,
// ${A:word} gives `word` if A is unset and the word is no number. Errors: "missing closing brace",
// "unable to parse variable name".
Result<std::string> ExpandEnvironment(std::string_view text, const Environment& environment);

// Expands, in every value below `node`, those that are nothing but one variable that is set or has
// a default; a notice for each.
void ExpandWholeValues(YamlNode& node, const Environment& environment, ParseContext& context);

// Warns of every value below `node`, whose key is `path`, that has ${NAME} in it: nobody expands
// it.
void WarnOfVariables(const YamlNode& node, const std::string& path, ParseContext& context);

}  // namespace vivace
