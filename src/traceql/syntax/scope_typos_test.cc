#include "traceql/syntax/scope_typos.h"

#include <gtest/gtest.h>

#include "traceql/syntax/parser.h"

namespace vivace::traceql {
namespace {

TEST(ScopeMeantBy, FindsWhatIsOneStepAway) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"reaource", "resource"},   // replaced
      {"resorce", "resource"},    // left out
      {"resources", "resource"},  // too many
      {"rseource", "resource"},   // swapped
      {"spna", "span"},          {"sapn", "span"},
      {"spans", "span"},         {"pan", "span"},
      {"Span", "span"},          {"RESOURCE", "resource"},
      {"Resouce", "resource"},   {"evnet", "event"},
      {"lnik", "link"},          {"instrumantation", "instrumentation"},
      {"parnet", "parent"},      {"tarce", "trace"},
      {"traces", "trace"},       {"Trace", "trace"}};
  for (const auto& [word, scope] : cases) EXPECT_EQ(ScopeMeantBy(word), scope) << word;
}

// The first words of OpenTelemetry's conventions, and a few of those that people make up.
TEST(ScopeMeantBy, LeavesNamespacesAlone) {
  for (const std::string_view word : {"android",     "app",          "artifact",
                                      "aspnetcore",  "aws",          "az",
                                      "azure",       "browser",      "cassandra",
                                      "cicd",        "client",       "cloud",
                                      "cloudevents", "code",         "container",
                                      "cpu",         "cpython",      "db",
                                      "deployment",  "destination",  "device",
                                      "disk",        "dns",          "dotnet",
                                      "enduser",     "error",        "exception",
                                      "faas",        "feature_flag", "file",
                                      "gcp",         "gen_ai",       "geo",
                                      "go",          "graphql",      "heroku",
                                      "host",        "http",         "hw",
                                      "ios",         "jvm",          "k8s",
                                      "linux",       "log",          "mcp",
                                      "messaging",   "net",          "network",
                                      "nodejs",      "oci",          "openai",
                                      "openshift",   "opentracing",  "oracle",
                                      "os",          "otel",         "peer",
                                      "pool",        "pprof",        "process",
                                      "profile",     "rpc",          "security_rule",
                                      "server",      "service",      "session",
                                      "signalr",     "source",       "system",
                                      "telemetry",   "test",         "thread",
                                      "tls",         "trace",        "url",
                                      "user",        "user_agent",   "vcs",
                                      "webengine",   "zos",          "x",
                                      "a",           "space",        "task"})
    EXPECT_EQ(ScopeMeantBy(word), std::nullopt) << word;
}

TEST(ParseQuery, NamesTheScopeThatWasMeant) {
  for (const std::string_view query :
       {"{ reaource.i < 5 }", "{} | by(reaource.i)", "{} | select(reaource.i)",
        "{} | rate() by (reaource.i)", "{} | max_over_time(reaource.i)",
        "{} | compare({ reaource.i = 1 })"}) {
    const auto parsed = ParseQuery(query);
    ASSERT_FALSE(parsed.has_value()) << query;
    EXPECT_TRUE(parsed.error().message.contains("unknown scope: reaource. Did you mean resource?"))
        << parsed.error().message;
  }
  EXPECT_FALSE(ParseAttribute("spna.x").has_value());
  EXPECT_TRUE(ParseQuery("{ source.pod.name = 1 && .reaource.i < 5 && span.reaource.i = 2 }"));
}

}  // namespace
}  // namespace vivace::traceql
