// KafkaConsumer against librdkafka's own mock of a cluster.
#include "receive/kafka/kafka_consumer.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace vivace {
namespace {

using std::chrono::milliseconds;

// A cluster of one broker within a producer.
class MockCluster {
 public:
  MockCluster() {
    char problem[512] = "";
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", problem, sizeof problem);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem, sizeof problem);
    EXPECT_NE(producer_, nullptr) << problem;
  }
  ~MockCluster() { rd_kafka_destroy(producer_); }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  std::string brokers() const {
    return rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(producer_));
  }
  void Produce(const char* topic, std::string_view text) {
    EXPECT_EQ(rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic),
                                RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                                RD_KAFKA_V_HEADER("X-Name", "value", 5),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_EQ(rd_kafka_flush(producer_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

 private:
  rd_kafka_t* producer_ = nullptr;
};

std::optional<KafkaRecord> Next(KafkaConsumer& consumer) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto record = consumer.Poll(milliseconds(100))) return record;
  }
  return std::nullopt;
}

// Certificates that are renewed take a new client, while records of the old one are on their way.
TEST(KafkaConsumer, RecordsOutliveTheClientThatReadThem) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer of GCC 12 knows no C11 threads, which librdkafka starts";
#endif
  MockCluster cluster;
  const std::string text(100'000, 'x');
  cluster.Produce("t", text);
  const KafkaReceiverConfig config{
      .brokers = {cluster.brokers()}, .topic = "t", .initial_offset = "earliest"};
  const KafkaConsumer::Listener listener{.on_revoked = [](const auto&) {},
                                         .on_problem = [](const auto&) {},
                                         .on_commit_failed = [] {}};
  auto consumer = KafkaConsumer::Open(config, listener);
  ASSERT_TRUE(consumer) << consumer.error().message;
  const std::optional<KafkaRecord> record = Next(**consumer);
  ASSERT_TRUE(record);
  (*consumer)->Close();
  consumer->reset();
  EXPECT_EQ(record->payload, text);
  EXPECT_EQ(record->partition.topic, "t");
  EXPECT_EQ(record->offset, 0);
  EXPECT_EQ(FindHeader(record->headers, "x-name"), "value");
}

}  // namespace
}  // namespace vivace
