#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/dump.h"

namespace vivace {
namespace {

using ::testing::HasSubstr;

LoadedConfig Load(const std::string& text, const CommandLine& line = {}) {
  auto loaded = LoadConfigText(text, "x.yaml", line);
  EXPECT_TRUE(loaded) << text << loaded.error().message;
  return loaded ? std::move(*loaded) : LoadedConfig{};
}

std::string LoadError(const std::string& text) {
  const auto loaded = LoadConfigText(text, "x.yaml", {});
  return loaded ? "no error" : loaded.error().message;
}

constexpr std::string_view kErrorHead =
    "failed parsing config: failed to parse configFile x.yaml: yaml: unmarshal errors:";

TEST(LoadConfig, ReportsAllProblemsWithLines) {
  const std::string error = LoadError(
      "server:\n  http_listen_prot: 1\n  log_level: foo\ningester:\n  max_block_bytes: 10XB\n  "
      "trace_idle_period: 1q\nstorage:\n  trace: "
      "5\n"
      "server: {}\nzzz: 1\n");
  EXPECT_EQ(error, std::string(kErrorHead) +
                       "\n  line 2: field http_listen_prot not found in type server.Config (did "
                       "you mean \"http_listen_port\"?)"
                       "\n  line 3: unrecognized log level \"foo\""
                       "\n  line 5: cannot unmarshal !!str `10XB` into uint64"
                       "\n  line 6: cannot unmarshal !!str `1q` into time.Duration"
                       "\n  line 8: cannot unmarshal !!int `5` into tempodb.Config"
                       "\n  line 9: field server already set in type app.Config"
                       "\n  line 10: field zzz not found in type app.Config");
}

TEST(LoadConfig, RefusesValuesOutOfRange) {
  EXPECT_THAT(LoadError("server:\n  http_listen_port: 70000\n"),
              HasSubstr("line 2: server.http_listen_port: 70000 is outside 0 to 65535"));
  EXPECT_THAT(LoadError("vivace:\n  wal_fsync: maybe\n"),
              HasSubstr("line 2: vivace.wal_fsync: \"maybe\" is none of always, interval, never"));
  EXPECT_THAT(LoadError("ingester:\n  lifecycler:\n    ring:\n      kvstore:\n        store: zk\n"),
              HasSubstr("line 5: invalid KV store type: zk"));
  EXPECT_THAT(LoadError("storage:\n  trace:\n    block:\n      version: v9\n"),
              HasSubstr("v9 is not a valid block version"));
}

TEST(LoadConfig, RefusesSyntaxAndMissingFiles) {
  EXPECT_EQ(LoadError("a:\n\tb: 1\n"),
            "failed parsing config: failed to parse configFile x.yaml: yaml: line 2: found "
            "character that cannot start any token");
  EXPECT_EQ(
      LoadError("just some words"),
      std::string(kErrorHead) + "\n  line 1: cannot unmarshal !!str `just so...` into app.Config");
  const auto missing = LoadConfig({.config_file = "/nowhere/tempo.yaml"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "failed parsing config: failed to read configFile /nowhere/tempo.yaml: open "
            "/nowhere/tempo.yaml: no such file or directory");
}

TEST(LoadConfig, RefusesADirectory) {
  const auto loaded = LoadConfig({.config_file = VIVACE_SOURCE_DIR "/config"});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("is a directory"));
}

TEST(LoadConfig, StrictCanBeSwitchedOff) {
  const LoadedConfig loaded = Load("zzz: 1\nserver:\n  http_listen_port: 1\n", {.strict = false});
  EXPECT_EQ(loaded.config.server.http_listen_port, 1);
  EXPECT_THAT(loaded.warnings.front().message, HasSubstr("field zzz not found in type app.Config"));
}

TEST(LoadConfig, BindsFields) {
  const LoadedConfig loaded = Load(
      "multitenancy_enabled: yes\ningester: {max_block_bytes: 1_000_000, trace_idle_period: 10s}\n"
      "storage:\n  trace:\n    backend: local\n    local: {path: /x}\n    block:\n      "
      "parquet_dedicated_columns:\n"
      "        - {scope: span, name: a.b, type: string}\nvivace: {memory_limit: 1GiB, wal_fsync: "
      "interval}\n");
  EXPECT_TRUE(loaded.config.multitenancy_enabled);
  EXPECT_EQ(loaded.config.ingester.max_block_bytes, 1000000u);
  EXPECT_EQ(loaded.config.ingester.trace_idle_period, std::chrono::seconds(10));
  ASSERT_EQ(loaded.config.storage.block.parquet_dedicated_columns.size(), 1u);
  EXPECT_EQ(loaded.config.storage.block.parquet_dedicated_columns[0].name, "a.b");
  EXPECT_EQ(loaded.config.vivace.memory_limit, 1u << 30);
  EXPECT_TRUE(CheckSupported(loaded.config));
}

TEST(LoadConfig, NamesPartsWithoutEffectOnce) {
  const LoadedConfig loaded = Load(
      "memberlist:\n  join_members: [a, b]\n  zone_aware_routing: {enabled: true}\ncompactor:\n  "
      "compaction:\n    v2_in_buffer_bytes: "
      "5242880\n"
      "    block_retention: 1h\nbackend_worker:\n  compaction: {v2_in_buffer_bytes: 5242880}\n");
  std::vector<std::string> messages;
  for (const auto& warning : loaded.warnings) {
    if (warning.kind == ConfigWarning::Kind::kNoEffect) messages.push_back(warning.message);
  }
  EXPECT_EQ(messages,
            (std::vector<std::string>{
                "memberlist has no effect in Vivace (line 1)",
                "compactor.compaction.v2_in_buffer_bytes has no effect in Vivace (line 6)",
                "backend_worker has no effect in Vivace (line 8)"}));
}

TEST(LoadConfig, FlagsWinOverFile) {
  const std::vector<std::string> arguments = {
      "-server.http-listen-port=1234", "--storage.trace.backend", "local", "-multitenancy.enabled"};
  const auto line = ParseCommandLine(arguments);
  ASSERT_TRUE(line);
  const LoadedConfig loaded = Load("server: {http_listen_port: 1, grpc_listen_port: 2}\n", *line);
  EXPECT_EQ(loaded.config.server.http_listen_port, 1234);
  EXPECT_EQ(loaded.config.server.grpc_listen_port, 2);
  EXPECT_EQ(loaded.config.storage.backend, "local");
  EXPECT_TRUE(loaded.config.multitenancy_enabled);
}

TEST(LoadConfig, ExpandsEnvironmentAsTheFlagSays) {
  const LoadOptions options{.environment = [](std::string_view name) {
    return name == "PORT" ? std::optional<std::string>("77") : std::nullopt;
  }};
  const std::string text = "server:\n  http_listen_port: ${PORT}\nhttp_api_prefix: /${PORT}\n";
  const auto automatic = LoadConfigText(text, "x", {}, options);
  ASSERT_TRUE(automatic) << automatic.error().message;
  EXPECT_EQ(automatic->config.server.http_listen_port, 77);
  EXPECT_EQ(automatic->config.http_api_prefix, "/${PORT}");
  const auto on = LoadConfigText(text, "x", {.expand_env = true}, options);
  ASSERT_TRUE(on);
  EXPECT_EQ(on->config.http_api_prefix, "/77");
  EXPECT_FALSE(LoadConfigText(text, "x", {.expand_env = false}, options));
  const auto broken = LoadConfigText("a: ${A", "x", {.expand_env = true}, options);
  EXPECT_EQ(
      broken.error().message,
      "failed parsing config: failed to expand env vars from configFile x: missing closing brace");
}

TEST(LoadConfig, EmbeddedDefaultIsTheShippedFile) {
  const auto embedded = LoadConfig({});
  ASSERT_TRUE(embedded) << embedded.error().message;
  EXPECT_TRUE(CheckSupported(embedded->config));
  EXPECT_EQ(embedded->config.storage.local.path, "./data/blocks");
  EXPECT_EQ(embedded->config.distributor.receivers.size(), 7u);
  ASSERT_EQ(embedded->warnings.size(), 1u);
  EXPECT_EQ(embedded->warnings[0].key, "compactor");
  const auto shipped = LoadConfig({.config_file = VIVACE_SOURCE_DIR "/config/vivace.yaml"});
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(DumpConfig(*shipped, DumpMode::kEffective),
            DumpConfig(*embedded, DumpMode::kEffective));
}

TEST(LoadConfig, SaysThatBlocksAreNotDeleted) {
  const auto warns = [](const LoadedConfig& loaded) {
    return std::ranges::any_of(loaded.warnings,
                               [](const ConfigWarning& w) { return w.key == "compactor"; });
  };
  EXPECT_TRUE(warns(Load("")));
  EXPECT_FALSE(warns(Load("compactor: {disabled: true}")));
  EXPECT_FALSE(Load("").VerifyFails());
}

TEST(LoadConfig, FlagsAreReportedLikeTheFile) {
  CommandLine line;
  line.settings.push_back(
      {"query-frontend.mcp-server.enabled", "query_frontend.mcp_server.enabled", "true"});
  const LoadedConfig loaded = Load("", line);
  EXPECT_TRUE(std::ranges::any_of(loaded.warnings, [](const ConfigWarning& w) {
    return w.kind == ConfigWarning::Kind::kLater && w.key == "query_frontend.mcp_server.enabled";
  }));
}

TEST(LoadConfig, LoggingOfSpansIsWarnedAbout) {
  const LoadedConfig loaded = Load(
      "distributor: {log_received_spans: {enabled: true}, log_discarded_spans: {enabled: true}}\n");
  ASSERT_GE(loaded.warnings.size(), 2u);
  EXPECT_THAT(loaded.warnings[0].message,
              ::testing::StartsWith("Span logging is enabled. This is for debugging only"));
  EXPECT_THAT(loaded.warnings[1].message,
              ::testing::StartsWith("Span logging for discarded traces is enabled. This is"));
}

TEST(LoadConfig, StartupWarningsFailVerify) {
  EXPECT_FALSE(Load("compactor: {compaction: {retention_duration: 72h}}\n").VerifyFails());
  EXPECT_TRUE(Load("ingester: {complete_block_timeout: 1m}\n").VerifyFails());
  EXPECT_TRUE(Load("storage: {trace: {block: {v2_index_page_size_bytes: 1}}}\n").VerifyFails());
  const LoadedConfig flat =
      Load("overrides: {max_traces_per_user: 7, metrics_generator_processors: [span-metrics]}\n");
  EXPECT_TRUE(flat.VerifyFails());
  EXPECT_EQ(flat.config.overrides.defaults.ingestion.max_traces_per_user, 7);
  EXPECT_EQ(flat.config.overrides.defaults.ingestion.rate_limit_bytes, 15000000);
  EXPECT_EQ(flat.config.overrides.defaults.metrics_generator.processors,
            std::vector<std::string>{"span-metrics"});
}

TEST(CheckSupported, NamesWhatIsMissing) {
  const auto check = [](const std::string& text) {
    return CheckSupported(Load(text).config).error();
  };
  EXPECT_EQ(check("").message, "unknown backend ");
  EXPECT_EQ(check("storage: {trace: {backend: ftp}}").message, "unknown backend ftp");
  EXPECT_EQ(check("storage: {trace: {backend: s3}}").code, ErrorCode::kUnimplemented);
  EXPECT_THAT(check("storage: {trace: {backend: s3}}").message, HasSubstr("s3"));
  EXPECT_EQ(check("target: zzz").message, "unrecognised module name: zzz");
  EXPECT_EQ(check("target: querier").code, ErrorCode::kUnimplemented);
  EXPECT_EQ(check("ingest: {enabled: true}").code, ErrorCode::kUnimplemented);
  EXPECT_EQ(check("server: {http_path_prefix: base}").message,
            "server.http_path_prefix is \"base\", must begin with a slash");
  EXPECT_EQ(check("compactor: {compaction: {compaction_window: 0s}}").message,
            "compaction window can't be 0");
  EXPECT_EQ(check("storage: {trace: {block: {bloom_filter_false_positive: 2}}}").message,
            "invalid bloom filter fp rate 2");
}

TEST(DumpConfig, Modes) {
  const LoadedConfig loaded = Load(
      "http_api_prefix: /x\nserver: {log_level: debug}\nstorage: {trace: {s3: {access_key: AK, "
      "secret_key: SK}}}\n");
  const std::string diff = DumpConfig(loaded, DumpMode::kDiff);
  EXPECT_THAT(diff, HasSubstr("http_api_prefix: /x\n"));
  EXPECT_THAT(diff, HasSubstr("server:\n    log_level: debug\n"));
  EXPECT_THAT(diff, HasSubstr("access_key: \"********\""));
  EXPECT_EQ(DumpConfig(loaded, DumpMode::kEffective).find("AK\n"), std::string::npos);
  EXPECT_EQ(ParseDumpMode("zzz").error().message, "unknown value for mode query parameter: zzz");
}

// Each file that users published must load, with the warnings that stand beside it.
TEST(LoadConfig, PublishedFiles) {
  const std::filesystem::path folder = VIVACE_SOURCE_DIR "/tests/data/config/seeds";
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".yaml") continue;
    ++files;
    const LoadOptions options{
        .environment = [](std::string_view name) { return std::optional<std::string>(name); }};
    const auto loaded = LoadConfig({.config_file = file.path()}, options);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_FALSE(loaded->VerifyFails()) << file.path();
    std::string warnings;
    for (const ConfigWarning& warning : loaded->warnings) warnings += warning.message + "\n";
    const std::string expected_path =
        std::filesystem::path(file.path()).replace_extension(".warnings");
    if (std::getenv("VIVACE_UPDATE") != nullptr) std::ofstream(expected_path) << warnings;
    EXPECT_EQ(warnings, ReadTextFile(expected_path).value_or("")) << file.path();
  }
  EXPECT_EQ(files, 8);
}

}  // namespace
}  // namespace vivace
