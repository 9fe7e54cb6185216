#include "app/receivers.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "app/component_options.h"
#include "base/ascii.h"
#include "base/compression/decompress.h"
#include "base/log.h"
#include "receive/jaeger/jaeger_grpc.h"
#include "receive/jaeger/jaeger_http.h"
#include "receive/jaeger/jaeger_udp.h"
#include "receive/otlp/otlp_grpc.h"
#include "receive/otlp/otlp_http.h"
#include "receive/otlp/otlp_protobuf.h"
#include "receive/small_requests.h"
#include "receive/zipkin/zipkin_http.h"

namespace vivace {
namespace {

// Whether a request is large. A compressed one may be a thousand times as large as it looks: it is
// undone up to that size, and stays so where that is all of it.
bool IsLarge(HttpRequest& request) {
  if (request.body.size() > kLargeRequestBytes) return true;
  const std::string_view encoding = FindHeader(request.headers, "content-encoding");
  if (encoding.empty()) return false;
  auto body = Decompress(encoding, request.body, kLargeRequestBytes);
  if (!body) return body.error().code == ErrorCode::kResourceExhausted;
  request.body = *std::move(body);
  std::erase_if(request.headers,
                [](const auto& field) { return field.first == "content-encoding"; });
  return false;
}
bool IsLarge(const RpcRequest& request) { return request.message.size() > kLargeRequestBytes; }

const HttpHeaders& HeadersOf(const HttpRequest& request) { return request.headers; }
const HttpHeaders& HeadersOf(const RpcRequest& request) { return request.metadata; }

ReceiverOptions WithSmallRequests(ReceiverOptions options, SpanSink& sink) {
  options.small_requests = std::make_shared<SmallRequests>(sink);
  return options;
}

// Adds the headers that the receiver's configuration names to every answer.
HttpHandler WithResponseHeaders(const std::map<std::string, std::string>& headers,
                                HttpHandler handler) {
  if (headers.empty()) return handler;
  HttpHeaders added;
  for (const auto& [name, value] : headers) added.emplace_back(ToLowerAscii(name), value);
  return [added = std::move(added), handler = std::move(handler)](HttpRequest request,
                                                                  HttpResponder respond) {
    handler(std::move(request), [added, respond = std::move(respond)](HttpResponse response) {
      for (const auto& header : added) {
        if (FindHeader(response.headers, header.first).empty()) response.headers.push_back(header);
      }
      respond(std::move(response));
    });
  };
}

}  // namespace

Receivers::Receivers(ReceiverOptions options, const Guard& guard, SpanSink& sink)
    : options_(WithSmallRequests(std::move(options), sink)),
      guard_(guard),
      sink_(sink),
      large_requests_(std::max(1u, std::thread::hardware_concurrency())) {}

template <typename Receiver>
auto Receivers::HandlerOf(Receiver& receiver) {
  return [this, &receiver](auto request, auto respond) {
    if (!IsLarge(request)) return receiver.Handle(std::move(request), std::move(respond));
    const std::string tenant(FindHeader(HeadersOf(request), kTenantHeader));
    large_requests_.Run(
        tenant, [&receiver, request = std::move(request), respond = std::move(respond)]() mutable {
          receiver.Handle(std::move(request), std::move(respond));
        });
  };
}

template <typename Part, typename... Arguments>
Part& Receivers::Keep(Arguments&&... arguments) {
  auto part = std::make_shared<Part>(std::forward<Arguments>(arguments)...);
  parts_.push_back(part);
  return *part;
}

Status Receivers::Listen(const Receiver& config, Server& server) {
  const std::string name(ReceiverProtocolName(config.protocol));
  const Status opened = Open(config, server);
  if (opened) {
    LogInfo("receiver started", {{"receiver", name}, {"address", config.Address()}});
    return {};
  }
  const bool is_required = !config.implied && opened.error().code != ErrorCode::kUnimplemented;
  if (is_required) return std::unexpected(Error(opened.error()).WithContext(ReceiverKey(config)));
  LogWarn("receiver could not be started",
          {{"receiver", name}, {"address", config.Address()}, {"err", opened.error().message}});
  return {};
}

Status Receivers::Open(const Receiver& config, Server& server) {
  switch (config.protocol) {
    case ReceiverProtocol::kOtlpGrpc:
      return ListenGrpc(config, std::string(kOtlpExportMethod),
                        HandlerOf(Keep<OtlpGrpcReceiver>(options_, DecodeOtlpProtobuf, sink_)),
                        server);
    case ReceiverProtocol::kOtlpHttp:
      return ListenOtlpHttp(config, server);
    case ReceiverProtocol::kZipkin: {
      const ZipkinHttpOptions options{options_, Decompress, ReceiverBodyBytesMax(config),
                                      config.parse_string_tags};
      return ListenHttp(config, HandlerOf(Keep<ZipkinHttpReceiver>(options, sink_)), server);
    }
    case ReceiverProtocol::kJaegerGrpc:
      return ListenGrpc(config, std::string(kJaegerPostSpansMethod),
                        HandlerOf(Keep<JaegerGrpcReceiver>(options_, sink_)), server);
    case ReceiverProtocol::kJaegerThriftHttp: {
      const JaegerHttpOptions options{options_, Decompress, ReceiverBodyBytesMax(config)};
      return ListenHttp(config, HandlerOf(Keep<JaegerHttpReceiver>(options, sink_)), server);
    }
    case ReceiverProtocol::kJaegerThriftCompact:
    case ReceiverProtocol::kJaegerThriftBinary:
      return ListenUdp(config, server);
    case ReceiverProtocol::kKafka:
      return ReadKafka(config);
  }
  return Fail(ErrorCode::kUnimplemented, "not available yet");
}

Status Receivers::ListenGrpc(const Receiver& config, const std::string& method, RpcHandler handler,
                             Server& server) {
  VIVACE_ASSIGN(const ListenOptions listen, ReceiverListenOptionsOf(config));
  GrpcService& service = Keep<GrpcService>();
  service.AddUnary(method, std::move(handler),
                   {.received_bytes_max = ReceiverMessageBytesMax(config)},
                   guard_.JudgeOf(kWriteTenants));
  VIVACE_TRY(server.Listen(listen, nullptr, &service));
  return {};
}

Status Receivers::ListenHttp(const Receiver& config, HttpHandler handler, Server& server) {
  VIVACE_ASSIGN(const ListenOptions listen, ReceiverListenOptionsOf(config));
  HttpService service = guard_.Protect(std::move(handler), kWriteTenants);
  service.handle = WithResponseHeaders(config.response_headers, std::move(service.handle));
  VIVACE_TRY(server.Listen(listen, std::move(service)));
  return {};
}

Status Receivers::ListenOtlpHttp(const Receiver& config, Server& server) {
  OtlpHttpOptions options{.receiver = options_,
                          .decode_protobuf = DecodeOtlpProtobuf,
                          .decompress = Decompress,
                          .path = config.traces_url_path,
                          .body_bytes_max = ReceiverBodyBytesMax(config),
                          .cors = {.allowed_origins = config.cors.allowed_origins,
                                   .allowed_headers = config.cors.allowed_headers,
                                   .max_age_seconds = static_cast<uint32_t>(
                                       std::max<int64_t>(config.cors.max_age, 0))}};
  return ListenHttp(config, HandlerOf(Keep<OtlpHttpReceiver>(std::move(options), sink_)), server);
}

Status Receivers::ListenUdp(const Receiver& config, Server& server) {
  if (guard_.requires_authentication())
    return Fail(ErrorCode::kUnimplemented,
                "datagrams cannot carry credentials, which vivace.access_file requires");
  const bool is_compact = config.protocol == ReceiverProtocol::kJaegerThriftCompact;
  auto& receiver = Keep<JaegerUdpReceiver>(
      options_, is_compact ? ThriftProtocol::kCompact : ThriftProtocol::kBinary, sink_);
  VIVACE_TRY(server.ListenUdp(ReceiverUdpOptionsOf(config),
                              [&receiver](std::string_view datagram, bool is_truncated) {
                                receiver.Handle(datagram, is_truncated);
                              }));
  return {};
}

Status Receivers::ReadKafka(const Receiver& config) {
  VIVACE_ASSIGN(auto receiver,
                KafkaReceiver::Start({.receiver = options_, .kafka = config.kafka}, sink_));
  kafka_.push_back(std::move(receiver));
  return {};
}

void Receivers::Stop() {
  for (const auto& receiver : kafka_) receiver->Stop();
}

}  // namespace vivace
