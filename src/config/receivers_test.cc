#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "config/keys/receivers_keys.h"
#include "config/load.h"

namespace vivace {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> Listeners(const std::string& receivers) {
  const auto loaded = LoadConfigText("distributor:\n  receivers:\n" + receivers, "x", {});
  if (!loaded) return {loaded.error().message};
  std::vector<std::string> out;
  for (const Receiver& receiver : loaded->config.distributor.receivers) {
    out.push_back(std::string(ReceiverProtocolName(receiver.protocol)) + " " + receiver.Address() +
                  (receiver.implied ? " implied" : ""));
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(Receivers, EmptySectionsTakeDefaults) {
  EXPECT_EQ(Listeners("    otlp:\n      protocols:\n        grpc:\n        http: {endpoint: "
                      "\":5\"}\n    zipkin:\n"),
            (Lines{"otlp grpc 0.0.0.0:4317", "otlp http 0.0.0.0:5", "zipkin 0.0.0.0:9411"}));
  EXPECT_EQ(Listeners("    otlp:\n"), (Lines{"otlp grpc 0.0.0.0:4317", "otlp http 0.0.0.0:4318"}));
}

TEST(Receivers, JaegerAlsoListensForCompact) {
  EXPECT_EQ(Listeners("    jaeger:\n      protocols:\n        grpc:\n"),
            (Lines{"jaeger grpc 0.0.0.0:14250", "jaeger thrift_compact 0.0.0.0:6831 implied"}));
  EXPECT_EQ(Listeners("    jaeger/x:\n      protocols:\n        thrift_compact: {endpoint: "
                      "\"localhost:6831\"}\n"),
            (Lines{"jaeger thrift_compact localhost:6831"}));
}

TEST(Receivers, NoneGivesTemposSet) {
  EXPECT_EQ(Listeners(""), (Lines{"jaeger grpc 0.0.0.0:14250", "jaeger thrift_http 0.0.0.0:14268",
                                  "otlp grpc 0.0.0.0:4317"}));
}

TEST(Receivers, Refuses) {
  EXPECT_THAT(Listeners("    carrier:\n")[0],
              HasSubstr("line 3: 'receivers' unknown type: \"carrier\" for id: \"carrier\" (valid "
                        "values: [otlp kafka jaeger zipkin])"));
  EXPECT_THAT(
      Listeners("    otlp:\n      protocols:\n        grpc: {bogus: 1}\n")[0],
      HasSubstr("line 5: 'distributor.receivers.otlp.protocols.grpc' has invalid keys: bogus"));
  EXPECT_THAT(Listeners("    otlp:\n      protocols:\n        udp:\n")[0],
              HasSubstr("has invalid keys: udp"));
  EXPECT_THAT(Listeners("    zipkin:\n      endpoint: a:99999\n")[0],
              HasSubstr("line 4: distributor.receivers.zipkin.endpoint: \"a:99999\""));
  EXPECT_THAT(Listeners("    zipkin:\n      endpoint: 0.0.0.0\n")[0],
              HasSubstr("line 4: distributor.receivers.zipkin.endpoint: \"0.0.0.0\" has no port"));
}

TEST(Receivers, Kafka) {
  EXPECT_EQ(Listeners("    kafka:\n"), (Lines{"kafka localhost:9092"}));
  EXPECT_EQ(Listeners("    kafka/x: {brokers: [a:1, b:2], traces: {topic: t}}\n"),
            (Lines{"kafka a:1,b:2"}));
  EXPECT_THAT(Listeners("    kafka: {encoding: xml}\n")[0],
              HasSubstr("line 3: unrecognized traces encoding \"xml\""));
  EXPECT_THAT(Listeners("    kafka: {brokers: []}\n")[0],
              HasSubstr("distributor.receivers.kafka: brokers is empty"));
  EXPECT_THAT(Listeners("    kafka: {auth: {sasl: {mechanism: PLAIN}}}\n")[0],
              HasSubstr("auth.sasl needs a username and a password"));
}

TEST(Receivers, OptionsAreBound) {
  const auto loaded = LoadConfigText(
      "distributor:\n  receivers:\n    otlp:\n      protocols:\n        http:\n          endpoint: "
      "\"[::1]:4318\"\n"
      "          cors: {allowed_origins: [\"*\"], max_age: 60}\n          max_request_body_size: "
      "5MB\n          traces_url_path: /t\n"
      "          tls: {cert_file: c, key_file: k}\n        grpc: {max_recv_msg_size_mib: 16}\n",
      "x", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Receiver& http = loaded->config.distributor.receivers.at(0);
  EXPECT_EQ(http.Address(), "[::1]:4318");
  EXPECT_EQ(http.cors.max_age, 60);
  EXPECT_EQ(http.max_request_body_size, 5 << 20);
  EXPECT_EQ(http.traces_url_path, "/t");
  EXPECT_FALSE(http.tls.cert_file.empty());
  EXPECT_FALSE(http.tls.key_file.empty());
  EXPECT_EQ(loaded->config.distributor.receivers.at(1).max_recv_msg_size_mib, 16u);
}

TEST(Receivers, OpencensusIsIgnoredWithAWarning) {
  const auto loaded = LoadConfigText(
      "distributor: {receivers: {opencensus: , otlp: {protocols: {grpc: }}}}", "x", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.distributor.receivers.size(), 1u);
  EXPECT_EQ(
      std::ranges::count(loaded->warnings, ConfigWarning::Kind::kIgnored, &ConfigWarning::kind), 1);
}

}  // namespace
}  // namespace vivace
