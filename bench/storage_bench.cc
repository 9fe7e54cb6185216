// Measures each step that a span goes through inside the server, without sockets: decoding, WAL
// encoding, appending to the segment, writing the block. Usage: storage_bench [SPANS [DIRECTORY]]:
// with a directory the block's objects are written there.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "base/thread_name.h"
#include "block/block_writer.h"
#include "columns/span_batch_codec.h"
#include "corpus.h"
#include "receive/otlp/otlp_protobuf.h"

namespace vivace {
namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// CPU seconds by step.
class Stopwatch {
 public:
  void Measure(const std::string& step, const std::function<void()>& run) {
    NameThread(step.c_str() +
               2);  // so that a profiler can tell the steps apart: perf report --comm block
    const double before = CpuSeconds();
    run();
    seconds_[step] += CpuSeconds() - before;
  }
  void Print(uint64_t spans) const {
    double total = 0;
    for (const auto& [step, seconds] : seconds_) {
      fmt::print("{:12} {:7.3f} s  {:7.3f} us/span\n", step, seconds,
                 seconds / static_cast<double>(spans) * 1e6);
      if (step != "0 generate") total += seconds;
    }
    fmt::print("{:12} {:7.3f} s\n", "total", total);
  }

 private:
  std::map<std::string, double> seconds_;
};

// Counts what is written and keeps it in a directory if there is one.
class CountingStore final : public ObjectStore {
 public:
  explicit CountingStore(std::string directory) : directory_(std::move(directory)) {}
  uint64_t bytes = 0;

  Result<std::string> Read(const std::string&) const override {
    return Fail(ErrorCode::kUnimplemented, "write only");
  }
  Result<std::string> ReadRange(const std::string&, uint64_t, uint64_t) const override {
    return Fail(ErrorCode::kUnimplemented, "write only");
  }
  Result<uint64_t> Size(const std::string&) const override {
    return Fail(ErrorCode::kUnimplemented, "write only");
  }
  Status Write(const std::string& key, std::string_view data) override {
    VIVACE_ASSIGN(auto writer, Create(key));
    VIVACE_TRY(writer->Append(data));
    return writer->Close();
  }
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override {
    class Writer final : public ObjectWriter {
     public:
      Writer(CountingStore& store, const std::string& path) : store_(store) {
        if (path.empty()) return;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        file_.open(path, std::ios::binary);
      }
      Status Append(std::string_view data) override {
        store_.bytes += data.size();
        if (file_.is_open()) file_.write(data.data(), static_cast<std::streamsize>(data.size()));
        return {};
      }
      Status Close() override { return {}; }

     private:
      CountingStore& store_;
      std::ofstream file_;
    };
    return std::make_unique<Writer>(*this, directory_.empty() ? "" : directory_ + "/" + key);
  }
  Result<std::vector<std::string>> List(const std::string&) const override {
    return std::vector<std::string>();
  }
  Status Delete(const std::string&) override { return {}; }
  Status DeleteAll(const std::string&) override { return {}; }
  Status Rename(const std::string&, const std::string&) override { return {}; }

 private:
  std::string directory_;
};

int Run(uint64_t spans_wanted, const std::string& directory) {
  const auto corpus = bench::Corpus::Load(VIVACE_SOURCE_DIR "/tests/data/shop.otlp.zst");
  if (!corpus) {
    fmt::print(stderr, "{}\n", corpus.error().message);
    return 1;
  }
  Stopwatch watch;
  Segment segment;
  OtlpProtobufDecoder decoder;
  SpanBatchBuilder builder(2048);
  std::string request;
  std::string wal;
  uint64_t wire_bytes = 0;
  uint64_t wal_bytes = 0;
  for (uint64_t round = 1; segment.span_count() < spans_wanted; ++round) {
    for (size_t i = 0; i < corpus->requests().size() && segment.span_count() < spans_wanted; ++i) {
      watch.Measure("0 generate", [&] {
        corpus->requests()[i].Fill({round, static_cast<int64_t>(round) * 1'000'000'000},
                                   bench::Mix(round * 1000 + i), request);
      });
      wire_bytes += request.size();
      watch.Measure("1 decode", [&] {
        RejectedSpans rejected;
        builder.Reset();
        if (!decoder.Decode(request, builder, rejected)) std::abort();
      });
      watch.Measure("2 wal", [&] {
        wal.clear();
        EncodeSpanBatch(builder.batch(), wal);
      });
      wal_bytes += wal.size();
      watch.Measure("3 segment", [&] { segment.Append(builder.batch()); });
    }
  }
  const uint64_t spans = segment.span_count();
  fmt::print(
      "{} spans, {} traces: {} wire bytes, {} WAL bytes, {} segment bytes, {} attributes a span\n",
      spans, segment.trace_count(), wire_bytes / spans, wal_bytes / spans,
      segment.memory_bytes() / spans,
      static_cast<double>(segment.attributes().size()) / static_cast<double>(spans));
  fmt::print("peak memory before the block {:.0f} MB\n", PeakMegabytes());
  CountingStore store(directory);
  watch.Measure("4 block", [&] {
    const auto meta = WriteBlock(segment, store, "single-tenant", Uuid::Random(),
                                 {.dedicated_columns = FilterForV4(DefaultDedicatedColumns())});
    if (!meta) {
      fmt::print(stderr, "{}\n", meta.error().message);
      std::abort();
    }
  });
  fmt::print("peak memory {:.0f} MB, block {:.1f} bytes per span\n", PeakMegabytes(),
             static_cast<double>(store.bytes) / static_cast<double>(spans));
  watch.Print(spans);
  return 0;
}

}  // namespace
}  // namespace vivace

int main(int argc, char** argv) {
  return vivace::Run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000,
                     argc > 2 ? argv[2] : "");
}
