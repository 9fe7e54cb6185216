#include "config/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/dump.h"
#include "config/tenant_overrides.h"

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
  EXPECT_EQ(
      error,
      std::string(kErrorHead) +
          "\n  line 2: field http_listen_prot not found in type server.Config (did "
          "you mean \"http_listen_port\"?)"
          "\n  line 3: unrecognized log level \"foo\" (server.log_level)"
          "\n  line 5: cannot unmarshal !!str `10XB` into uint64 (ingester.max_block_bytes)"
          "\n  line 6: cannot unmarshal !!str `1q` into time.Duration (ingester.trace_idle_period)"
          "\n  line 8: cannot unmarshal !!int `5` into tempodb.Config (storage.trace)"
          "\n  line 9: field server already set in type app.Config"
          "\n  line 10: field zzz not found in type app.Config");
}

TEST(LoadConfig, RefusesValuesOutOfRange) {
  EXPECT_THAT(LoadError("server:\n  http_listen_port: 70000\n"),
              HasSubstr("line 2: server.http_listen_port: 70000 is outside 0 to 65535"));
  EXPECT_THAT(LoadError("vivace:\n  wal_fsync: maybe\n"),
              HasSubstr("line 2: vivace.wal_fsync: \"maybe\" is none of always, interval, never"));
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
  EXPECT_EQ(check("").message, "storage.trace.backend: unknown backend \"\", must be local");
  EXPECT_EQ(check("storage: {trace: {backend: ftp}}").message,
            "storage.trace.backend: unknown backend \"ftp\", must be local");
  EXPECT_EQ(check("storage: {trace: {backend: s3}}").code, ErrorCode::kUnimplemented);
  EXPECT_THAT(check("storage: {trace: {backend: s3}}").message, HasSubstr("s3"));
  EXPECT_EQ(check("target: zzz").message, "target: unrecognised module name: zzz");
  EXPECT_EQ(check("target: querier").code, ErrorCode::kUnimplemented);
  EXPECT_EQ(check("ingest: {enabled: true}").code, ErrorCode::kUnimplemented);
  EXPECT_EQ(check("server: {http_path_prefix: base}").message,
            "server.http_path_prefix is \"base\", must begin with a slash");
  EXPECT_EQ(check("compactor: {compaction: {compaction_window: 0s}}").message,
            "compactor.compaction.compaction_window: compaction window can't be 0");
  EXPECT_EQ(check("storage: {trace: {block: {bloom_filter_false_positive: 2}}}").message,
            "storage.trace.block.bloom_filter_false_positive: invalid bloom filter fp rate 2");
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

std::vector<std::string> LossesOf(const LoadedConfig& loaded) {
  std::vector<std::string> messages;
  for (const ConfigWarning& warning : loaded.warnings) {
    if (warning.is_loss() && warning.key != "compactor") messages.push_back(warning.message);
  }
  return messages;
}

// Tempo finds these out where it uses them, if at all; here nothing does.
TEST(LoadConfig, ValuesOfKeysWithoutEffectDoNotStopTheStart) {
  const std::pair<const char*, const char*> files[] = {
      {"overrides: {defaults: {metrics_generator: {generate_native_histograms: true}}}",
       "\"true\""},
      {"metrics_generator: {processor: {span_metrics: {filter_policies: [{include: {match_type: "
       "regexp}}]}}}",
       "invalid match type: regexp"},
      {"ingester: {lifecycler: {ring: {kvstore: {store: zk}}}}", "invalid KV store type: zk"},
      {"compactor: {ring: {kvstore: {store: zk}}}", "invalid KV store type: zk"},
      {"metrics_generator: {limiter_type: spans}", "unknown limiter type: spans"},
      {"metrics_generator: {processor: {local_blocks: {block: {version: v9}}}}", "v9"},
      {"storage: {trace: {s3: {sse: {type: SSE-X}}}}", "SSE-X"},
      {"storage: {trace: {s3: {bucket_lookup_type: 7}}}", "7 is outside 0 to 2"},
      {"storage: {trace: {s3: {tls_min_version: VersionTLS09}}}", "VersionTLS09"},
      {"query_frontend: {trace_by_id: {query_shards: 0}}", "0 is outside"},
      {"overrides: {defaults: {storage: {parquet_dedicated_columns: [{scope: trace, name: a}]}}}",
       "invalid dedicated column scope: trace"}};
  for (const auto& [text, reason] : files) {
    const auto losses = LossesOf(Load(std::string(text) + "\n"));
    EXPECT_THAT(losses, ::testing::Contains(HasSubstr(reason))) << text;
  }
  // What Tempo takes for something else, with the key that it is about.
  EXPECT_THAT(LossesOf(Load("overrides: {defaults: {ingestion: {rate_strategy: foo}}}\n")),
              ::testing::ElementsAre("overrides.defaults.ingestion.rate_strategy: invalid rate "
                                     "strategy: foo; local is used instead (line 1)"));
  EXPECT_THAT(LossesOf(Load("server: {log_format: xml}\n")),
              ::testing::ElementsAre("server.log_format: \"xml\" is neither logfmt nor json; "
                                     "logfmt is used instead (line 1)"));
  // What Tempo refuses while it reads the file.
  EXPECT_THAT(LoadError("storage: {trace: {block: {v2_encoding: lzma}}}\n"),
              HasSubstr("encoding lzma does not exist"));
  EXPECT_THAT(LoadError("metrics_generator: {ingest_concurrency: many}\n"),
              HasSubstr("cannot unmarshal"));
}

TEST(LoadConfig, TenantsKeepTempoChecks) {
  const auto tenants = [](const std::string& value) {
    const LoadedConfig loaded =
        Load("overrides: {defaults: {metrics_generator: {generate_native_histograms: yes}}}\n");
    return ParseTenantOverrides(
        "overrides: {a: {metrics_generator: {generate_native_histograms: " + value + "}}, b: {}}\n",
        "x", loaded.config, {});
  };
  EXPECT_TRUE(tenants("both"));
  EXPECT_THAT(tenants("true").error().message, HasSubstr("tenant a: metrics_generator.generate_"));
}

TEST(LoadConfig, BlocksOfAnyVersionAreWrittenAsTheOneThereIs) {
  for (const char* version : {"v2", "vParquet", "vParquet2", "vParquet3", "vParquet5"}) {
    const LoadedConfig loaded = Load(fmt::format(
        "storage: {{trace: {{backend: local, local: {{path: /x}}, block: {{version: {}}}}}}}\n",
        version));
    EXPECT_TRUE(CheckSupported(loaded.config)) << version;
    EXPECT_FALSE(loaded.VerifyFails());
    EXPECT_THAT(
        LossesOf(loaded),
        ::testing::ElementsAre(HasSubstr("storage.trace.block.version: new blocks are vParquet4")));
  }
  EXPECT_TRUE(LossesOf(Load("storage: {trace: {block: {version: vParquet4}}}\n")).empty());
}

TEST(LoadConfig, NegativeNumbersCountAsZero) {
  const LoadedConfig loaded = Load(
      "overrides: {defaults: {ingestion: {rate_limit_bytes: -5}, global: {max_bytes_per_trace: "
      "-1}}}\ningester: {max_block_duration: -1h}\nquery_frontend: {metrics: {max_duration: "
      "-3h}}\n");
  EXPECT_EQ(loaded.config.overrides.defaults.ingestion.rate_limit_bytes, 0);
  EXPECT_EQ(loaded.config.overrides.defaults.max_bytes_per_trace, 0);
  EXPECT_EQ(loaded.config.ingester.max_block_duration, Duration{});
  EXPECT_EQ(loaded.config.query_frontend.metrics.max_duration, Duration{});
  EXPECT_EQ(LossesOf(loaded).size(), 4u);
  EXPECT_THAT(LossesOf(loaded),
              ::testing::Contains("overrides.defaults.ingestion.rate_limit_bytes: -5 is negative "
                                  "and counts as 0 (line 1)"));
}

// A key that promises protection stops the start where the protection would not be there.
TEST(LoadConfig, RefusesProtectionThatIsNotThere) {
  for (const char* text :
       {"distributor: {receivers: {otlp: {protocols: {grpc: {auth: {authenticator: a}}}}}}",
        "distributor: {receivers: {otlp: {protocols: {http: {auth: {authenticator: a}}}}}}",
        "distributor: {receivers: {jaeger: {protocols: {grpc: {auth: {authenticator: a}}}}}}",
        "distributor: {receivers: {jaeger: {protocols: {thrift_http: {auth: {authenticator: "
        "a}}}}}}",
        "distributor: {receivers: {zipkin: {auth: {authenticator: a}}}}",
        "distributor: {receivers: {otlp: {protocols: {http: {middlewares: [{id: a}]}}}}}",
        "distributor: {receivers: {otlp: {protocols: {grpc: {middlewares: [{id: a}]}}}}}",
        "distributor: {receivers: {otlp: {protocols: {grpc: {tls: {curve_preferences: [P256]}}}}}}",
        "auth: {type: basic}", "auth: {type: oidc, header: X-Team}",
        "server: {cluster_validation: {label: a, http: {enabled: true}}}",
        "server: {proxy_protocol_enabled: true}"}) {
    EXPECT_THAT(LoadError(text), HasSubstr("is not supported by this version of Vivace")) << text;
  }
  EXPECT_TRUE(LossesOf(Load("auth: {type: header, header: X-Team}\n")).empty());
  EXPECT_THAT(LossesOf(Load("vivace:\n  access_file:\n")),
              ::testing::ElementsAre("vivace.access_file has no value: it protects nothing"));
  EXPECT_THAT(LossesOf(Load("server: {http_tls_config: {cert_file: , key_file: }}\n")),
              ::testing::ElementsAre(HasSubstr("server.http_tls_config.cert_file has no value"),
                                     HasSubstr("server.http_tls_config.key_file has no value")));
  EXPECT_THAT(LossesOf(Load("server: {tls_min_version: VersionTLS13}\n")),
              ::testing::ElementsAre(HasSubstr("the API is served in plain text")));
  for (const char* tls : {"{}", "{min_version: '1.3'}", "{client_ca_file: a}", "{cert_file: ''}"})
    EXPECT_THAT(LoadError(fmt::format("distributor: {{receivers: {{zipkin: {{tls: {}}}}}}}", tls)),
                HasSubstr("senders would be served in plain text"))
        << tls;
  EXPECT_TRUE(LossesOf(Load("distributor: {receivers: {zipkin: {tls: }}}\n")).empty());
  EXPECT_THAT(
      LossesOf(Load("distributor: {receivers: {otlp: {protocols: {http: {tls: {cert_file: a, "
                    "key_file: b, ca_file: c}}}}}}\n")),
      ::testing::ElementsAre(HasSubstr("does not make senders show certificates")));
}

TEST(LoadConfig, WhatIsNotDoneIsSaidOnce) {
  const std::pair<const char*, const char*> files[] = {
      {"query_frontend: {mcp_server: {enabled: true}}",
       "query_frontend.mcp_server.enabled is not implemented yet and has no effect: nothing is "
       "served at /api/mcp (line 1)"},
      {"compactor: {compaction: {retention_duration: 48h}}",
       "compactor.compaction.block_retention is not implemented yet and has no effect: blocks are "
       "neither merged nor deleted (line 1)"},
      {"metrics_generator: {storage: {path: /x, remote_write: [{url: 'http://x'}]}}",
       "metrics_generator is not implemented yet and has no effect: no metrics are made from "
       "spans, "
       "and nothing is sent to remote_write (line 1)"},
      {"distributor: {receivers: {jaeger: {protocols: {grpc: }, remote_sampling: {host_endpoint: "
       "a}}}}",
       "distributor.receivers.jaeger.remote_sampling is not supported: no sampling strategies are "
       "served (line 1)"}};
  for (const auto& [text, message] : files) {
    const LoadedConfig loaded = Load(std::string(text) + "\n");
    EXPECT_THAT(LossesOf(loaded), ::testing::ElementsAre(message));
    EXPECT_EQ(std::ranges::count(loaded.warnings, std::string("compactor"), &ConfigWarning::key),
              std::string_view(text).starts_with("compactor") ? 0 : 1)
        << text;
  }
}

TEST(LoadConfig, SamplingThatIsNonsenseIsRefused) {
  const auto error = [](const std::string& sampling) {
    return LoadError("overrides: {defaults: {sampling: " + sampling + "}}\n");
  };
  for (const char* percentage : {"125", "-1", ".nan", "100.5"})
    EXPECT_THAT(error(fmt::format("{{head_percentage: {}}}", percentage)),
                HasSubstr("overrides.defaults.sampling.head_percentage: "));
  for (const char* tail : {"{}", "{decision_wait: 10s}", "{policies: []}"})
    EXPECT_THAT(error(fmt::format("{{tail: {}}}", tail)), HasSubstr("has no policies"));
  EXPECT_EQ(error("{head_percentage: 0}"), "no error");
  EXPECT_EQ(error("{head_percentage: 100, tail: {policies: [{type: always_sample}]}}"), "no error");
}

TEST(LoadConfig, SuggestsReceiversAndTheirProtocols) {
  const auto error = [](const std::string& receivers) {
    return LoadError("distributor: {receivers: " + receivers + "}\n");
  };
  EXPECT_THAT(error("{otpl: }"), HasSubstr("(did you mean \"otlp\"?)"));
  EXPECT_THAT(error("{otlp: {protocols: {grcp: }}}"), HasSubstr("(did you mean \"grpc\"?)"));
  EXPECT_THAT(error("{otlp: {protocol: {grpc: }}}"), HasSubstr("(did you mean \"protocols\"?)"));
  EXPECT_THAT(error("{jaeger: {protocols: {thrift-http: }}}"),
              HasSubstr("(did you mean \"thrift_http\"?)"));
  EXPECT_THAT(error("{otlp: {remote_sampling: {}}}"), HasSubstr("invalid keys: remote_sampling"));
}

}  // namespace
}  // namespace vivace
