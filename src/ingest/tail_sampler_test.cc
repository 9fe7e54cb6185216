#include "ingest/tail_sampler.h"

#include <gtest/gtest.h>

#include "columns/span_batch_builder.h"

namespace vivace {
namespace {

using Clock = TailSampler::Clock;
using std::chrono::seconds;

constexpr uint8_t kError = 2;

TraceId IdOf(uint32_t number) {
  TraceId id;
  for (int i = 0; i < 4; ++i) id.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  return id;
}

class TailSamplerTest : public ::testing::Test {
 protected:
  TailSamplerTest() {
    TailSamplingConfig& tail = limits_.sampling.tail;
    tail.decision_wait = seconds(10);
    TailPolicyConfig errors{.name = "errors", .type = "status_code"};
    errors.status_codes = {"ERROR"};
    tail.policies = {errors};
    Apply();
    NewSegment();
  }

  void Apply() {
    overrides_ = std::make_shared<const TenantOverrides>(
        TenantOverrides{.defaults = std::make_shared<const Limits>(limits_)});
  }

  void NewSegment() {
    segments_.push_back(std::make_shared<LiveSegment>());
    segments_.back()->tenant = "t";
  }

  void Send(uint32_t trace, uint8_t status = 0) {
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
    builder.BeginSpan();
    builder.row().trace_id = IdOf(trace);
    builder.row().span_id.bytes[7] = static_cast<uint8_t>(++spans_);
    builder.row().status_code = status;
    builder.CommitSpan(scope);
    segments_.back()->columns.Append(builder.batch());
    sampler_.Observe("t", builder.batch(), now_);
  }

  LiveSegment& Seal() {
    segments_.back()->sealed = now_;
    return *segments_.back();
  }

  // The traces of a segment that are kept, "all" where that is all of them.
  std::string Kept(const LiveSegment& segment) {
    const auto left = sampler_.Filter(segment, now_);
    if (left == nullptr) return "all";
    std::string kept;
    for (size_t i = 0; i < left->trace_count(); ++i)
      kept += std::to_string(left->traces()[i].id.bytes[15]) + " ";
    return kept;
  }

  double Decided(const std::string& labels) const {
    const std::string name = "vivace_tail_sampling_traces_total{" + labels + ",tenant=\"t\"} ";
    const std::string text = metrics_.Render();
    const size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size()));
  }

  void Advance(seconds by) {
    now_ += by;
    sampler_.DecideIdle(now_);
  }

  Limits limits_;
  Metrics metrics_;
  RuntimeOverrides::Snapshot overrides_;
  std::vector<std::shared_ptr<LiveSegment>> segments_;
  Clock::time_point now_ = Clock::now();
  int spans_ = 0;
  TailSampler sampler_{{.overrides = [this] { return overrides_; },
                        .segments =
                            [this](const std::string&) {
                              return std::vector<std::shared_ptr<const LiveSegment>>(
                                  segments_.begin(), segments_.end());
                            }},
                       metrics_};
};

TEST_F(TailSamplerTest, DecidesWhenTheTraceIsIdle) {
  Send(1, kError);
  Send(2);
  Advance(seconds(9));
  Send(2);  // it goes on
  Advance(seconds(2));
  EXPECT_EQ(Decided(R"(decision="sampled",reason="quiet")"), 1);
  EXPECT_EQ(Decided(R"(decision="not_sampled",reason="quiet")"), 0);
  Advance(seconds(9));
  EXPECT_EQ(Decided(R"(decision="not_sampled",reason="quiet")"), 1);
  EXPECT_EQ(Kept(Seal()), "1 ");
}

TEST_F(TailSamplerTest, LooksAtAllSegmentsOfATrace) {
  Send(1);
  const LiveSegment& first = Seal();
  NewSegment();
  Send(1, kError);
  Send(2);
  EXPECT_FALSE(sampler_.IsReady(first, now_));
  Advance(seconds(11));
  EXPECT_TRUE(sampler_.IsReady(first, now_));
  EXPECT_EQ(Kept(first), "all");
  EXPECT_EQ(Kept(Seal()), "1 ");
}

TEST_F(TailSamplerTest, DecisionsHoldForLateSpans) {
  Send(1, kError);
  Send(2);
  Advance(seconds(11));
  Kept(Seal());
  segments_.clear();
  NewSegment();
  Send(1);          // of a trace that is kept
  Send(2, kError);  // of one that was dropped
  Advance(seconds(11));
  EXPECT_EQ(Kept(Seal()), "1 ");
  EXPECT_EQ(Decided(R"(decision="sampled",reason="quiet")"), 1);
}

TEST_F(TailSamplerTest, DecidesEarlyWhatCannotWait) {
  Send(1, kError);
  Send(2);
  EXPECT_EQ(Kept(Seal()), "1 ");
  EXPECT_EQ(Decided(R"(decision="sampled",reason="early")"), 1);
  EXPECT_EQ(Decided(R"(decision="not_sampled",reason="early")"), 1);
}

TEST_F(TailSamplerTest, ASegmentDoesNotWaitForEver) {
  Send(1);
  const LiveSegment& segment = Seal();
  for (int i = 0; i < 3; ++i) {
    NewSegment();
    now_ += seconds(6);
    Send(1);
  }
  EXPECT_FALSE(sampler_.IsReady(segment, now_));
  EXPECT_TRUE(sampler_.IsReady(segment, now_ + seconds(2)));
}

TEST_F(TailSamplerTest, NoMoreThanSoManyTracesWait) {
  limits_.sampling.tail.num_traces = 100;
  Apply();
  for (uint32_t trace = 0; trace < 150; ++trace) Send(trace);
  sampler_.DecideIdle(now_);
  EXPECT_EQ(Decided(R"(decision="not_sampled",reason="early")"), 50);
}

TEST_F(TailSamplerTest, WithoutPoliciesEverythingIsKept) {
  limits_.sampling.tail.policies.clear();
  Apply();
  Send(1);
  EXPECT_TRUE(sampler_.IsReady(Seal(), now_));
  EXPECT_EQ(Kept(Seal()), "all");
  // And they may come and go while spans do.
  limits_.sampling.tail.policies = {
      TailPolicyConfig{.name = "none", .type = "probabilistic", .sampling_percentage = 0}};
  Apply();
  EXPECT_EQ(Kept(Seal()), "");
}

// Any tenant's change makes a new snapshot; policies have state, and take time to compile.
TEST_F(TailSamplerTest, ChangesOfOtherLimitsLeaveThePoliciesAsTheyAre) {
  limits_.sampling.tail.policies = {
      TailPolicyConfig{.name = "rate", .type = "rate_limiting", .spans_per_second = 1}};
  Apply();
  Send(1);
  EXPECT_EQ(Kept(Seal()), "all");
  limits_.max_bytes_per_trace += 1;
  Apply();
  NewSegment();
  Send(2);
  EXPECT_EQ(Kept(Seal()), "");  // within the same second
}

TEST_F(TailSamplerTest, ForgetsTenantsThatStoppedSending) {
  for (int number = 0; number < 100; ++number) {
    SpanBatchBuilder builder;
    const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
    builder.BeginSpan();
    builder.row().trace_id = IdOf(7);
    builder.CommitSpan(scope);
    sampler_.Observe("tenant " + std::to_string(number), builder.batch(), now_);
  }
  EXPECT_EQ(sampler_.tenant_count(), 100u);
  Advance(std::chrono::minutes(50));
  EXPECT_EQ(sampler_.tenant_count(), 100u);
  Advance(std::chrono::minutes(20));
  EXPECT_EQ(sampler_.tenant_count(), 100u) << "what they sent is not in blocks yet";
  segments_.clear();
  Advance(seconds(1));
  EXPECT_EQ(sampler_.tenant_count(), 0u);
}

// Spans that come before the policies were compiled are waited for all the same.
TEST_F(TailSamplerTest, ObservesBeforePoliciesAreCompiled) {
  Send(1);
  Send(2, kError);
  Advance(seconds(11));
  EXPECT_EQ(Kept(Seal()), "2 ");
  EXPECT_EQ(Decided("decision=\"sampled\",reason=\"quiet\""), 1);
}

}  // namespace
}  // namespace vivace
