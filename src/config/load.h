// From the command line and the file to a Config: the one entry point of this layer.
//
// Precedence: built-in default, then the file, then flags. Without -config.file an embedded default
// is used (DefaultConfigText). All problems of a file are reported at once, with line numbers and
// in Tempo's words. Called once at start, one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/flags.h"
#include "config/sections/config.h"
#include "config/yaml/env_expand.h"
#include "config/yaml/parse_context.h"
#include "config/yaml/yaml.h"

namespace vivace {

struct LoadOptions {
  // Where the embedded default keeps its data.
  std::string default_data_dir = "./data";
  Environment environment = ProcessEnvironment;
};

struct LoadedConfig {
  Config config;
  CommandLine command_line;  // files that are read later are read by its rules
  // What /status/config prints: every key, also those that Config does not have.
  YamlNode effective;
  YamlNode defaults;
  std::vector<ConfigWarning> warnings;

  // Whether -config.verify=true exits with an error: any of Tempo's own start-up warnings is a
  // failure, aliases and notices are not.
  bool VerifyFails() const;
};

// Messages begin with "failed parsing config: "; the process exits with code 1.
Result<LoadedConfig> LoadConfig(const CommandLine& command_line, const LoadOptions& options = {});
// The same for a text instead of -config.file; `path` is its name in messages.
Result<LoadedConfig> LoadConfigText(std::string_view text, const std::string& path,
                                    const CommandLine& command_line,
                                    const LoadOptions& options = {});

// The embedded default: local disk below `data_dir`, every receiver on all addresses.
std::string DefaultConfigText(const std::string& data_dir);

// The file's content, or "open PATH: no such file or directory".
Result<std::string> ReadTextFile(const std::string& path);
// A parsed file after expansion: the text when -config.expand-env=true, whole values unless that
// flag is false.
Result<YamlNode> ParseConfigYaml(std::string_view text, const std::string& path,
                                 const CommandLine& command_line, const LoadOptions& options,
                                 ParseContext& context);

}  // namespace vivace
