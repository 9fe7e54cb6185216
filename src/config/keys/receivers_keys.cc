#include "config/keys/receivers_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace vivace {
namespace {

using Strings = std::vector<std::string>;

// The options of one receiver. Its type name is its place in the file, because the collector's
// errors name that.
class Options final : public ConfigSection {
 public:
  explicit Options(const std::string& key_path) : ConfigSection("", key_path, "") {}

 protected:
  std::string UnknownKeyMessage(const std::string& key) const override {
    std::vector<std::string_view> names;
    for (const auto& entry : entries()) names.push_back(entry->name());
    return fmt::format("'{}' has invalid keys: {}{}", type_name(), key, DidYouMean(key, names));
  }
};

void DeclareTls(ConfigSection& section, ReceiverTlsConfig& tls) {
  section.Unused("ca_file", "", "CA file; of clients only.");
  section.Unused("ca_pem", "", "CA as inline PEM; of clients only.");
  section.Key("cert_file", tls.cert_file, "Server certificate file.");
  section.Key("cert_pem", tls.cert_pem, "Server certificate as inline PEM.");
  section.Key("key_file", tls.key_file, "Server key file.");
  section.Key("key_pem", tls.key_pem, "Server key as inline PEM.");
  section.Key("client_ca_file", tls.client_ca_file,
              "CA of client certificates, which are then required.");
  section.Unused("client_ca_file_reload", false,
                 "Read that file again when it changes; it always is.");
  section.Key("min_version", tls.min_version, "Lowest TLS version, 1.2 when empty.")
      .OneOf({"", "1.0", "1.1", "1.2", "1.3"}, "unsupported TLS version: \"{}\"");
  section.Key("max_version", tls.max_version, "Highest TLS version.")
      .OneOf({"", "1.0", "1.1", "1.2", "1.3"}, "unsupported TLS version: \"{}\"");
  section.Key("cipher_suites", tls.cipher_suites, "Cipher suites.");
  section.Later("curve_preferences", Strings{}, "Curves.")
      .Refused("other curves would be accepted");
  section.Key("reload_interval", tls.reload_interval, "Read certificates again after this time.");
  section.Unused("include_system_ca_certs_pool", false, "Trust the system's CAs too.");
}

void DeclareCommon(ConfigSection& section, Receiver& receiver, std::string& endpoint) {
  section.Key("endpoint", endpoint, "Address to listen on as host:port.");
  DeclareTls(section.Group("tls", "configtls.ServerConfig", "TLS."), receiver.tls);
  section.Later("auth", YamlNode(), "Authenticator extension.")
      .Refused("senders would not be authenticated; vivace.access_file says who may send");
  section.Later("middlewares", YamlNode(), "Middleware extensions.")
      .Refused("requests would not pass through them");
  section.Unused("include_metadata", true, "Pass request headers on; always on.");
}

void DeclareKeepalive(ConfigSection& section, KeepaliveConfig& config) {
  ConfigSection& server =
      section.Group("server_parameters", "configgrpc.KeepaliveServerParameters", "Server.");
  server.Key("max_connection_idle", config.max_connection_idle,
             "Close a connection that is idle this long; 0 means 2m.");
  server.Key("max_connection_age", config.max_connection_age,
             "Close a connection that is about this old; 0 means never.");
  server.Key("max_connection_age_grace", config.max_connection_age_grace,
             "Extra time before it is cut; 0 means any.");
  server.Key("time", config.time, "Ping a silent client after this time; 0 means 2h.");
  server.Key("timeout", config.timeout, "How long to wait for the answer; 0 means 20s.");
  ConfigSection& policy =
      section.Group("enforcement_policy", "configgrpc.KeepaliveEnforcementPolicy", "Clients.");
  policy.Unused("min_time", Duration{}, "Clients that ping more often are disconnected.");
  policy.Unused("permit_without_stream", false, "Clients may ping without streams.");
}

void DeclareGrpc(ConfigSection& section, Receiver& receiver, std::string& endpoint) {
  DeclareCommon(section, receiver, endpoint);
  section.Later("transport", "tcp", "Network; only tcp.").Refused("receivers listen on TCP only");
  section.Key("max_recv_msg_size_mib", receiver.max_recv_msg_size_mib,
              "Largest message in MiB; 0 means 4.");
  section.Key("max_concurrent_streams", receiver.max_concurrent_streams,
              "Streams per connection; 0 means no limit.");
  section.Unused("read_buffer_size", 524288, "Read buffer of a connection.");
  section.Unused("write_buffer_size", 0, "Write buffer of a connection.");
  DeclareKeepalive(section.Group("keepalive", "configgrpc.KeepaliveServerConfig", "Pings."),
                   receiver.keepalive);
}

void DeclareHttp(ConfigSection& section, Receiver& receiver, std::string& endpoint) {
  DeclareCommon(section, receiver, endpoint);
  ConfigSection& cors = section.Group("cors", "confighttp.CORSConfig", "Requests from web pages.");
  cors.Key("allowed_origins", receiver.cors.allowed_origins, "Origins; * stands for anything.");
  cors.Key("allowed_headers", receiver.cors.allowed_headers, "Headers.");
  cors.Key("max_age", receiver.cors.max_age, "How long browsers may remember it, in seconds.");
  section.Key("max_request_body_size", receiver.max_request_body_size,
              "Largest body in bytes; 0 means 20 MiB.");
  section.Key("response_headers", receiver.response_headers, "Headers of every response.");
  section.Later("compression_algorithms", Strings{}, "Compressions that are accepted.")
      .Lacks("all are accepted");
  section.Key("read_timeout", receiver.read_timeout, "Limit for reading a request.");
  section.Key("read_header_timeout", receiver.read_header_timeout, "Limit for reading its header.");
  section.Key("write_timeout", receiver.write_timeout, "Limit for writing a response.");
  section.Key("idle_timeout", receiver.idle_timeout, "Limit for an idle connection.");
  section.Key("keep_alives_enabled", receiver.keep_alives_enabled, "Keep connections open.");
}

void DeclareUdp(ConfigSection& section, Receiver& receiver, std::string& endpoint) {
  section.Key("endpoint", endpoint, "Address to listen on as host:port.");
  section.Unused("queue_size", 1000, "Packets that wait.");
  section.Key("max_packet_size", receiver.max_packet_size, "Largest packet.").Range(1, 1e9);
  section.Unused("workers", 10, "Threads that decode.");
  section.Key("socket_buffer_size", receiver.socket_buffer_size,
              "Receive buffer of the socket; 0 means the system's.");
}

void DeclareOptions(ConfigSection& section, Receiver& receiver, std::string& endpoint,
                    const YamlNode& node) {
  switch (receiver.protocol) {
    case ReceiverProtocol::kOtlpGrpc:
    case ReceiverProtocol::kJaegerGrpc:
      return DeclareGrpc(section, receiver, endpoint);
    case ReceiverProtocol::kJaegerThriftCompact:
    case ReceiverProtocol::kJaegerThriftBinary:
      return DeclareUdp(section, receiver, endpoint);
    case ReceiverProtocol::kOtlpHttp:
      DeclareHttp(section, receiver, endpoint);
      section.Key("traces_url_path", receiver.traces_url_path, "Path of traces.");
      section.Unused("metrics_url_path", "/v1/metrics", "Path of metrics.");
      section.Unused("logs_url_path", "/v1/logs", "Path of logs.");
      return;
    case ReceiverProtocol::kZipkin:
      DeclareHttp(section, receiver, endpoint);
      section.Key("parse_string_tags", receiver.parse_string_tags,
                  "Turn tags that look like numbers or booleans into such.");
      section.Unused("protocols", YamlNode(), "Deprecated.");
      return;
    case ReceiverProtocol::kJaegerThriftHttp:
      return DeclareHttp(section, receiver, endpoint);
    case ReceiverProtocol::kKafka:
      return DeclareKafkaReceiver(section, receiver.kafka, node);
  }
}

struct NamedProtocol {
  std::string_view key;
  ReceiverProtocol protocol;
  bool by_default;  // listens when the receiver names no protocols
};
using Protocols = std::vector<NamedProtocol>;

const Protocols& OtlpProtocols() {
  static const Protocols list = {{"grpc", ReceiverProtocol::kOtlpGrpc, true},
                                 {"http", ReceiverProtocol::kOtlpHttp, true}};
  return list;
}

const Protocols& JaegerProtocols() {
  static const Protocols list = {{"grpc", ReceiverProtocol::kJaegerGrpc, true},
                                 {"thrift_http", ReceiverProtocol::kJaegerThriftHttp, true},
                                 {"thrift_compact", ReceiverProtocol::kJaegerThriftCompact, true},
                                 {"thrift_binary", ReceiverProtocol::kJaegerThriftBinary, false}};
  return list;
}

Receiver MakeReceiver(ReceiverProtocol protocol, const std::string& name) {
  Receiver receiver;
  receiver.protocol = protocol;
  receiver.name = name;
  receiver.port = DefaultReceiverPort(protocol);
  return receiver;
}

class ReceiversEntry final : public Entry {
 public:
  explicit ReceiversEntry(std::vector<Receiver>& receivers)
      : Entry("receivers", "Listeners for spans by type (otlp, jaeger, zipkin, kafka)."),
        receivers_(receivers) {}

  void Read(const YamlNode& node, const std::string& path, ParseContext& context) override {
    if (node.IsNull()) return;
    if (!node.IsMap()) return context.Mismatch(node, "map[string]interface {}");
    raw_ = node;
    std::set<std::string_view> seen;
    for (const YamlEntry& entry : node.entries) {
      if (!seen.insert(entry.key).second)
        context.Error(entry.line, fmt::format("key \"{}\" already set in map", entry.key));
      ReadReceiver(entry, path, context);
    }
  }
  YamlNode Dump() const override { return raw_; }
  bool IsZero() const override { return raw_.entries.empty(); }
  void Clear() override {
    raw_ = YamlNode::Map();
    receivers_.clear();
  }
  std::string_view type_name() const override { return "map[string]interface {}"; }
  KeyKind kind() const override { return KeyKind::kUsed; }

 private:
  void ReadReceiver(const YamlEntry& entry, const std::string& path, ParseContext& context) {
    const std::string type = entry.key.substr(0, entry.key.find('/'));
    if (type == "otlp") return ReadProtocols(entry, path, OtlpProtocols(), context);
    if (type == "jaeger") return ReadJaeger(entry, path, context);
    if (type == "zipkin")
      return ReadListener(entry.value, ReceiverProtocol::kZipkin, entry.key,
                          JoinPath(path, entry.key), context);
    if (type == "kafka")
      return ReadListener(entry.value, ReceiverProtocol::kKafka, entry.key,
                          JoinPath(path, entry.key), context);
    if (type == "opencensus") {
      return context.Warn(ConfigWarning::Kind::kIgnored,
                          fmt::format("{}.{} is not supported and is ignored (line {})", path,
                                      entry.key, entry.line));
    }
    context.Error(entry.line, fmt::format("'receivers' unknown type: \"{}\" for id: \"{}\" (valid "
                                          "values: [otlp kafka jaeger zipkin]){}",
                                          type, entry.key,
                                          DidYouMean(type, {"otlp", "kafka", "jaeger", "zipkin"})));
  }

  // Samples of old clients send UDP to port 6831 whatever the server's file configures; so a Jaeger
  // receiver always listens there.
  void ReadJaeger(const YamlEntry& entry, const std::string& path, ParseContext& context) {
    ReadProtocols(entry, path, JaegerProtocols(), context);
    const bool listens = std::ranges::any_of(receivers_, [](const Receiver& r) {
      return r.protocol == ReceiverProtocol::kJaegerThriftCompact;
    });
    if (listens) return;
    receivers_.push_back(MakeReceiver(ReceiverProtocol::kJaegerThriftCompact, entry.key));
    receivers_.back().implied = true;
    context.Warn(
        ConfigWarning::Kind::kNotice,
        fmt::format("receiver {} also listens for thrift_compact on 0.0.0.0:6831/udp", entry.key));
  }

  void ReadProtocols(const YamlEntry& entry, const std::string& path, const Protocols& known,
                     ParseContext& context) {
    const std::string key_path = JoinPath(path, entry.key);
    const YamlNode* protocols = nullptr;
    for (const YamlEntry& option : entry.value.entries) {
      if (option.key == "protocols") {
        protocols = &option.value;
      } else if (option.key == "remote_sampling" && &known == &JaegerProtocols()) {
        context.Warn(ConfigWarning::Kind::kIgnored,
                     fmt::format("{}.remote_sampling is not supported: no sampling strategies are "
                                 "served (line {})",
                                 key_path, option.line));
      } else {
        context.UnknownKey(option.line,
                           fmt::format("'{}' has invalid keys: {}{}", key_path, option.key,
                                       DidYouMean(option.key, {"protocols"})));
      }
    }
    if (protocols == nullptr || protocols->entries.empty())
      return AddDefaults(entry, known, context);
    for (const YamlEntry& option : protocols->entries)
      ReadProtocol(option, entry.key, key_path + ".protocols", known, context);
  }

  void AddDefaults(const YamlEntry& entry, const Protocols& known, ParseContext& context) {
    for (const NamedProtocol& protocol : known) {
      if (protocol.by_default) receivers_.push_back(MakeReceiver(protocol.protocol, entry.key));
    }
    context.Warn(
        ConfigWarning::Kind::kNotice,
        fmt::format("receiver {} names no protocols and listens for all on their default ports",
                    entry.key));
  }

  void ReadProtocol(const YamlEntry& option, const std::string& name, const std::string& key_path,
                    const Protocols& known, ParseContext& context) {
    const auto found = std::ranges::find(known, option.key, &NamedProtocol::key);
    if (found == known.end()) return UnknownProtocol(option, key_path, known, context);
    ReadListener(option.value, found->protocol, name, JoinPath(key_path, option.key), context);
  }

  static void UnknownProtocol(const YamlEntry& option, const std::string& key_path,
                              const Protocols& known, ParseContext& context) {
    std::vector<std::string_view> names;
    for (const NamedProtocol& protocol : known) names.push_back(protocol.key);
    context.UnknownKey(option.line, fmt::format("'{}' has invalid keys: {}{}", key_path, option.key,
                                                DidYouMean(option.key, names)));
  }

  // The collector's servers have the key, but only its clients look at it.
  static void CheckClientCa(const YamlNode& node, const Receiver& receiver,
                            const std::string& key_path, ParseContext& context) {
    for (const char* name : {"ca_file", "ca_pem"}) {
      const YamlNode* ca = node.Find(std::string("tls.") + name);
      if (ca == nullptr || ca->IsNull() || !receiver.tls.client_ca_file.empty()) continue;
      context.Warn(ConfigWarning::Kind::kIgnored,
                   fmt::format("{}.tls.{} does not make senders show certificates; client_ca_file "
                               "does (line {})",
                               key_path, name, ca->line));
    }
  }

  // Who writes a `tls` section does not want a port without TLS.
  static void CheckTls(const YamlNode& node, const Receiver& receiver, const std::string& key_path,
                       ParseContext& context) {
    const YamlNode* tls = node.Find("tls");
    if (tls == nullptr || !tls->IsMap()) return;
    const bool has_certificate = !receiver.tls.cert_file.empty() || !receiver.tls.cert_pem.empty();
    if (!has_certificate)
      context.Error(tls->line, key_path +
                                   ".tls needs a certificate and a key: without them senders "
                                   "would be served in plain text");
  }

  void ReadListener(const YamlNode& node, ReceiverProtocol protocol, const std::string& name,
                    const std::string& key_path, ParseContext& context) {
    Receiver receiver = MakeReceiver(protocol, name);
    std::string endpoint;
    Options options(key_path);
    DeclareOptions(options, receiver, endpoint, node);
    options.Read(node, key_path, context);
    if (protocol == ReceiverProtocol::kKafka)
      return AddKafka(std::move(receiver), node, key_path, context);
    CheckClientCa(node, receiver, key_path, context);
    CheckTls(node, receiver, key_path, context);
    const YamlNode* written = node.Find("endpoint");
    if (const Status parsed = ParseEndpoint(endpoint, receiver); !parsed) {
      context.Error(written == nullptr ? node.line : written->line,
                    fmt::format("{}.endpoint: {}", key_path, parsed.error().message));
    }
    receivers_.push_back(std::move(receiver));
  }

  void AddKafka(Receiver receiver, const YamlNode& node, const std::string& key_path,
                ParseContext& context) {
    if (const Status good = CheckKafkaReceiver(receiver.kafka); !good)
      context.Error(node.line, key_path + ": " + good.error().message);
    receivers_.push_back(std::move(receiver));
  }

  YamlNode raw_ = YamlNode::Map();
  std::vector<Receiver>& receivers_;
};

}  // namespace

void DeclareReceivers(ConfigSection& section, std::vector<Receiver>& receivers) {
  section.Add(std::make_unique<ReceiversEntry>(receivers));
}

std::vector<Receiver> DefaultReceivers() {
  return {MakeReceiver(ReceiverProtocol::kJaegerGrpc, "jaeger"),
          MakeReceiver(ReceiverProtocol::kJaegerThriftHttp, "jaeger"),
          MakeReceiver(ReceiverProtocol::kOtlpGrpc, "otlp")};
}

Status ParseEndpoint(std::string_view endpoint, Receiver& receiver) {
  if (endpoint.empty()) return {};  // everywhere, at the protocol's own port
  const bool bracketed = endpoint.starts_with('[');
  const size_t host_end = bracketed ? endpoint.find(']') : endpoint.find(':');
  if (bracketed && host_end == std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" has no closing bracket", endpoint));
  }
  const std::string_view host =
      bracketed ? endpoint.substr(1, host_end - 1) : endpoint.substr(0, host_end);
  std::string_view port = bracketed ? endpoint.substr(host_end + 1)
                                    : endpoint.substr(std::min(host_end, endpoint.size()));
  if (!host.empty()) receiver.host = host;
  if (!port.empty()) port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), receiver.port);
  if (error == std::errc() && end == port.data() + port.size()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" has no port from 0 to 65535 after the host", endpoint));
}

}  // namespace vivace
