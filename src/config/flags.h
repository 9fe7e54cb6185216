// The command line, by the rules of Go's flag package and with every flag of Tempo.
//
// -x v, -x=v, --x v and --x=v are the same; a bare boolean flag is true; the last of several wins.
// A flag with a key in the file sets that key after the file is read; flags of things that Vivace
// does not have are accepted without effect. Pure functions, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vivace {

class ConfigSection;
class ParseContext;

struct CommandLine {
  // A flag that sets a key of the configuration.
  struct Setting {
    std::string flag;
    std::string path;
    std::string value;
  };

  std::string config_file;
  std::optional<bool> expand_env;  // unset: only values that are nothing but one variable
  bool verify = false;
  bool strict = true;
  bool help = false;      // print UsageText() and exit with 0
  bool help_all = false;  // the same with every flag
  // Print the hash of the password or token that stands on the first line of standard input, for
  // the access file, and exit with 0.
  bool hash_password = false;
  bool hash_token = false;
  bool version = false;  // print the version and exit with 0, once the file has been read
  std::vector<Setting> settings;
};

struct FlagSpec {
  std::string name;
  std::string type;  // "" for booleans, else int, float, string, duration, value
  std::string path;  // key of the configuration; "" if there is none
  std::string doc;   // "" if the key's sentence serves
};

// All flags, sorted by name. Not cheap: it is built anew.
std::vector<FlagSpec> AllFlags();

// Without the program's name. The process prints the error and exits with code 2.
Result<CommandLine> ParseCommandLine(std::span<const std::string> arguments);

// What -help prints: the flags that most installations use, or all of them, those without effect
// last.
std::string UsageText(bool all);

// Sets one key and warns in `context` as reading a file does; a value that cannot be used is an
// error that names the flag.
Status ApplySetting(ConfigSection& root, const CommandLine::Setting& setting,
                    ParseContext& context);

}  // namespace vivace
