// Measures the receivers' decoders alone: CPU time per span of tests/data/shop.otlp.zst, sent as
// OTLP and as other clients would send it; and what a check of limits costs.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <zstd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "receive/admission/admission.h"
#include "receive/jaeger/jaeger_thrift.h"
#include "receive/otlp/otlp_json.h"
#include "receive/otlp/otlp_protobuf.h"
#include "receive/zipkin/zipkin_json.h"
#include "request_encoders.h"

namespace vivace {
namespace {

// The requests of the data set: each is preceded by its length, 4 bytes little-endian.
std::vector<std::string> LoadRequests() {
  std::ifstream file(VIVACE_SOURCE_DIR "/tests/data/shop.otlp.zst", std::ios::binary);
  const std::string packed{std::istreambuf_iterator<char>(file), {}};
  std::string raw(64 << 20, '\0');
  raw.resize(ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size()));
  std::vector<std::string> requests;
  for (size_t at = 0; at + 4 <= raw.size();) {
    uint32_t size = 0;
    std::memcpy(&size, raw.data() + at, sizeof size);
    requests.push_back(raw.substr(at + 4, size));
    at += 4 + size;
  }
  return requests;
}

// The same requests in another encoding: `encode(batch, out)` appends what a client would send.
template <typename Encode>
std::vector<std::string> Encoded(const Encode& encode) {
  std::vector<std::string> out;
  OtlpProtobufDecoder decoder;
  for (const std::string& request : LoadRequests()) {
    SpanBatchBuilder builder;
    RejectedSpans rejected;
    if (decoder.Decode(request, builder, rejected)) encode(builder.batch(), out);
  }
  return out;
}

// `decode(request, builder)` gives what was refused.
template <typename Decode>
void Run(benchmark::State& state, const std::vector<std::string>& requests, const Decode& decode) {
  SpanBatchBuilder builder(2048);
  uint64_t spans = 0;
  uint64_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& request : requests) {
      builder.Reset();
      const Result<RejectedSpans> rejected = decode(request, builder);
      if (!rejected.has_value() || rejected->total() > 0) state.SkipWithError("refused");
      spans += builder.batch().spans.size();
      bytes += request.size();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetItemsProcessed(static_cast<int64_t>(spans));
  state.counters["ns_per_span"] = benchmark::Counter(
      static_cast<double>(spans) / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void OtlpProtobuf(benchmark::State& state) {
  OtlpProtobufDecoder decoder;
  Run(state, LoadRequests(),
      [&](std::string_view request, SpanBatchBuilder& builder) -> Result<RejectedSpans> {
        RejectedSpans rejected;
        VIVACE_TRY(decoder.Decode(request, builder, rejected));
        return rejected;
      });
}
BENCHMARK(OtlpProtobuf)->Unit(benchmark::kMillisecond);

void OtlpJson(benchmark::State& state) {
  OtlpJsonDecoder decoder;
  const auto requests =
      Encoded([](const SpanBatch& batch, auto& out) { out.push_back(bench::ToOtlpJson(batch)); });
  Run(state, requests, [&](std::string_view request, SpanBatchBuilder& builder) {
    return decoder.Decode(request, builder);
  });
}
BENCHMARK(OtlpJson)->Unit(benchmark::kMillisecond);

void ZipkinJson(benchmark::State& state) {
  ZipkinJsonDecoder decoder;
  const auto requests =
      Encoded([](const SpanBatch& batch, auto& out) { out.push_back(bench::ToZipkinJson(batch)); });
  Run(state, requests, [&](std::string_view request, SpanBatchBuilder& builder) {
    return decoder.DecodeV2(request, false, builder);
  });
}
BENCHMARK(ZipkinJson)->Unit(benchmark::kMillisecond);

void JaegerCompact(benchmark::State& state) {
  const auto requests = Encoded([](const SpanBatch& batch, auto& out) {
    for (std::string& datagram : bench::ToJaegerCompact(batch)) out.push_back(std::move(datagram));
  });
  Run(state, requests, [](std::string_view request, SpanBatchBuilder& builder) {
    return DecodeJaegerDatagram(ThriftProtocol::kCompact, request, builder);
  });
}
BENCHMARK(JaegerCompact)->Unit(benchmark::kMillisecond);

// Gives back what it is given.
class ReturningSink final : public SpanSink {
 public:
  void Push(PushContext /*context*/, SpanBatch pushed,
            std::function<void(PushResult)> done) override {
    batch = std::move(pushed);
    done({});
  }
  SpanBatch batch;
};

// Pushes a batch of one span again and again, for one tenant of a thousand after the other, into
// `sink`, which ends in `last`.
void PushOver(benchmark::State& state, SpanSink& sink, ReturningSink& last) {
  SpanBatchBuilder builder;
  builder.BeginSpan();
  builder.row().trace_id.bytes[0] = 1;
  builder.CommitSpan(builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {}));
  last.batch = builder.Take();
  std::vector<PushContext> contexts;
  for (int i = 0; i < 1000; ++i)
    contexts.push_back({.tenant = fmt::format("tenant-{}", i * 100), .wire_bytes = 1});
  size_t at = 0;
  for (auto _ : state)
    sink.Push(contexts[at++ % contexts.size()], std::move(last.batch), [](const PushResult&) {});
}

// Moves the batch on as often as Admission does, and nothing else: what has to be subtracted.
class PassingSink final : public SpanSink {
 public:
  explicit PassingSink(SpanSink& next) : next_(next) {}
  void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) override {
    next_.Push(std::move(context), std::move(batch), std::move(done));
  }

 private:
  SpanSink& next_;
};

void WithoutLimits(benchmark::State& state) {
  ReturningSink last;
  PassingSink sink(last);
  PushOver(state, sink, last);
}
BENCHMARK(WithoutLimits);

// 100,000 tenants have limits of their own, 1,000 of them send.
void WithLimits(benchmark::State& state) {
  TenantOverrides many;
  for (int i = 0; i < 100'000; ++i)
    many.tenants.emplace(
        fmt::format("tenant-{}", i),
        std::make_shared<const Limits>(Limits{.ingestion = {.rate_limit_bytes = 1 << 30}}));
  const auto overrides = std::make_shared<const TenantOverrides>(std::move(many));
  ReturningSink last;
  Admission admission({.overrides = [&] { return overrides; }}, last);
  PushOver(state, admission, last);
}
BENCHMARK(WithLimits);

}  // namespace
}  // namespace vivace

BENCHMARK_MAIN();
