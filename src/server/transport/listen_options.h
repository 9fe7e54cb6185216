// ListenOptions: where one port listens, its TLS and its limits. Plain values; every default is
// safe against untrusted clients.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vivace {

// Names and meanings as in Go's crypto/tls, which the configuration uses.
enum class ClientAuth { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify };
enum class TlsVersion { k10, k11, k12, k13 };

struct TlsOptions {
  std::string cert_file;  // PEM, leaf first
  std::string key_file;   // PEM
  std::string client_ca_file;
  // The same as text, each instead of its file.
  std::string cert_pem;
  std::string key_pem;
  std::string client_ca_pem;
  ClientAuth client_auth = ClientAuth::kNone;
  TlsVersion min_version = TlsVersion::k12;
  TlsVersion max_version = TlsVersion::k13;
  std::vector<std::string>
      cipher_suites;  // IANA's names; empty: OpenSSL's choice. Those of TLS 1.3 are always there.
  std::chrono::seconds reload_interval{5};  // how often the files are checked for changes
};

// How long an HTTP/2 connection may live and how a dead client is found, as gRPC has it.
struct KeepaliveOptions {
  static constexpr auto kNever = std::chrono::milliseconds::max();
  std::chrono::milliseconds age_max = kNever;    // then it is ended as at a shutdown
  std::chrono::milliseconds age_grace = kNever;  // after that its requests are cut
  std::chrono::milliseconds ping_after = std::chrono::hours(2);  // of silence
  std::chrono::milliseconds ping_timeout = std::chrono::seconds(20);
};

enum class ListenNetwork { kAny, kIpv4, kIpv6 };

struct ListenOptions {
  std::string address;                          // host name or IP; empty: all interfaces
  ListenNetwork network = ListenNetwork::kAny;  // families of addresses that are listened on
  uint16_t port = 0;                            // 0: any free one, returned by Server::Listen
  std::optional<TlsOptions> tls;

  size_t header_bytes_max = 64 << 10;
  size_t body_bytes_max =
      20 << 20;  // of one HTTP request; gRPC methods have their own limit (GrpcService)
  // Requests of one connection, received or being handled. More: 503 or UNAVAILABLE.
  size_t connection_body_bytes_max = 64 << 20;
  size_t connection_head_bytes_max = 1 << 20;  // of them, the decoded heads
  // Answers of one connection that are not read yet. More: its next requests wait.
  size_t connection_answer_bytes_max = 64 << 20;
  size_t connections_max = 10'000;  // more wait in the kernel's queue
  uint32_t streams_max = 100;       // concurrent HTTP/2 streams of one connection

  std::chrono::milliseconds header_timeout{
      10'000};  // first byte of a request to the end of its header; TLS handshake
  std::chrono::milliseconds read_timeout{30'000};  // first byte of a request to the end of its body
  std::chrono::milliseconds write_timeout{30'000};  // without any progress of an answer
  // Bytes per second that a body must arrive with and an answer must be read with, on the average
  // of body_patience and write_timeout.
  size_t body_rate_min = 4 << 10;
  std::chrono::milliseconds body_patience{10'000};
  size_t answer_rate_min = 16 << 10;
  std::chrono::milliseconds idle_timeout{120'000};  // connection without a request

  bool keep_alive = true;      // HTTP/1.1: false ends a connection with its first answer
  KeepaliveOptions keepalive;  // HTTP/2
};

}  // namespace vivace
