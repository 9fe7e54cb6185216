#include "receive/admission/admission.h"

#include <gtest/gtest.h>

#include "columns/span_batch_builder.h"
#include "receive/admission/head_sampling.h"
#include "receive/recording_sink_for_test.h"

namespace vivace {
namespace {

using std::chrono::seconds;

TraceId IdOf(uint8_t number) {
  TraceId id;
  id.bytes[15] = number;
  return id;
}

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() { Set({}); }

  // They hold a moment later.
  void Set(const Limits& limits) {
    overrides_ = std::make_shared<const TenantOverrides>(
        TenantOverrides{.defaults = std::make_shared<const Limits>(limits)});
    now_ += std::chrono::milliseconds(200);
  }

  AdmissionOptions Options() {
    return {.overrides = [this] { return overrides_; },
            .on_refused =
                [this](const PushContext& context, RefusalReason reason, uint64_t spans) {
                  refused_ +=
                      fmt::format("{} {} {};", context.tenant, RefusalReasonName(reason), spans);
                },
            .now = [this] { return now_; }};
  }

  // A batch with a span of each trace, and what became of it: stored spans, and what the sender is
  // told.
  std::string Push(Admission& admission, std::vector<uint8_t> traces, uint64_t bytes,
                   const std::string& tenant = "t") {
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
    for (const uint8_t trace : traces) {
      builder.BeginSpan();
      builder.row().trace_id = IdOf(trace);
      builder.CommitSpan(scope);
    }
    sink_.pushed.clear();
    std::string told;
    admission.Push(
        {.tenant = tenant, .is_replayable = is_replayable_, .wire_bytes = bytes}, builder.Take(),
        [&](const PushResult& result) {
          if (result.error)
            told = fmt::format(" {} retry {}", result.error->message, result.retry_after_seconds);
          if (result.refused_spans > 0)
            told += fmt::format(" refused {}: {}", result.refused_spans, result.refused_reason);
        });
    std::string stored;
    for (const auto& [context, batch] : sink_.pushed) {
      for (const TraceId& id : batch.spans.trace_id) stored += fmt::format("{}", id.bytes[15]);
    }
    return stored + told;
  }

  // Requests of one batch, each a span of a trace; what each sender is told, and the traces stored.
  std::string PushJoined(Admission& admission, const std::vector<std::vector<uint8_t>>& requests,
                         uint64_t bytes_each) {
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
    std::vector<PushPart> parts;
    std::vector<std::string> told(requests.size(), "?");
    for (size_t i = 0; i < requests.size(); ++i) {
      for (const uint8_t trace : requests[i]) {
        builder.BeginSpan();
        builder.row().trace_id = IdOf(trace);
        builder.CommitSpan(scope);
      }
      parts.push_back({static_cast<uint32_t>(requests[i].size()), bytes_each,
                       [&told, i](const PushResult& result) {
                         told[i] = result.error ? result.error->message.substr(0, 12)
                                                : fmt::format("-{}", result.refused_spans);
                       }});
    }
    sink_.pushed.clear();
    admission.PushJoined({.tenant = "t", .wire_bytes = bytes_each * requests.size()},
                         builder.Take(), std::move(parts));
    std::string stored;
    uint64_t bytes = 0;
    for (const auto& [context, batch] : sink_.pushed) {
      for (const TraceId& id : batch.spans.trace_id) stored += fmt::format("{}", id.bytes[15]);
      bytes += context.wire_bytes;
    }
    return fmt::format("{} ({} bytes) {}", stored, bytes, fmt::join(told, " "));
  }

  bool is_replayable_ = false;
  RecordingSink sink_;
  std::chrono::steady_clock::time_point now_{seconds(1000)};
  RuntimeOverrides::Snapshot overrides_;
  std::string refused_;
};

TEST_F(AdmissionTest, LetsInWhatIsWithinTheLimits) {
  Admission admission(Options(), sink_);
  EXPECT_EQ(Push(admission, {1, 2, 3}, 300), "123");
  EXPECT_EQ(refused_, "");
}

TEST_F(AdmissionTest, LimitsTheRateOfBytes) {
  Set({.ingestion = {.rate_limit_bytes = 100, .burst_size_bytes = 250}});
  Admission admission(Options(), sink_);
  EXPECT_EQ(Push(admission, {1}, 250), "1");
  EXPECT_EQ(Push(admission, {1, 2}, 150),
            " RATE_LIMITED: ingestion rate limit (local: 100 bytes/s, global: 0 bytes/s, burst: "
            "250 bytes) exceeded while adding 150 bytes for "
            "user t. consider increasing the limit or reducing ingestion rate. retry 2");
  EXPECT_EQ(Push(admission, {1}, 150, "other"), "1");
  now_ += seconds(1);
  EXPECT_EQ(Push(admission, {1}, 100), "1");
  EXPECT_EQ(Push(admission, {1}, 300),
            " RATE_LIMITED: batch size (300 bytes) exceeds ingestion limit (local: 100 bytes/s, "
            "global: 0 bytes/s, burst: 250 bytes) while "
            "adding "
            "300 bytes for user t. consider reducing batch size or increasing rate limit. retry 0");
  EXPECT_EQ(refused_, "t rate_limited 2;t rate_limited 1;");
}

TEST_F(AdmissionTest, JudgesEachRequestOfABatch) {
  Set({.ingestion = {.rate_limit_bytes = 100, .burst_size_bytes = 250}});
  Admission admission(Options(), sink_);
  EXPECT_EQ(PushJoined(admission, {{1}, {2, 3}, {4}}, 100), "123 (200 bytes) -0 -0 RATE_LIMITED");
  EXPECT_EQ(refused_, "t rate_limited 1;");
  now_ += seconds(1);
  sink_.answer.error = Error{ErrorCode::kUnavailable, "down"};
  EXPECT_EQ(PushJoined(admission, {{1}, {2}}, 75), "12 (150 bytes) down down");
  sink_.answer.error.reset();
  EXPECT_EQ(PushJoined(admission, {{1}, {2}}, 75), "12 (150 bytes) -0 -0")
      << "what was not stored was not charged";
  Set({.ingestion = {.max_traces_per_user = 2}});
  Admission traces(Options(), sink_);
  EXPECT_EQ(PushJoined(traces, {{1, 5}, {3}, {1, 3, 5}, {5}}, 100),
            "15155 (300 bytes) -0 LIVE_TRACES_ -1 -0");
}

TEST_F(AdmissionTest, KnowsBeforeDecodingWhatIsOverTheRate) {
  Set({.ingestion = {.rate_limit_bytes = 100, .burst_size_bytes = 250}});
  AdmissionOptions options = Options();
  int undecoded = 0;
  options.on_refused_undecoded = [&](const PushContext& context) {
    EXPECT_EQ(context.tenant, "t");
    ++undecoded;
  };
  Admission admission(std::move(options), sink_);
  EXPECT_FALSE(admission.RefusalOf({.tenant = "t", .wire_bytes = 250}).has_value());
  EXPECT_EQ(Push(admission, {1}, 250), "1") << "asking takes nothing";
  const auto refusal = admission.RefusalOf({.tenant = "t", .wire_bytes = 150});
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->error->code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(refusal->error->message.starts_with("RATE_LIMITED: ingestion rate limit"));
  EXPECT_EQ(refusal->retry_after_seconds, 2u);
  EXPECT_EQ(undecoded, 1);
  EXPECT_FALSE(admission.RefusalOf({.tenant = "other", .wire_bytes = 150}).has_value());
  now_ += seconds(2);
  EXPECT_FALSE(admission.RefusalOf({.tenant = "t", .wire_bytes = 150}).has_value());
}

TEST_F(AdmissionTest, SharesGlobalRatesAndSendsRetryAfterAsConfigured) {
  Set({.ingestion = {.rate_strategy = "global", .rate_limit_bytes = 100, .burst_size_bytes = 50}});
  AdmissionOptions options = Options();
  options.instances = 4;
  options.retry_after = seconds(7);
  Admission admission(std::move(options), sink_);
  EXPECT_EQ(Push(admission, {1}, 50), "1");
  EXPECT_TRUE(
      Push(admission, {1}, 25)
          .starts_with(
              " RATE_LIMITED: ingestion rate limit (local: 25 bytes/s, global: 100 bytes/s"));
  EXPECT_TRUE(Push(admission, {1}, 25).ends_with("retry 7"));
  Set({.ingestion = {.rate_limit_bytes = 0, .burst_size_bytes = 0, .retry_info_enabled = false}});
  EXPECT_TRUE(Push(admission, {1}, 1).ends_with("retry 0"));
}

TEST_F(AdmissionTest, LimitsLiveTraces) {
  Set({.ingestion = {.max_traces_per_user = 2}});
  Admission admission(Options(), sink_);
  EXPECT_EQ(Push(admission, {1, 2, 3, 1, 4, 2}, 600),
            "1212 refused 2: LIVE_TRACES_EXCEEDED: per-user traces limit (local: 2 global: 0 "
            "actual local: 2) exceeded for user t");
  EXPECT_TRUE(Push(admission, {3}, 100).starts_with(" LIVE_TRACES_EXCEEDED"));
  EXPECT_EQ(Push(admission, {3}, 100, "other"), "3");
  now_ += seconds(3);
  EXPECT_EQ(Push(admission, {1}, 100), "1");
  now_ += seconds(3);  // the second one has been quiet for longer than the idle period
  EXPECT_EQ(Push(admission, {3}, 100), "3");
  EXPECT_EQ(refused_, "t live_traces_exceeded 2;t live_traces_exceeded 1;");
  const auto tenants = admission.Tenants();
  ASSERT_EQ(tenants.size(), 2u);
  EXPECT_EQ(tenants[1].tenant, "t");
  EXPECT_EQ(tenants[1].live_traces, 2u);
  EXPECT_EQ(tenants[1].refused_spans[static_cast<size_t>(RefusalReason::kLiveTracesExceeded)], 3u);
}

TEST_F(AdmissionTest, LimitsTheBytesOfATrace) {
  Set({.max_bytes_per_trace = 1000});
  Admission admission(Options(), sink_);
  EXPECT_EQ(Push(admission, {1}, 900), "1");
  EXPECT_EQ(Push(admission, {1, 2}, 400),
            "2 refused 1: TRACE_TOO_LARGE: max size of trace (1000 bytes) exceeded while adding "
            "201 bytes to the 901 of trace "
            "00000000000000000000000000000001 for user t");
  EXPECT_EQ(Push(admission, {2, 1, 3}, 60), "213");
  EXPECT_EQ(refused_, "t trace_too_large 1;");
}

// What the ingester does not store costs nothing: the sender comes again with the same.
TEST_F(AdmissionTest, ChargesOnlyWhatIsStored) {
  Set({.ingestion = {.rate_limit_bytes = 1, .burst_size_bytes = 950, .max_traces_per_user = 2},
       .max_bytes_per_trace = 1000});
  Admission admission(Options(), sink_);
  const Error stall{ErrorCode::kResourceExhausted, "queue full"};
  for (int attempt = 0; attempt < 3; ++attempt) {
    sink_.answer = {.error = stall, .retry_after_seconds = 1};
    EXPECT_EQ(Push(admission, {1}, 900), "1 queue full retry 1");
    EXPECT_EQ(Push(admission, {2, 3, 4}, 900),
              "23 queue full retry 1");  // of three traces two are let in
    EXPECT_EQ(admission.Tenants()[0].live_traces, 0u);
    sink_.answer = {.was_stored_before = true};
    EXPECT_EQ(Push(admission, {5}, 900), "5");
    EXPECT_EQ(admission.Tenants()[0].live_traces, 0u);
  }
  EXPECT_EQ(refused_, "") << "spans that are sent again are not discarded";
  sink_.answer = {};
  EXPECT_EQ(Push(admission, {1}, 900), "1");
  EXPECT_EQ(admission.Tenants()[0].live_traces, 1u);
  EXPECT_TRUE(Push(admission, {1}, 51).starts_with(" RATE_LIMITED"));
  now_ += seconds(500);
  EXPECT_TRUE(Push(admission, {1}, 400).starts_with("1"));
}

TEST_F(AdmissionTest, TraceLimitsDoNotCostRate) {
  Set({.ingestion = {.rate_limit_bytes = 1, .burst_size_bytes = 3000},
       .max_bytes_per_trace = 1000});
  Admission admission(Options(), sink_);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(Push(admission, {1}, 1500).starts_with(" TRACE_TOO_LARGE"));
  EXPECT_EQ(admission.Tenants()[0].live_traces, 0u) << "nothing of it was let in";
  EXPECT_EQ(Push(admission, {2, 3, 4}, 2900), "234");
}

// Requests whose answers are still on their way.
class HoldingSink final : public SpanSink {
 public:
  void Push(PushContext /*context*/, SpanBatch /*batch*/,
            std::function<void(PushResult)> done) override {
    held.push_back(std::move(done));
  }
  std::vector<std::function<void(PushResult)>> held;
};

class PendingAdmissionTest : public AdmissionTest {
 protected:
  // Pushes a span; true where it went on to the sink.
  bool GoesOn(Admission& admission, uint8_t trace, uint64_t bytes) {
    const size_t before = holding_.held.size();
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
    builder.BeginSpan();
    builder.row().trace_id = IdOf(trace);
    builder.CommitSpan(scope);
    admission.Push({.tenant = "t", .wire_bytes = bytes}, builder.Take(), [](const PushResult&) {});
    return holding_.held.size() > before;
  }
  void AnswerNext(PushResult result) {
    auto done = std::move(holding_.held.front());
    holding_.held.erase(holding_.held.begin());
    done(std::move(result));
  }
  const PushResult stalled_{.error = Error{ErrorCode::kUnavailable, "stalled"}};
  HoldingSink holding_;
};

TEST_F(PendingAdmissionTest, RequestsAtTheSameTimeDoNotExceedALimitTogether) {
  Set({.ingestion = {.rate_limit_bytes = 1, .burst_size_bytes = 2000, .max_traces_per_user = 2},
       .max_bytes_per_trace = 1000});
  Admission admission(Options(), holding_);
  EXPECT_TRUE(GoesOn(admission, 1, 600));
  EXPECT_FALSE(GoesOn(admission, 1, 600)) << "the trace";
  EXPECT_TRUE(GoesOn(admission, 2, 600));
  EXPECT_FALSE(GoesOn(admission, 3, 600)) << "the number of traces";
  EXPECT_FALSE(GoesOn(admission, 2, 900)) << "the rate";
  AnswerNext(stalled_);
  EXPECT_TRUE(GoesOn(admission, 3, 600)) << "the first was given back";
  EXPECT_FALSE(GoesOn(admission, 1, 600));
  AnswerNext({});
  AnswerNext({});
  EXPECT_FALSE(GoesOn(admission, 1, 600)) << "two are stored";
  EXPECT_EQ(admission.Tenants()[0].live_traces, 2u);
}

// An answer that comes when the trace has been evicted and begun again takes nothing from the new
// one.
TEST_F(PendingAdmissionTest, LateAnswersTakeBackNothingFromOthers) {
  Set({.max_bytes_per_trace = 1000});
  Admission admission(Options(), holding_);
  EXPECT_TRUE(GoesOn(admission, 1, 700));
  now_ += seconds(20);
  EXPECT_TRUE(GoesOn(admission, 2, 1));  // a sweep
  EXPECT_TRUE(GoesOn(admission, 1, 800));
  AnswerNext(stalled_);
  EXPECT_FALSE(GoesOn(admission, 1, 300));
  EXPECT_TRUE(GoesOn(admission, 1, 100));
}

TEST_F(AdmissionTest, TakesAShareOfTheTraces) {
  Set({.sampling = {.head_percentage = 0}});
  AdmissionOptions options = Options();
  uint64_t sampled_out = 0;
  options.on_sampled_out = [&](const PushContext&, uint64_t spans) { sampled_out += spans; };
  Admission admission(std::move(options), sink_);
  EXPECT_EQ(Push(admission, {1, 2, 1}, 30), "")
      << "the sender is not told: that is what was asked for";
  EXPECT_EQ(sampled_out, 3u);
  Set({.sampling = {.head_percentage = 100}});
  EXPECT_EQ(Push(admission, {1, 2, 1}, 30), "121");
}

TEST(HeadSampling, GoesByTheRandomPartOfTheId) {
  TraceId low = IdOf(0), high = IdOf(0);
  low.bytes[0] = 0xff;  // not of the last seven bytes
  high.bytes[9] = 0xc0;
  EXPECT_FALSE(IsSampled(low, 50));
  EXPECT_TRUE(IsSampled(high, 50));
  EXPECT_TRUE(IsSampled(high, 25));
  EXPECT_FALSE(IsSampled(high, 24));
  EXPECT_TRUE(IsSampled(low, 100));
  EXPECT_FALSE(IsSampled(low, 0));
  EXPECT_FALSE(IsSampled(high, 0));
}

TEST_F(AdmissionTest, FollowsChangedLimits) {
  Set({.ingestion = {.max_traces_per_user = 1}});
  Admission admission(Options(), sink_);
  EXPECT_EQ(Push(admission, {1}, 10), "1");
  EXPECT_NE(Push(admission, {2}, 10), "2");
  Set({.ingestion = {.max_traces_per_user = 0}});
  EXPECT_EQ(Push(admission, {2, 3, 4}, 10), "234");
}

TEST_F(AdmissionTest, ForgetsTenantsThatSendNothing) {
  Admission admission(Options(), sink_);
  for (int i = 0; i < 100; ++i) Push(admission, {1}, 10, fmt::format("tenant-{}", i));
  EXPECT_EQ(admission.Tenants().size(), 100u);
  now_ += std::chrono::minutes(11);
  Push(admission, {1}, 10, "new");
  EXPECT_EQ(admission.Tenants().size(), 1u);
}

// Of 100,000 known tenants 1,000 send: a check costs less than 100 nanoseconds, and a tenant that
// is only known less than 4 KB.
TEST_F(AdmissionTest, StaysCheapWithManyTenants) {
  TenantOverrides many;
  for (int i = 0; i < 100'000; ++i)
    many.tenants.emplace(fmt::format("tenant-{}", i), std::make_shared<const Limits>());
  EXPECT_LT(sizeof(Limits) + sizeof(std::string) + 64, 4096u);
  overrides_ = std::make_shared<const TenantOverrides>(std::move(many));
  Admission admission(Options(), sink_);
  for (int i = 0; i < 1000; ++i) Push(admission, {1}, 10, fmt::format("tenant-{}", i * 100));
  EXPECT_EQ(admission.Tenants().size(), 1000u);
}

TEST_F(AdmissionTest, DelaysAnswersNotSpans) {
  std::vector<std::pair<std::chrono::steady_clock::time_point, std::function<void()>>> waiting;
  AdmissionOptions options = Options();
  options.artificial_delay = seconds(10);
  options.call_at = [&](auto due, std::function<void()> answer) {
    waiting.emplace_back(due, std::move(answer));
  };
  Admission admission(options, sink_);
  const auto begin = std::chrono::steady_clock::now();
  sink_.answer = {.refused_spans = 1, .refused_reason = "late"};
  EXPECT_EQ(Push(admission, {1}, 1), "1");  // stored, and nothing told yet
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_GE(waiting[0].first, begin + seconds(9));
  EXPECT_LE(waiting[0].first, std::chrono::steady_clock::now() + seconds(11));
  Set({.ingestion = {.artificial_delay = seconds(0)}});  // the tenant's own counts more
  EXPECT_EQ(Push(admission, {1}, 1), "1 refused 1: late");
  Set({.ingestion = {.rate_limit_bytes = 0, .burst_size_bytes = 0}});  // refusals are kept back too
  EXPECT_EQ(Push(admission, {1}, 1), "");
  EXPECT_EQ(waiting.size(), 2u);
}

TEST_F(AdmissionTest, RetriedSpansAreNotCountedAsRefused) {
  Set({.ingestion = {
           .rate_limit_bytes = 100, .burst_size_bytes = 100, .retry_info_enabled = false}});
  Admission admission(Options(), sink_);
  is_replayable_ = true;
  EXPECT_EQ(Push(admission, {1}, 100), "1");
  EXPECT_TRUE(Push(admission, {2}, 50).ends_with(" retry 1"));
  EXPECT_EQ(refused_, "");
  EXPECT_TRUE(Push(admission, {2}, 101).ends_with(" retry 0"));
  EXPECT_EQ(refused_, "t rate_limited 1;");
}

}  // namespace
}  // namespace vivace
