// Measures what queries wait for where blocks lie in a store over a network (object/slow_store.h).
//
//   slow_bench make DIRECTORY BLOCKS SPANS   writes so many small blocks
//   slow_bench ask DIRECTORY [LATENCY_MS]    asks them, cold and again; 0: the disk as it is
//
// Prints of each question the milliseconds, the requests and the megabytes that were read. Blocks
// are those of `single-tenant`.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <future>
#include <random>

#include "api/query_context.h"
#include "api/requests_for_test.h"
#include "api/routes/routes.h"
#include "base/memory_file_system.h"
#include "base/posix_file_system.h"
#include "base/unix_time.h"
#include "corpus.h"
#include "object/local_store.h"
#include "object/slow_store.h"
#include "query/trace_finder.h"
#include "receive/otlp/otlp_protobuf.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kTenant = "single-tenant";
constexpr size_t kLookups = 200;

std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) encoded += fmt::format("%{:02x}", static_cast<uint8_t>(c));
  return encoded;
}

struct Helpers final : TaskHelpers {
  explicit Helpers(size_t count) : threads(count) {}
  size_t count() const override { return threads.count(); }
  void Ask(std::function<void()> help) override { threads.Ask(std::move(help)); }
  FetchThreads threads;
};

// A server's read side over a directory, cold.
class Reading {
 public:
  Reading(const std::string& directory, int latency_ms)
      : disk_(LocalStore::Open(posix_, directory).value()),
        slow_(*disk_, {.latency = milliseconds(latency_ms)}),
        catalog_(latency_ms == 0 ? static_cast<ObjectStore&>(*disk_) : slow_, metrics_),
        ingester_(Ingester::Start({.wal_path = "/wal", .wal_sync = WalSync::kNever}, files_, *disk_,
                                  metrics_, [](const BlockMeta&) {})
                      .value()) {
    const std::vector<std::string> blocks = disk_->List(kTenant).value();
    for (const std::string& block : blocks)
      metas_.push_back(
          BlockReader::Open(*disk_, kTenant, Uuid::Parse(block).value()).value()->meta());
    for (const BlockMeta& meta : metas_) catalog_.Add(meta);
    AddTraceByIdRoutes(finder_, {}, router_);
    AddSearchRoute(context_, router_);
    AddMetricsQueryRangeRoute(context_, router_);
  }
  ~Reading() { helpers_->threads.Stop(); }

  // The status of an answer, and what it took.
  void Ask(const std::string& name, const std::string& path) {
    slow_.Reset();
    const auto begin = steady_clock::now();
    const HttpResponse answer = Get(router_, path);
    const auto took = std::chrono::duration<double, std::milli>(steady_clock::now() - begin);
    const SlowStore::Count reads = slow_.CountOf(SlowStore::Kind::kRead);
    fmt::print("{:44} {} {:8.1f} ms {:5} requests {:7.2f} MB, {} bytes\n", name, answer.status,
               took.count(), reads.requests, static_cast<double>(reads.bytes) / 1e6,
               answer.body.size());
  }

  struct Times {
    std::vector<double> wall_ms, cpu_ms;
  };
  void AddTime(const std::string& path, int status, Times& times) {
    const auto begin = steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    if (Get(router_, path).status != status) fmt::print("unexpected answer of {}\n", path);
    times.cpu_ms.push_back(1e3 * static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC);
    times.wall_ms.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count());
  }

  std::vector<TraceId> SomeIds(size_t count) const {
    std::mt19937_64 random(7);
    std::vector<TraceId> ids;
    BlockReadStats stats;
    while (ids.size() < count) {
      const BlockMeta& meta = metas_[random() % metas_.size()];
      const auto all = BlockReader::Open(*disk_, meta).value()->TraceIds(10'000'000, stats).value();
      for (size_t i = 0; i < 1 + count / metas_.size(); ++i)
        ids.push_back(all[random() % all.size()]);
    }
    return ids;
  }

  std::string Window() const {
    int64_t start = INT64_MAX, end = 0;
    for (const BlockMeta& meta : metas_) {
      start = std::min(start, meta.start_unix_seconds);
      end = std::max(end, meta.end_unix_seconds);
    }
    return fmt::format("&start={}&end={}", start - 1, end + 1);
  }

 private:
  PosixFileSystem posix_;
  MemoryFileSystem files_;
  Metrics metrics_;
  std::unique_ptr<LocalStore> disk_;
  SlowStore slow_;
  BlockCatalog catalog_;
  std::unique_ptr<Ingester> ingester_;
  std::vector<BlockMeta> metas_;
  TraceFinder finder_{*ingester_, catalog_, [](const std::string&) { return uint64_t{0}; }};
  std::shared_ptr<Helpers> helpers_ = std::make_shared<Helpers>(1);
  QueryFrontendConfig config_;
  QueryContext context_{.ingester = *ingester_,
                        .catalog = catalog_,
                        .config = config_,
                        .limits = [](const std::string&) { return ReadLimits(); },
                        .now_unix_nanos = [] { return NowUnixNanos(); },
                        .timeouts = {},
                        .well_known_tags = {},
                        .static_columns = {},
                        .observer = {},
                        .tasks = [this](const auto&) { return OrderedTasksOptions{helpers_}; }};
  Router router_{RouterOptions{}};
};

struct Question {
  std::string name;
  std::string path;
};

std::vector<Question> QuestionsOf(const Reading& reading) {
  const std::string window = reading.Window();
  const auto search = [&](const std::string& query) {
    return Question{query, "/api/search?limit=20&q=" + PercentEncoded(query) + window};
  };
  const auto range = [&](const std::string& query) {
    return Question{query, "/api/metrics/query_range?step=60s&q=" + PercentEncoded(query) + window};
  };
  return {search("{}"),
          search("{ resource.service.name = \"checkout\" }"),
          search("{ span.http.response.status_code = 500 }"),
          search("{ status = error && kind = server }"),
          search("{ duration > 1h }"),
          search("{ span.request.id = \"nowhere\" }"),
          search("{ status = error } >> { kind = client && duration > 1h }"),
          search("{} | count() > 100000"),
          search("{ rootName = \"nowhere\" }"),
          range("{} >> { status = error } | rate()"),
          range("{} | rate()"),
          range("{} | rate() by (resource.service.name)"),
          range("{} | quantile_over_time(duration, .9) by (name)")};
}

void PrintTimes(const char* name, Reading::Times times) {
  std::ranges::sort(times.wall_ms);
  std::ranges::sort(times.cpu_ms);
  fmt::print("{:44} p50 {:.2f} ms, p99 {:.2f}; CPU p50 {:.2f}\n", name,
             times.wall_ms[times.wall_ms.size() / 2],
             times.wall_ms[times.wall_ms.size() * 99 / 100], times.cpu_ms[times.cpu_ms.size() / 2]);
}

void AskForTraces(const std::string& directory, int latency_ms) {
  Reading reading(directory, latency_ms);
  const std::vector<TraceId> ids = reading.SomeIds(kLookups);
  const auto path = [](const TraceId& id) { return "/api/traces/" + ToHex(id.View()); };
  reading.Ask("trace by id, cold", path(ids[0]));
  reading.Ask("the same again", path(ids[0]));
  reading.Ask("another", path(ids[1]));
  reading.Ask("another again", path(ids[1]));
  std::mt19937_64 random(3);
  Reading::Times found, absent;
  for (const TraceId& id : ids) reading.AddTime(path(id), 200, found);
  for (size_t i = 0; i < kLookups; ++i)
    reading.AddTime(fmt::format("/api/traces/{:016x}{:016x}", random(), random()), 404, absent);
  PrintTimes("trace by id", std::move(found));
  PrintTimes("id that is nowhere", std::move(absent));
}

int AskAll(const std::string& directory, int latency_ms) {
  for (const Question& question : QuestionsOf(Reading(directory, latency_ms))) {
    Reading reading(directory, latency_ms);
    reading.Ask(question.name, question.path);
    reading.Ask("  again", question.path);
  }
  AskForTraces(directory, latency_ms);
  return 0;
}

int Make(const std::string& directory, size_t blocks, size_t spans) {
  const auto corpus = bench::Corpus::Load(VIVACE_SOURCE_DIR "/tests/data/shop.otlp.zst").value();
  PosixFileSystem posix;
  MemoryFileSystem files;
  Metrics metrics;
  const auto store = LocalStore::Open(posix, directory).value();
  const auto ingester = Ingester::Start({.wal_path = "/wal", .wal_sync = WalSync::kNever}, files,
                                        *store, metrics, [](const BlockMeta&) {})
                            .value();
  OtlpProtobufDecoder decoder;
  std::string request;
  const int64_t now = NowUnixNanos();
  for (size_t block = 0; block < blocks; ++block) {
    for (size_t pushed = 0, i = block; pushed < spans; ++i) {
      const auto& one = corpus.requests()[i % corpus.requests().size()];
      one.Fill({block * 1000 + i / corpus.requests().size(),
                now - static_cast<int64_t>(blocks - block) * 1'000'000'000},
               bench::Mix(block * 1000 + i), request);
      RejectedSpans rejected;
      SpanBatchBuilder builder(2048);
      if (!decoder.Decode(request, builder, rejected)) return 1;
      pushed += builder.batch().spans.size();
      std::promise<void> done;
      ingester->Push({.tenant = kTenant}, builder.Take(),
                     [&](const PushResult&) { done.set_value(); });
      done.get_future().wait();
    }
    std::promise<void> done;
    ingester->Flush(std::nullopt, [&](const Status&) { done.set_value(); });
    done.get_future().wait();
  }
  return 0;
}

}  // namespace
}  // namespace vivace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "make")
    return vivace::Make(words[1], std::stoul(words[2]), std::stoul(words[3]));
  if (words.size() >= 2 && words[0] == "ask")
    return vivace::AskAll(words[1], words.size() > 2 ? std::stoi(words[2]) : 50);
  fmt::print(stderr,
             "usage: slow_bench make DIRECTORY BLOCKS SPANS | ask DIRECTORY [LATENCY_MS]\n");
  return 1;
}
