#include "receive/jaeger/jaeger_udp.h"

#include "receive/jaeger/jaeger_thrift.h"

namespace vivace {

JaegerUdpReceiver::JaegerUdpReceiver(ReceiverOptions options, ThriftProtocol protocol,
                                     SpanSink& sink)
    : options_(std::move(options)),
      protocol_(protocol),
      endpoint_{"jaeger",
                protocol == ThriftProtocol::kCompact ? "udp_thrift_compact" : "udp_thrift_binary"},
      sink_(sink) {}

void JaegerUdpReceiver::Handle(std::string_view datagram, bool is_truncated) {
  if (is_truncated) return Report("the datagram is longer than max_packet_size");
  Result<PushContext> context = MakePushContext(options_, {}, endpoint_);
  if (!context) return Report(context.error().message);
  const auto decode = [this](std::string_view message, SpanBatchBuilder& builder) {
    return DecodeJaegerDatagram(protocol_, message, builder);
  };
  DecodeAndPush(options_, decode, datagram, std::move(*context), sink_,
                [this](const PushOutcome& outcome) {
                  if (outcome.result.error) return Report(outcome.result.error->message);
                  if (outcome.rejected.total() > 0) Report(RejectedSpansMessage(outcome));
                });
}

}  // namespace vivace
