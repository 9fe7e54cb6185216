// The process: command line, configuration, signals. Everything else is built by Application.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "access/credential_hash.h"
#include "app/application.h"
#include "app/build_info.h"
#include "app/start_checks.h"
#include "base/log.h"
#include "config/flags.h"
#include "config/load.h"

namespace vivace {
namespace {

int PrintVersion() {
  const BuildInfo build = ThisBuild();
  fmt::print("vivace, version {} (branch: {}, revision: {})\n", build.version, build.branch,
             build.revision);
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
    const bool quiet = warning.kind == ConfigWarning::Kind::kNoEffect ||
                       warning.kind == ConfigWarning::Kind::kNotice;
    Log(quiet ? LogLevel::kInfo : LogLevel::kWarn, warning.message, {{"explain", warning.detail}});
  }
}

// The same checks as at the start, without opening anything.
int Verify(const LoadedConfig& loaded) {
  for (const Status& status : {CheckStart(loaded.config), CheckTenantLimits(loaded)}) {
    if (status) continue;
    fmt::print(stderr, "{}\n", status.error().message);
    return 1;
  }
  return loaded.VerifyFails() ? 1 : 0;
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
      LogInfo("signal received, stopping", {{"signal", fmt::to_string(signal)}});
      return;
    }
  }
}

int Serve(LoadedConfig loaded, const sigset_t& signals) {
  const auto shutdown_delay = loaded.config.shutdown_delay;
  Application application(std::move(loaded));
  if (const Status status = application.Start(); !status) {
    fmt::print(stderr, "error running vivace: {}\n", status.error().message);
    return 1;
  }
  WaitForStop(signals, application);
  application.AnnounceStop();
  std::this_thread::sleep_for(shutdown_delay);
  application.Stop();
  return 0;
}

int Run(const std::vector<std::string>& arguments) {
  const auto command_line = ParseCommandLine(arguments);
  if (!command_line) {
    fmt::print(stderr, "{}\n{}", command_line.error().message, UsageText());
    return 2;
  }
  if (command_line->help) {
    fmt::print(stderr, "{}", UsageText());
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
