#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "base/quoted.h"

namespace vivace {
namespace {

LogFormat g_format = LogFormat::kLogfmt;

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view LevelName(LogLevel level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<int>(level)];
}

// The logger writes the finished line and nothing else.
spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("vivace",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

std::string LogfmtValue(std::string_view text) {
  const bool needs_quotes =
      text.empty() || text.find_first_of(" \"=\n\t\\") != std::string_view::npos;
  return needs_quotes ? Quoted(text) : std::string(text);
}

std::string Timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis);
}

}  // namespace

void ConfigureLog(LogLevel level, LogFormat format) {
  Logger().set_level(SpdlogLevel(level));
  g_format = format;
}

Result<LogLevel> ParseLogLevel(std::string_view name) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (name == LevelName(level)) return level;
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("unrecognized log level \"{}\"", name));
}

void Log(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  if (!Logger().should_log(SpdlogLevel(level))) return;
  const bool json = g_format == LogFormat::kJson;
  std::string line = json ? fmt::format(R"({{"ts":"{}","level":"{}","msg":{})", Timestamp(),
                                        LevelName(level), Quoted(message))
                          : fmt::format("ts={} level={} msg={}", Timestamp(), LevelName(level),
                                        LogfmtValue(message));
  for (const auto& [key, value] : fields) {
    if (json) {
      line += fmt::format(",\"{}\":{}", key, Quoted(value));
    } else {
      line += fmt::format(" {}={}", key, LogfmtValue(value));
    }
  }
  if (json) line += '}';
  Logger().log(SpdlogLevel(level), line);
}

}  // namespace vivace
