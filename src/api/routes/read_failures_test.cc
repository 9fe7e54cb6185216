// Each route with each kind of failure of the store, object by object (block/read_failure.h): an
// answer is as if nothing had happened, or says that it is partial, or is an error; never a
// complete-looking wrong one, and never "not found" for what is there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <regex>

#include "api/requests_for_test.h"
#include "api/routes/routes.h"
#include "api/routes/streaming_querier.h"
#include "base/memory_file_system.h"
#include "base/tenant.h"
#include "base/unix_time.h"
#include "object/faulty_store.h"
#include "object/memory_store.h"
#include "object/retrying_store.h"
#include "query/trace_finder.h"

namespace vivace {
namespace {

constexpr int64_t kNowSeconds = 1'795'219'200;
constexpr std::string_view kTenantName{kSingleTenant};
constexpr uint8_t kTracesPerBlock = 5;
constexpr std::string_view kTraceOfFirstBlock = "01000000000000000000000000000001";

// The answer to a request, whatever the protocol.
struct Answer {
  int status = 0;  // HTTP's; 200 and 503 stand for gRPC's OK and UNAVAILABLE
  std::string body;
  bool is_partial = false;

  friend bool operator==(const Answer&, const Answer&) = default;
};

// What depends on what was read before.
std::string WithoutCosts(const std::string& body) {
  static const std::regex kCosts("\"inspected(Bytes|Traces)\":\"?[0-9]+\"?,?");
  return std::regex_replace(body, kCosts, "");
}

class RecordingStream : public RpcStream {
 public:
  bool Write(std::string message) override {
    messages.push_back(std::move(message));
    return true;
  }
  bool writable() const override { return true; }
  void OnWritable(std::function<void()> callback) override { callback(); }
  void Finish(RpcResponse reply) override { error = reply.error; }
  bool cancelled() const override { return false; }

  std::vector<std::string> messages;
  std::optional<Error> error;
};

// Two blocks with five traces each, live data apart, and a catalog that has read nothing yet.
class ReadFailures : public testing::Test {
 protected:
  ReadFailures() {
    IngesterOptions options;
    options.wal_path = "/wal";
    options.wal_sync = WalSync::kNever;
    ingester_ =
        Ingester::Start(options, files_, memory_, metrics_, [](const BlockMeta&) {}).value();
    for (const uint8_t block : {1, 2}) {
      Push(block);
      std::promise<void> done;
      ingester_->Flush(std::nullopt, [&](const Status&) { done.set_value(); });
      done.get_future().wait();
    }
    blocks_ = memory_.List(std::string(kTenantName)).value();
    Reopen();
    if (BlockOfFirstTrace() != blocks_[0]) std::swap(blocks_[0], blocks_[1]);
    for (const std::string& key : Keys()) whole_[key] = memory_.Read(key).value();
  }

  std::string BlockOfFirstTrace() {
    const auto listed = catalog_->Blocks(std::string(kTenantName)).value();
    for (const auto& meta : listed->blocks) {
      SpanBatchBuilder out;
      BlockReadStats stats;
      if (catalog_->Reader(meta)
              .value()
              ->FindTrace(ParseTraceId(kTraceOfFirstBlock).value(), out, stats)
              .value())
        return meta->block_id.ToString();
    }
    return "";
  }

  void Push(uint8_t block) {
    SpanBatchBuilder builder;
    const AttributeCode key = builder.AddAttribute("k", AttributeValue::Int(block));
    const uint32_t resource = builder.AddResource({}, 0, "");
    const uint32_t scope = builder.AddScope(resource, "", "", {}, 0, "");
    for (uint8_t trace = 1; trace <= kTracesPerBlock; ++trace) {
      builder.BeginSpan();
      TraceId id;
      id.bytes[0] = block, id.bytes[15] = trace;
      SpanId span;
      span.bytes[7] = trace;
      const uint64_t start = static_cast<uint64_t>(kNowSeconds - 60) * kNanosPerSecond + trace;
      builder.row() = {.trace_id = id,
                       .span_id = span,
                       .start_unix_nanos = start,
                       .end_unix_nanos = start + 1000,
                       .name = builder.AddString(fmt::format("span of {}", block)),
                       .flags = 257};  // kept in the extra file
      builder.SpanAttribute(key);
      builder.SpanAttribute(
          builder.AddAttribute(fmt::format("only{}", block), AttributeValue::String("x")));
      builder.CommitSpan(scope);
    }
    std::promise<void> done;
    ingester_->Push({.tenant = std::string(kTenantName)}, builder.Take(),
                    [&](const PushResult&) { done.set_value(); });
    done.get_future().wait();
  }

  // As after a start: nothing is known.
  void Reopen() {
    router_.reset();
    catalog_ = std::make_unique<BlockCatalog>(store_, metrics_);
    (void)catalog_->Start(std::chrono::hours(1));
    finder_ = std::make_unique<TraceFinder>(*ingester_, *catalog_,
                                            [](const std::string&) { return uint64_t{0}; });
    context_.reset(new QueryContext{.ingester = *ingester_,
                                    .catalog = *catalog_,
                                    .config = config_,
                                    .limits = [](const std::string&) { return ReadLimits(); },
                                    .now_unix_nanos = [] { return kNowSeconds * 1'000'000'000; },
                                    .timeouts = {},
                                    .well_known_tags = {},
                                    .static_columns = {},
                                    .observer = {}});
    context_->uses_summaries = false;  // else some answers need none of the objects that fail here
    router_.emplace(RouterOptions{});
    AddTraceByIdRoutes(*finder_, {}, *router_);
    AddSearchRoute(*context_, *router_);
    AddSearchTagsRoutes(*context_, *router_);
    AddSearchTagValuesRoutes(*context_, *router_);
    AddMetricsQueryRangeRoute(*context_, *router_);
    AddMetricsQueryRoute(*context_, *router_);
    AddMetricsSummaryRoute(*context_, *router_);
  }

  // The store as it was written, and no faults.
  void Restore() {
    faulty_.plan().ClearFaults();
    for (const std::string& key : Keys()) memory_.Delete(key).value();
    for (const auto& [key, bytes] : whole_) memory_.Write(key, bytes).value();
    Reopen();
  }

  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    const std::vector<std::string> blocks = memory_.List(std::string(kTenantName)).value();
    for (const std::string& block : blocks) {
      const std::string prefix = fmt::format("{}/{}", kTenantName, block);
      const std::vector<std::string> names = memory_.List(prefix).value();
      for (const std::string& name : names) keys.push_back(prefix + "/" + name);
    }
    return keys;
  }

  // Of the first block.
  std::string KeyOf(std::string_view object) const {
    return fmt::format("{}/{}/{}", kTenantName, blocks_[0], object);
  }

  // The first block under another id, as a compaction leaves it; the old one is gone.
  void Compact() {
    const std::string id = "ffffffff-0000-4000-8000-000000000001";
    for (const auto& [key, bytes] : whole_) {
      if (!key.contains(blocks_[0])) continue;
      const std::string name = key.substr(key.rfind('/'));
      std::string copy = bytes;
      if (name == "/meta.json") copy.replace(copy.find(blocks_[0]), blocks_[0].size(), id);
      memory_.Write(fmt::format("{}/{}{}", kTenantName, id, name), copy).value();
      memory_.Delete(key).value();
    }
  }

  Answer Ask(const std::string& route) {
    return route.starts_with("/") ? AskHttp(route) : AskRpc(route);
  }

  Answer AskHttp(const std::string& target) {
    const HttpResponse response = Get(*router_, target);
    const bool is_marked = !FindHeader(response.headers, "warning").empty();
    return {response.status, WithoutCosts(response.body), is_marked};
  }

  // `call`: a method of StreamingQuerier.
  Answer AskRpc(const std::string& call) {
    std::string message;
    protozero::pbf_writer request(message);
    const auto start = static_cast<uint32_t>(kNowSeconds - 3600);
    const auto end = static_cast<uint32_t>(kNowSeconds);
    if (call == "Search") {
      request.add_uint32(5, start), request.add_uint32(6, end), request.add_string(8, "{}");
    } else if (call.starts_with("SearchTagValues")) {
      request.add_string(1, call.ends_with("V2") ? "span.k" : "k");
      request.add_uint32(4, start), request.add_uint32(5, end);
    } else if (call.starts_with("SearchTags")) {
      request.add_uint32(3, start), request.add_uint32(4, end);
    } else {
      // Which spans are exemplars depends on the order of blocks.
      request.add_string(1, "{} | rate() with(exemplars=false)");
      request.add_uint64(2, uint64_t{start} * kNanosPerSecond);
      request.add_uint64(3, uint64_t{end} * kNanosPerSecond);
    }
    const auto stream = std::make_shared<RecordingStream>();
    const StreamingQuerierOptions options{.post = [](QueryJob job) { return job.run(), true; }};
    for (const auto& [name, handler] : StreamingQuerierMethods(*context_, options)) {
      if (name.ends_with("/" + call))
        handler({.method = name,
                 .metadata = {},
                 .message = message,
                 .peer = {},
                 .cancel_token = nullptr},
                stream);
    }
    if (stream->error.has_value())
      return {stream->error->code == ErrorCode::kUnavailable ? 503 : 500, stream->error->message,
              false};
    return {200, BodyOf(call, stream->messages.back()), IsPartial(call, stream->messages.back())};
  }

  // Whether jobs are missing, or the status is PARTIAL.
  static bool IsPartial(const std::string& call, const std::string& message) {
    const bool is_metadata = call.starts_with("SearchTag");
    uint64_t completed = 0, total = 0;
    bool is_partial = false;
    protozero::pbf_reader reader(message);
    while (reader.next()) {
      if (reader.tag() == 3 && call.starts_with("Metrics")) {
        is_partial = reader.get_enum() == 1;
      } else if (reader.tag() == 2 &&
                 reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
        protozero::pbf_reader metrics(reader.get_view());
        while (metrics.next()) {
          if (metrics.tag() == (is_metadata ? 2 : 5)) {
            total = metrics.get_uint64();
          } else if (metrics.tag() == (is_metadata ? 3 : 4)) {
            completed = metrics.get_uint64();
          } else {
            metrics.skip();
          }
        }
      } else {
        reader.skip();
      }
    }
    return is_partial || completed < total;
  }

  // The results without the metrics.
  static std::string BodyOf(const std::string&, const std::string& message) {
    std::string results;
    protozero::pbf_reader reader(message);
    while (reader.next()) {
      if (reader.tag() == 1) {
        results += reader.get_string();
      } else {
        reader.skip();
      }
    }
    return results;
  }

  static std::vector<std::string> Routes() {
    const std::string window = fmt::format("start={}&end={}", kNowSeconds - 3600, kNowSeconds);
    const std::string trace(kTraceOfFirstBlock);
    return {"/api/traces/" + trace,
            "/api/v2/traces/" + trace,
            "/api/search?q=%7B%7D&" + window,
            "/api/search/tags?" + window,
            "/api/v2/search/tags?" + window,
            "/api/search/tag/k/values?" + window,
            "/api/v2/search/tag/span.k/values?" + window,
            "/api/metrics/query_range?step=60s&q=%7B%7D%7Crate()with(exemplars%3Dfalse)&" + window,
            "/api/metrics/query?q=%7B%7D%7Crate()&" + window,
            "/api/metrics/summary?q=%7B%7D&groupBy=name&" + window,
            "Search",
            "SearchTags",
            "SearchTagsV2",
            "SearchTagValues",
            "SearchTagValuesV2",
            "MetricsQueryRange",
            "MetricsQueryInstant"};
  }

  MemoryFileSystem files_;
  Metrics metrics_;
  MemoryStore memory_;
  FaultyStore faulty_{memory_};
  RetryingStore store_{faulty_, [this](auto) {
                         if (--pauses_left_ == 0) faulty_.plan().ClearFaults();
                       }};
  int pauses_left_ = 0;  // until the store is well again; 0: never
  QueryFrontendConfig config_;
  std::unique_ptr<Ingester> ingester_;
  std::unique_ptr<BlockCatalog> catalog_;
  std::unique_ptr<TraceFinder> finder_;
  std::unique_ptr<QueryContext> context_;
  std::optional<Router> router_;
  std::vector<std::string> blocks_;
  std::map<std::string, std::string> whole_;
};

// An index only saves work: without it, also where it goes while the server knows it, or cannot be
// read, answers are whole.
TEST_F(ReadFailures, TheIndexIsNotNeeded) {
  for (const std::string& route : Routes()) {
    Restore();
    const Answer expected = Ask(route);
    for (const std::string& key : Keys()) {
      if (key.ends_with("vivace-index.bin")) memory_.Delete(key).value();
    }
    for (int round = 0; round < 2; ++round) {
      const Answer answer = Ask(route);
      EXPECT_EQ(answer.status, 200) << route << ": " << answer.body;
      EXPECT_FALSE(answer.is_partial) << route;
      EXPECT_EQ(answer.body.size(), expected.body.size()) << route;
      Reopen();
    }
  }
}

constexpr std::string_view kObjects[] = {"bloom-0", "data.parquet", "vivace-extra.parquet",
                                         "meta.json"};

TEST_F(ReadFailures, AreNoneWhereTheStoreIsWell) {
  for (const std::string& route : Routes()) {
    Restore();
    const Answer answer = Ask(route);
    EXPECT_EQ(answer.status, 200) << route << ": " << answer.body;
    EXPECT_FALSE(answer.is_partial) << route;
    EXPECT_FALSE(answer.body.empty()) << route;
  }
}

TEST_F(ReadFailures, DamageIsSkippedAndTheAnswerMarked) {
  for (const std::string& route : Routes()) {
    Restore();
    const Answer whole = Ask(route);
    for (const std::string_view object : kObjects) {
      SCOPED_TRACE(fmt::format("{} with {} damaged", route, object));
      Restore();
      memory_.Write(KeyOf(object), "this is not what was written").value();
      if (object == "meta.json") Reopen();  // it is read when it is listed
      const Answer answer = Ask(route);
      EXPECT_TRUE(answer.status == 200 || answer.status == 206) << answer.status << answer.body;
      EXPECT_TRUE(answer == whole || answer.is_partial) << answer.body;
      if (object == "data.parquet" || object == "meta.json") {
        EXPECT_TRUE(answer.is_partial);
        EXPECT_EQ(answer.status, route.starts_with("/api/traces") ? 206 : 200);
        EXPECT_NE(answer.body, whole.body);
      }
      if (route.starts_with("/api/v2/traces") || route.starts_with("/api/metrics/query")) {
        EXPECT_EQ(answer.is_partial, answer.body.contains("\"status\":\"PARTIAL\""));
      }
    }
  }
}

TEST_F(ReadFailures, WhatPassesIsNotSeen) {
  for (const std::string& route : Routes()) {
    Restore();
    const Answer whole = Ask(route);
    for (const auto kind : {FaultyStore::Kind::kRead, FaultyStore::Kind::kList}) {
      for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kInternal}) {
        Restore();
        faulty_.plan().FailAll(kind, {code, "Too many open files"});
        pauses_left_ = RetryingStore::kAttempts - 1;
        EXPECT_EQ(Ask(route), whole) << route;
      }
    }
  }
}

TEST_F(ReadFailures, WhatCannotBeReadNowIsAnError) {
  for (const std::string& route : Routes()) {
    Restore();
    const Answer whole = Ask(route);
    for (const std::string_view object : kObjects) {
      for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kInternal}) {
        SCOPED_TRACE(fmt::format("{} without {}", route, object));
        Restore();
        faulty_.plan().FailAll(FaultyStore::Kind::kRead, {code, "Input/output error"},
                               KeyOf(object));
        if (object == "meta.json") Reopen();
        const Answer answer = Ask(route);
        EXPECT_TRUE(answer == whole || answer.status == 503) << answer.status << answer.body;
        if (object == "data.parquet" || object == "meta.json") {
          EXPECT_EQ(answer.status, 503) << answer.body;
        }
        faulty_.plan().ClearFaults();
        if (object != "meta.json") {
          EXPECT_EQ(Ask(route), whole) << "afterwards";
        }
      }
    }
  }
}

TEST_F(ReadFailures, BlocksThatCannotBeListedAreNotTakenForNone) {
  for (const std::string& route : Routes()) {
    for (const std::string& place : {std::string(kTenantName), blocks_[0]}) {
      Restore();
      faulty_.plan().FailAll(FaultyStore::Kind::kList, {ErrorCode::kInternal, "Permission denied"},
                             place);
      Reopen();
      EXPECT_EQ(Ask(route).status, 503) << route << " without the list of " << place;
    }
  }
}

TEST_F(ReadFailures, ABlockThatWasCompactedIsFoundInTheNewerList) {
  for (const std::string& route : Routes()) {
    Restore();
    const Answer whole = Ask(route);
    Restore();
    Compact();
    const Answer answer = Ask(route);
    EXPECT_EQ(answer, whole) << route << answer.body;
  }
}

TEST_F(ReadFailures, ABlockThatLacksAnObjectIsDamaged) {
  for (const std::string& route : Routes()) {
    Restore();
    memory_.Delete(KeyOf("data.parquet")).value();
    for (int i = 0; i < 2; ++i) {
      const Answer answer = Ask(route);
      EXPECT_TRUE(answer.is_partial) << route << ": " << answer.status << answer.body;
      const uint64_t operations = faulty_.plan().operations();
      EXPECT_EQ(Ask(route), answer);
      EXPECT_LT(faulty_.plan().operations() - operations, 20u) << "the list is not read each time";
    }
  }
}

TEST_F(ReadFailures, ATraceOfABlockThatWasDeletedIsNotFound) {
  for (const std::string_view object : {"meta.json", "data.parquet", "bloom-0"})
    memory_.Delete(KeyOf(object)).value();
  const Answer answer = Ask("/api/traces/" + std::string(kTraceOfFirstBlock));
  EXPECT_EQ(answer.status, 404);
  EXPECT_FALSE(answer.is_partial);
}

}  // namespace
}  // namespace vivace
