#include "config/sections/receiver_config.h"

#include <fmt/format.h>

#include <array>

namespace vivace {
namespace {

struct ProtocolInfo {
  std::string_view name;
  uint16_t port;
};

// Indexed by ReceiverProtocol.
constexpr std::array<ProtocolInfo, 8> kProtocolInfos = {{{"otlp grpc", 4317},
                                                         {"otlp http", 4318},
                                                         {"zipkin", 9411},
                                                         {"jaeger grpc", 14250},
                                                         {"jaeger thrift_http", 14268},
                                                         {"jaeger thrift_compact", 6831},
                                                         {"jaeger thrift_binary", 6832},
                                                         {"kafka", 9092}}};

}  // namespace

std::string_view ReceiverProtocolName(ReceiverProtocol protocol) {
  return kProtocolInfos[size_t(protocol)].name;
}
uint16_t DefaultReceiverPort(ReceiverProtocol protocol) {
  return kProtocolInfos[size_t(protocol)].port;
}

std::string ReceiverKey(const Receiver& receiver) {
  const std::string_view protocol = ReceiverProtocolName(receiver.protocol);
  const size_t space = protocol.find(' ');
  const std::string key = "distributor.receivers." + receiver.name;
  if (space == std::string_view::npos) return key;
  return fmt::format("{}.protocols.{}", key, protocol.substr(space + 1));
}

std::string Receiver::Address() const {
  if (protocol == ReceiverProtocol::kKafka) return fmt::to_string(fmt::join(kafka.brokers, ","));
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace vivace
