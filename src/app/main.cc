// The process: command line, configuration, signals. Everything else is built by Application.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "access/credential_hash.h"
#include "app/application.h"
#include "app/blocks_command.h"
#include "app/build_info.h"
#include "app/start_checks.h"
#include "base/log.h"
#include "config/flags.h"
#include "config/load.h"

namespace vivace {
namespace {

int PrintVersion() {
  const BuildInfo build = ThisBuild();
  fmt::print("vivace, version {} (branch: {}, revision: {})\n  compatible with Tempo {}\n",
             build.own_version, build.branch, build.revision, build.version);
  return 0;
}

int PrintHash(bool of_password) {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty()) {
    fmt::print(stderr, "nothing to hash on standard input\n");
    return 2;
  }
  fmt::print("{}\n", of_password ? HashPassword(line) : HashToken(line));
  return 0;
}

void LogWarnings(const LoadedConfig& loaded) {
  for (const ConfigWarning& warning : loaded.warnings) {
    std::vector<LogField> fields;
    if (!warning.detail.empty()) fields.emplace_back("explain", warning.detail);
    Log(warning.is_loss() ? LogLevel::kWarn : LogLevel::kInfo, warning.message, fields);
  }
}

void LogSource(const CommandLine& command_line) {
  const std::string& path = command_line.config_file;
  LogInfo("configuration read", {{"file", path.empty() ? "embedded default" : path},
                                 {"flags", fmt::to_string(command_line.settings.size())}});
}

// The same checks as at the start, without opening anything.
int Verify(const LoadedConfig& loaded) {
  Status status = CheckStart(loaded.config);
  if (status) status = CheckTenantLimits(loaded);
  if (!status) {
    LogError("vivace would not start", {{"err", status.error().message}});
    return 1;
  }
  if (!loaded.VerifyFails()) {
    LogInfo("the configuration is good");
    return 0;
  }
  LogWarn(
      "vivace would start; -config.verify ends with 1, as Tempo's does, because of a warning "
      "above that Tempo gives at its start, too");
  return 1;
}

Status SetUpLog(const ServerConfig& server) {
  VIVACE_ASSIGN(const LogLevel level, ParseLogLevel(server.log_level));
  ConfigureLog(level, server.log_format == "json" ? LogFormat::kJson : LogFormat::kLogfmt);
  return {};
}

// The soft limit is small on many systems for programs that use select(), which this one does not.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) LogWarn("the limit of open files stays as it is");
}

// Waits for SIGINT, SIGTERM or a call of /shutdown. The signals are blocked in all threads and
// taken here.
void WaitForStop(const sigset_t& signals, const Application& application) {
  const timespec period{.tv_sec = 0, .tv_nsec = 200'000'000};
  while (!application.shutdown_requested()) {
    const int signal = sigtimedwait(&signals, nullptr, &period);
    if (signal > 0) {
      LogInfo("stopping", {{"reason", fmt::format("signal SIG{}", sigabbrev_np(signal))}});
      return;
    }
  }
  LogInfo("stopping", {{"reason", "/shutdown was called"}});
}

int Serve(LoadedConfig loaded, const sigset_t& signals) {
  const auto shutdown_delay = loaded.config.shutdown_delay;
  Application application(std::move(loaded));
  if (const Status status = application.Start(); !status) {
    LogError("error running vivace", {{"err", status.error().message}});
    return 1;
  }
  WaitForStop(signals, application);
  application.AnnounceStop();
  std::this_thread::sleep_for(shutdown_delay);
  application.Stop();
  return 0;
}

int Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "blocks")
    return RunBlocksCommand(std::span(arguments).subspan(1));
  const auto command_line = ParseCommandLine(arguments);
  if (!command_line) {
    fmt::print(stderr, "{}\n", command_line.error().message);
    return 2;
  }
  if (command_line->help || command_line->help_all) {
    fmt::print("{}\n{}", UsageText(command_line->help_all), kBlocksUsage);
    return 0;
  }
  if (command_line->hash_password || command_line->hash_token)
    return PrintHash(command_line->hash_password);
  auto loaded = LoadConfig(*command_line);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error().message);
    return 1;
  }
  if (command_line->version) return PrintVersion();
  if (const Status status = SetUpLog(loaded->config.server); !status) {
    fmt::print(stderr, "{}\n", status.error().message);
    return 1;
  }
  LogSource(*command_line);
  LogWarnings(*loaded);
  if (command_line->verify) return Verify(*loaded);
  RaiseDescriptorLimit();

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return Serve(std::move(*loaded), signals);
}

}  // namespace
}  // namespace vivace

int main(int argc, char** argv) { return vivace::Run({argv + 1, argv + argc}); }
