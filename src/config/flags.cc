#include "config/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/go_format.h"
#include "config/keys/keys.h"

namespace vivace {
namespace {

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

std::unexpected<Error> RefuseValue(std::string_view value, std::string_view flag,
                                   std::string_view why, bool boolean = false) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("invalid {}value \"{}\" for flag -{}: {}", boolean ? "boolean " : "",
                          value, flag, why));
}

// The flags of most installations.
bool IsCommon(const FlagSpec& flag) {
  static constexpr std::array<std::string_view, 19> kCommon = {"config.file",
                                                               "config.verify",
                                                               "config.expand-env",
                                                               "config.strict",
                                                               "config.per-user-override-config",
                                                               "hash-password",
                                                               "hash-token",
                                                               "version",
                                                               "target",
                                                               "log.level",
                                                               "multitenancy.enabled",
                                                               "http-api-prefix",
                                                               "shutdown-delay",
                                                               "server.http-listen-port",
                                                               "server.grpc-listen-port",
                                                               "storage.trace.backend",
                                                               "storage.trace.local.path",
                                                               "storage.trace.wal.path",
                                                               "storage.trace.blocklist_poll"};
  return std::ranges::find(kCommon, flag.name) != kCommon.end();
}

// Vivace's own flags have their sentence, others that of their key.
std::string UsageOf(const FlagSpec& flag, const Entry* entry) {
  const std::string doc = flag.doc.empty() && entry != nullptr ? entry->doc() : flag.doc;
  std::string text =
      fmt::format("  -{}{}{}\n    \t{}", flag.name, flag.type.empty() ? "" : " ", flag.type, doc);
  if (entry != nullptr && !entry->IsZero())
    text += fmt::format(" (default {})", entry->Dump().text);
  return text + "\n";
}

bool HasEffect(const FlagSpec& flag, const Entry* entry) {
  return !flag.doc.empty() || (entry != nullptr && entry->kind() == KeyKind::kUsed);
}

class Parser {
 public:
  explicit Parser(std::span<const std::string> arguments)
      : arguments_(arguments), flags_(AllFlags()) {}

  Result<CommandLine> Parse() {
    while (next_ < arguments_.size() && !line_.help && !line_.help_all)
      VIVACE_TRY(TakeFlag(arguments_[next_++]));
    Config scratch;
    ParseContext ignored;
    const std::unique_ptr<ConfigSection> root = DeclareConfig(scratch);
    for (const CommandLine::Setting& setting : line_.settings) {
      if (const Status applied = ApplySetting(*root, setting, ignored); !applied)
        return Refuse(applied.error().message);
    }
    return std::move(line_);
  }

 private:
  Status TakeFlag(std::string_view argument) {
    if (!argument.starts_with('-') || argument.size() < 2)
      return Refuse(fmt::format("unexpected argument: {}", argument));
    std::string_view name = argument.substr(argument.starts_with("--") ? 2 : 1);
    if (name.empty() || name.front() == '-' || name.front() == '=')
      return Refuse(fmt::format("bad flag syntax: {}", argument));
    const size_t equals = name.find('=');
    std::optional<std::string> value;
    if (equals != std::string_view::npos) value = std::string(name.substr(equals + 1));
    name = name.substr(0, equals);
    line_.help = name == "help" || name == "h";
    line_.help_all = name == "help-all";
    if (line_.help || line_.help_all) return {};
    const auto flag = std::ranges::find(flags_, name, &FlagSpec::name);
    if (flag == flags_.end())
      return Refuse(fmt::format("flag provided but not defined: -{}{}", name, Nearest(name)));
    return flag->type.empty() ? SetBoolean(*flag, std::move(value))
                              : SetValue(*flag, std::move(value));
  }

  // ` (did you mean -config.file?)`, or "".
  std::string Nearest(std::string_view name) const {
    std::vector<std::string_view> names = {"help", "help-all"};
    for (const FlagSpec& flag : flags_) names.push_back(flag.name);
    const std::string_view nearest = NearestWord(name, names);
    return nearest.empty() ? "; -help lists the flags"
                           : fmt::format(" (did you mean -{}?)", nearest);
  }

  Status SetBoolean(const FlagSpec& flag, std::optional<std::string> value) {
    // Tempo reads these two in another way, so that scripts may have the value apart.
    const bool takes_word = flag.name == "config.verify" || flag.name == "config.expand-env";
    if (!value && takes_word && next_ < arguments_.size() && ParseGoBool(arguments_[next_]))
      value = arguments_[next_++];
    const std::optional<bool> on = ParseGoBool(value.value_or("true"));
    if (!on) return RefuseValue(*value, flag.name, "must be true or false", true);
    if (flag.name == "config.verify") line_.verify = *on;
    if (flag.name == "config.expand-env") line_.expand_env = *on;
    if (flag.name == "config.strict") line_.strict = *on;
    if (flag.name == "version") line_.version = *on;
    if (flag.name == "hash-password") line_.hash_password = *on;
    if (flag.name == "hash-token") line_.hash_token = *on;
    if (!flag.path.empty()) Set(flag, *on ? "true" : "false");
    return {};
  }

  Status SetValue(const FlagSpec& flag, std::optional<std::string> value) {
    if (!value) {
      if (next_ == arguments_.size())
        return Refuse(fmt::format("flag needs an argument: -{}", flag.name));
      value = arguments_[next_++];
    }
    if (flag.name == "config.file") line_.config_file = *value;
    if (!flag.path.empty()) Set(flag, std::move(*value));
    return {};
  }

  void Set(const FlagSpec& flag, std::string value) {
    const auto found = std::ranges::find(line_.settings, flag.name, &CommandLine::Setting::flag);
    if (found == line_.settings.end())
      return line_.settings.push_back({flag.name, flag.path, std::move(value)});
    // The one flag that may be given several times.
    found->value =
        flag.name == "memberlist.host-port" ? found->value + "," + value : std::move(value);
  }

  std::span<const std::string> arguments_;
  std::vector<FlagSpec> flags_;
  size_t next_ = 0;
  CommandLine line_;
};

}  // namespace

Result<CommandLine> ParseCommandLine(std::span<const std::string> arguments) {
  return Parser(arguments).Parse();
}

std::string UsageText(bool all) {
  Config config;
  const std::unique_ptr<ConfigSection> root = DeclareConfig(config);
  std::string text = "Usage of vivace:\n";
  std::string idle;
  for (const FlagSpec& flag : AllFlags()) {
    const Entry* entry = flag.path.empty() ? nullptr : root->Find(flag.path);
    if (!HasEffect(flag, entry)) {
      idle += fmt::format("  -{}{}{}\n", flag.name, flag.type.empty() ? "" : " ", flag.type);
    } else if (all || IsCommon(flag)) {
      text += UsageOf(flag, entry);
    }
  }
  if (!all)
    return text +
           "\nEvery flag of Tempo is accepted; -help-all lists all. What can be set beyond "
           "flags is\nin the configuration file: docs/configuration-keys.md.\n";
  return text + "\nAccepted without effect:\n" + idle;
}

Status ApplySetting(ConfigSection& root, const CommandLine::Setting& setting,
                    ParseContext& context) {
  Entry* entry = root.Find(setting.path);
  if (entry == nullptr)
    return Fail(ErrorCode::kInternal,
                fmt::format("flag -{} has no key {}", setting.flag, setting.path));
  ParseContext own;
  own.set_key(setting.path);
  ReadByKind(*entry, YamlNode::Scalar(setting.value), setting.path, 0, own);
  if (!own.problems().empty())
    return RefuseValue(setting.value, setting.flag, own.problems().front().message);
  std::ranges::move(own.warnings(), std::back_inserter(context.warnings()));
  return {};
}

}  // namespace vivace
