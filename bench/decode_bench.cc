// Measures the OTLP protobuf decoder alone: CPU time per span of tests/data/shop.otlp.zst, and the size of the batch it makes.
#include <benchmark/benchmark.h>
#include <zstd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "receive/otlp_protobuf.h"

namespace vivace {
namespace {

// The requests of the data set: each stands behind its length, 4 bytes little endian.
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

void DecodeOtlpProtobuf(benchmark::State& state) {
  const std::vector<std::string> requests = LoadRequests();
  OtlpProtobufDecoder decoder;
  SpanBatchBuilder builder(2048);
  uint64_t spans = 0;
  uint64_t bytes = 0;
  uint64_t kept = 0;
  for (auto _ : state) {
    for (const std::string& request : requests) {
      RejectedSpans rejected;
      builder.Reset();
      if (!decoder.Decode(request, builder, rejected)) state.SkipWithError("refused");
      spans += builder.batch().spans.size();
      bytes += request.size();
      kept += builder.batch().bytes.size() + builder.batch().attributes.size() * sizeof(AttributeEntry);
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetItemsProcessed(static_cast<int64_t>(spans));
  state.counters["dictionary_bytes_per_span"] = static_cast<double>(kept) / static_cast<double>(spans);
}
BENCHMARK(DecodeOtlpProtobuf)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vivace

BENCHMARK_MAIN();
