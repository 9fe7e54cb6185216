#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "config/keys/aliases.h"
#include "config/keys/keys.h"
#include "config/keys/receivers_keys.h"
#include "config/startup_warnings.h"

namespace vivace {
namespace {

std::unexpected<Error> RefuseConfig(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("failed parsing config: {}", what));
}

std::unexpected<Error> RefuseFile(const std::string& path, std::string_view what) {
  return RefuseConfig(fmt::format("failed to parse configFile {}: {}", path, what));
}

// One process has one of everything: rings are in memory, whatever the file configures.
void ForceSingleProcess(ConfigSection& root) {
  constexpr std::array<std::pair<const char*, const char*>, 8> kForced = {
      {{"ingester.lifecycler.ring.kvstore.store", "inmemory"},
       {"ingester.lifecycler.ring.replication_factor", "1"},
       {"ingester.lifecycler.address", "127.0.0.1"},
       {"metrics_generator.ring.kvstore.store", "inmemory"},
       {"metrics_generator.ring.instance_addr", "127.0.0.1"},
       {"live_store.ring.kvstore.store", "inmemory"},
       {"live_store.ring.instance_addr", "127.0.0.1"},
       {"backend_worker.ring.kvstore.store", ""}}};
  ParseContext ignored;
  for (const auto& [path, value] : kForced)
    root.Find(path)->Read(YamlNode::Scalar(value), path, ignored);
}

void AddDefaultReceivers(DistributorConfig& config, ParseContext& context) {
  if (!config.receivers.empty()) return;
  config.receivers = DefaultReceivers();
  context.Warn(ConfigWarning::Kind::kNotice,
               "no receivers are configured: listening for otlp grpc, jaeger grpc and jaeger "
               "thrift_http on their default ports on 0.0.0.0");
}

// Sampling that names no policy is a mistake: it would keep everything.
void CheckTailSampling(const YamlNode& file, const OverridesConfig& config, ParseContext& context) {
  const YamlNode* tail = file.Find("overrides.defaults.sampling.tail");
  if (tail == nullptr || !tail->IsMap() || !config.defaults.sampling.tail.policies.empty()) return;
  context.Error(tail->line,
                "overrides.defaults.sampling.tail has no policies: it would keep every trace");
}

// A value that is missing may be a variable that is not set, and what it would protect is open.
void CheckProtection(const YamlNode& file, ParseContext& context) {
  for (const char* path :
       {"vivace.access_file", "vivace.audit_log", "server.http_tls_config.cert_file",
        "server.http_tls_config.key_file", "server.http_tls_config.client_ca_file",
        "server.http_tls_config.client_auth_type", "server.grpc_tls_config.cert_file",
        "server.grpc_tls_config.key_file", "server.grpc_tls_config.client_ca_file",
        "server.grpc_tls_config.client_auth_type"}) {
    const YamlNode* value = file.Find(path);
    if (value == nullptr || !value->IsNull()) continue;
    context.Warn(ConfigWarning::Kind::kIgnored,
                 fmt::format("{} has no value: it protects nothing", path),
                 "\"\" says that this is intended", path);
  }
}

// Both listeners speak TLS where they have a certificate, and only then.
void CheckServerTls(const ServerConfig& server, ParseContext& context) {
  const auto has_tls = [](const ServerTlsConfig& tls) {
    return !tls.cert_file.empty() || !tls.cert.empty();
  };
  const bool is_meant = !server.tls_min_version.empty() || !server.tls_cipher_suites.empty();
  if (is_meant && !has_tls(server.http_tls_config) && !has_tls(server.grpc_tls_config))
    context.Warn(ConfigWarning::Kind::kIgnored,
                 "server.tls_min_version and tls_cipher_suites say nothing without a certificate: "
                 "the API is served in plain text");
}

YamlNode DumpDefaults() {
  Config defaults;
  return DeclareConfig(defaults)->Dump();
}

}  // namespace

bool LoadedConfig::VerifyFails() const {
  return std::ranges::any_of(warnings, [](const ConfigWarning& warning) {
    return warning.kind == ConfigWarning::Kind::kStartup;
  });
}

Result<std::string> ReadTextFile(const std::string& path) {
  // A directory opens like a file, and reading it gives nothing.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("read {}: is a directory", path));
  std::ifstream file(path, std::ios::binary);
  if (file) return std::string(std::istreambuf_iterator<char>(file), {});
  const int error = errno;
  return Fail(
      error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnknown,
      fmt::format("open {}: {}", path, ToLowerAscii(std::string_view(std::strerror(error)))));
}

Result<YamlNode> ParseConfigYaml(std::string_view text, const std::string& path,
                                 const CommandLine& command_line, const LoadOptions& options,
                                 ParseContext& context) {
  std::string expanded(text);
  if (command_line.expand_env.value_or(false)) {
    Result<std::string> result = ExpandEnvironment(text, options.environment);
    if (!result)
      return RefuseConfig(fmt::format("failed to expand env vars from configFile {}: {}", path,
                                      result.error().message));
    expanded = std::move(*result);
  }
  Result<YamlNode> root = ParseYaml(expanded);
  if (!root) return RefuseFile(path, root.error().message);
  if (!command_line.expand_env.has_value()) ExpandWholeValues(*root, options.environment, context);
  if (!command_line.expand_env.value_or(false)) WarnOfVariables(*root, "", context);
  return root;
}

Result<LoadedConfig> LoadConfigText(std::string_view text, const std::string& path,
                                    const CommandLine& command_line, const LoadOptions& options) {
  ParseContext context;
  context.set_strict(command_line.strict);
  VIVACE_ASSIGN(YamlNode file, ParseConfigYaml(text, path, command_line, options, context));
  ApplyAliases(file, context);

  LoadedConfig loaded{.command_line = command_line};
  const std::unique_ptr<ConfigSection> root = DeclareConfig(loaded.config);
  root->Read(file, "", context);
  CheckTailSampling(file, loaded.config.overrides, context);
  CheckProtection(file, context);
  CheckServerTls(loaded.config.server, context);
  if (!context.problems().empty()) return RefuseFile(path, JoinProblems(context.problems()));
  for (const CommandLine::Setting& setting : command_line.settings)
    VIVACE_TRY(ApplySetting(*root, setting, context));

  Config& config = loaded.config;
  config.auth_enabled = config.multitenancy_enabled =
      config.auth_enabled || config.multitenancy_enabled;
  if (config.target == "all" || config.target == "all-3.0") ForceSingleProcess(*root);
  AddDefaultReceivers(config.distributor, context);
  loaded.effective = root->Dump();
  loaded.defaults = DumpDefaults();
  loaded.warnings = StartupWarnings(config, loaded.effective, loaded.defaults);
  std::ranges::move(context.warnings(), std::back_inserter(loaded.warnings));
  // The start refuses another backend, so nothing has to be said of its keys.
  const std::string& backend = config.storage.backend;
  if (!backend.empty() && backend != "local") {
    std::erase_if(loaded.warnings, [&](const ConfigWarning& warning) {
      return warning.key.starts_with("storage.trace." + backend);
    });
  }
  if (auto warning = RetentionWarning(loaded.effective, loaded.warnings))
    loaded.warnings.push_back(*std::move(warning));
  return loaded;
}

Result<LoadedConfig> LoadConfig(const CommandLine& command_line, const LoadOptions& options) {
  if (command_line.config_file.empty())
    return LoadConfigText(DefaultConfigText(options.default_data_dir), "(embedded)", command_line,
                          options);
  const Result<std::string> text = ReadTextFile(command_line.config_file);
  if (!text)
    return RefuseConfig(fmt::format("failed to read configFile {}: {}", command_line.config_file,
                                    text.error().message));
  return LoadConfigText(*text, command_line.config_file, command_line, options);
}

std::string DefaultConfigText(const std::string& data_dir) {
  YamlNode local = YamlNode::Map();
  local.Append("path", YamlNode::Text(data_dir + "/blocks"));
  YamlNode wal = YamlNode::Map();
  wal.Append("path", YamlNode::Text(data_dir + "/wal"));
  YamlNode trace = YamlNode::Map();
  trace.Append("backend", YamlNode::Text("local"));
  trace.Append("local", std::move(local));
  trace.Append("wal", std::move(wal));
  YamlNode storage = YamlNode::Map();
  storage.Append("trace", std::move(trace));
  YamlNode root = YamlNode::Map();
  root.Append("storage", std::move(storage));
  return
      R"(distributor:
    receivers:
        otlp:
            protocols:
                grpc:
                http:
        jaeger:
            protocols:
                grpc:
                thrift_http:
                thrift_compact:
                thrift_binary:
        zipkin:
query_frontend:
    metrics:
        max_duration: 24h
)" + WriteYaml(root);
}

}  // namespace vivace
