// ParseContext: what reading a configuration file finds: problems that stop the start and warnings
// that do not.
//
// Reading never stops at the first problem; whoever reads a value reports here and goes on. One per
// file, one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml/yaml.h"

namespace vivace {

struct ConfigWarning {
  enum class Kind {
    kStartup,   // one of Tempo's own start-up warnings; -config.verify fails on these
    kLater,     // a key that Vivace does not act on yet, with another value than its default
    kIgnored,   // something else that the file asks for and that does not happen
    kAlias,     // a key that Tempo does not know was read as another one
    kNoEffect,  // a key of Tempo that Vivace does not need
    kNotice,    // Vivace did something that the file does not ask for
  };
  // Whether something that the file asks for does not happen; the rest is for information.
  bool is_loss() const { return kind <= Kind::kIgnored; }

  Kind kind;
  std::string message;
  std::string detail = {};  // may be empty
  std::string key = {};     // of kLater: the key's path
};

class ParseContext {
 public:
  struct Problem {
    int line;  // 0: no line
    std::string message;
  };

  void Error(int line, std::string message) { problems_.push_back({line, std::move(message)}); }
  // The same with the key that is being read behind the message, unless that names it.
  void KeyError(int line, std::string_view message);
  // cannot unmarshal !!str `abc` into int (server.http_listen_port)
  void Mismatch(const YamlNode& node, std::string_view go_type);
  void Warn(ConfigWarning::Kind kind, std::string message, std::string detail = "",
            std::string key = "") {
    warnings_.push_back({kind, std::move(message), std::move(detail), std::move(key)});
  }
  // A key that its map does not have: a problem, or with -config.strict=false a warning.
  void UnknownKey(int line, std::string message);

  // Counts how many parts without effect reading is inside of, so that only the outermost is named.
  void EnterUnused() { ++unused_depth_; }
  void LeaveUnused() { --unused_depth_; }
  bool inside_unused() const { return unused_depth_ > 0; }

  // The path of the key that is being read, for messages about its value.
  const std::string& key() const { return key_; }
  void set_key(std::string key) { key_ = std::move(key); }

  void set_strict(bool strict) { strict_ = strict; }
  const std::vector<Problem>& problems() const { return problems_; }
  std::vector<ConfigWarning>& warnings() { return warnings_; }

 private:
  bool strict_ = true;
  int unused_depth_ = 0;
  std::string key_;
  std::vector<Problem> problems_;
  std::vector<ConfigWarning> warnings_;
};

// "yaml: unmarshal errors:\n  line 3: ...\n  line 7: ..."
std::string JoinProblems(const std::vector<ParseContext::Problem>& problems);

// The candidate most like `word`, or "" when none is close enough to be meant.
std::string_view NearestWord(std::string_view word,
                             const std::vector<std::string_view>& candidates);
// ` (did you mean "http"?)`, or "".
std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace vivace
