#include "app/listener_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cctype>
#include <string>
#include <vector>

#include "app/component_options.h"
#include "app/path_checks.h"
#include "base/error_context.h"
#include "server/transport/bind_address.h"
#include "server/transport/tls_context.h"

namespace vivace {
namespace {

bool IsHeaderValue(std::string_view value) {
  return std::ranges::none_of(value,
                              [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

Status CheckResponseHeaders(const Receiver& receiver) {
  for (const auto& [name, value] : receiver.response_headers) {
    if (!IsHeaderName(name) || !IsHeaderValue(value))
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}.response_headers: \"{}: {}\" is no header", ReceiverKey(receiver),
                              name, value));
  }
  return {};
}

// What listens where, so that two of the configuration's own listeners are not told "in use".
class Listeners {
 public:
  Status Add(const ListenOptions& options, const std::string& what, const std::string& tls_key) {
    if (options.tls) VIVACE_TRY(WithContext(TlsContext::Load(*options.tls), tls_key));
    const char* network = options.network == ListenNetwork::kIpv4   ? "tcp4"
                          : options.network == ListenNetwork::kIpv6 ? "tcp6"
                                                                    : "tcp";
    return AddAddress(network, options.address, options.port, what);
  }
  Status AddUdp(const UdpOptions& options, const std::string& what) {
    return AddAddress("udp", options.address, options.port, what);
  }

 private:
  Status AddAddress(const std::string& network, const std::string& address, uint16_t port,
                    const std::string& what) {
    std::string host;
    if (!address.empty()) {
      VIVACE_ASSIGN(const auto resolved,
                    WithContext(ResolveBindAddress(io_, network, address), what));
      if (resolved.is_v4() || !resolved.is_unspecified()) host = resolved.to_string();
    }
    if (port == 0) return {};
    const std::string protocol = network.substr(0, 3);
    for (const Place& other : places_) {
      if (other.protocol != protocol || other.port != port) continue;
      if (!Overlap(host, other.host)) continue;
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {} {}:{} is also that of {}", what,
                                                           protocol, address, port, other.what));
    }
    places_.push_back({protocol, host, port, what});
    return {};
  }

  static bool Overlap(std::string_view a, std::string_view b) {
    constexpr std::string_view kAllIpv4 = "0.0.0.0";
    const auto is_ipv4 = [](std::string_view host) { return !host.contains(':'); };
    return a == b || a.empty() || b.empty() || (a == kAllIpv4 && is_ipv4(b)) ||
           (b == kAllIpv4 && is_ipv4(a));
  }

  struct Place {
    std::string protocol;
    std::string host;  // as an address; empty: every one of both families
    uint16_t port;
    std::string what;
  };
  boost::asio::io_context io_;
  std::vector<Place> places_;
};

Status CheckKafkaFiles(const Receiver& receiver) {
  const KafkaTlsConfig& tls = receiver.kafka.tls;
  const std::string place = ReceiverKey(receiver) + ".tls.";
  VIVACE_TRY(CheckReadableFile(place + "ca_file", tls.ca_file));
  VIVACE_TRY(CheckReadableFile(place + "cert_file", tls.cert_file));
  return CheckReadableFile(place + "key_file", tls.key_file);
}

Status CheckReceiver(const Receiver& receiver, Listeners& listeners) {
  VIVACE_TRY(CheckResponseHeaders(receiver));
  if (receiver.protocol == ReceiverProtocol::kKafka) return CheckKafkaFiles(receiver);
  const std::string what = ReceiverKey(receiver);
  const bool is_udp = receiver.protocol == ReceiverProtocol::kJaegerThriftCompact ||
                      receiver.protocol == ReceiverProtocol::kJaegerThriftBinary;
  if (receiver.implied) return {};
  if (is_udp) return listeners.AddUdp(ReceiverUdpOptionsOf(receiver), what);
  VIVACE_ASSIGN(const ListenOptions options, ReceiverListenOptionsOf(receiver));
  return listeners.Add(options, what, what + ".tls");
}

}  // namespace

bool IsHeaderName(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](unsigned char c) {
    return std::isalnum(c) != 0 || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

Status CheckListeners(const Config& config) {
  Listeners listeners;
  VIVACE_ASSIGN(const ListenOptions http, HttpListenOptionsOf(config));
  VIVACE_TRY(listeners.Add(http, "server.http_listen_address", "server.http_tls_config"));
  VIVACE_ASSIGN(const ListenOptions grpc, GrpcListenOptionsOf(config));
  VIVACE_TRY(listeners.Add(grpc, "server.grpc_listen_address", "server.grpc_tls_config"));
  for (const Receiver& receiver : config.distributor.receivers)
    VIVACE_TRY(CheckReceiver(receiver, listeners));
  return {};
}

}  // namespace vivace
